"""What speaks for or against a part of an address beyond its own shape, as `surroundings.py` does for persons."""

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.lexicon import Strength
from classifiers.names import Subject, is_opaque
from classifiers.profile import Sort
from classifiers.surroundings import Neighbours, Reason
from classifiers.vocabularies import COMPASS, PROCESS

LISTED = {
    "language",
    "languages",
    "lang",
    "langs",
    "locale",
    "locales",
    "currency",
    "currencies",
    "sprache",
    "sprachen",
    "langue",
    "langues",
    "idioma",
    "idiomas",
}


def place(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    if around.address >= 1:
        yield Reason("neighbour", 0.6 * min(3, around.address), "beside other parts of an address")
    elif around.person >= 2:
        yield Reason("neighbour", 0.6, "beside other attributes of a person")
    if evidence.naming.owner is Subject.THING:
        yield Reason("owner", -1.5)
    if evidence.share("firm") > 0.5:
        yield Reason("firm", -3.0)
    if evidence.share("everyday") > 0.5:
        yield Reason("everyday", -5.0, "words of every day")
    if set(evidence.naming.table) & LISTED and evidence.naming.about is Subject.THING and not around.address:
        yield Reason("dataset", -3.0, "codes of languages and currencies look like codes of countries")


def postal(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    """Five digits beside a street or a town, kept as text, in a field that is called nothing."""
    yield from place(evidence, around)
    if evidence.profile.sort is Sort.TEXT and evidence.share("postal_five") > 0.9 and is_opaque(evidence.naming.words):
        yield Reason("postal_five", 4.5 if around.address else 1.0, "five digits, leading zeros kept")
    likely = evidence.naming.strength("POSTAL_CODE") == Strength.LIKELY or is_opaque(evidence.naming.words)
    if evidence.share("postal_format") > 0.9 and is_opaque(evidence.naming.words) and around.address >= 2:
        yield Reason("neighbour", 1.5, "beside a street and a town")
    elif (
        likely
        and evidence.naming.claims
        and "STREET_ADDRESS" in around.entities
        and evidence.best(("postal_five", "postal_format")) > 0.5
    ):
        yield Reason("neighbour", 2.0, "beside a street")
    if evidence.best(("phone_valid", "date", "age")) > 0.9 and not evidence.naming.strength("POSTAL_CODE"):
        yield Reason("values", -1.5, "could as well be something else")


def state(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    """`state` is as often the state of a process, `region` as often a sales area."""
    yield from place(evidence, around)
    texts = {text.lower() for text in evidence.profile.texts}
    if texts & PROCESS:
        yield Reason("values", -7.0, "states of a process")
    if texts <= COMPASS:
        yield Reason("values", -6.0, "points of the compass")


def street(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    yield from place(evidence, around)
    if evidence.best(("email", "url", "ipv4", "mac", "bitcoin", "ethereum", "hex_digest", "path")) > 0.3:
        yield Reason("values", -7.0, "addresses of another kind")
    if (
        not evidence.naming.strength("STREET_ADDRESS")
        and evidence.share("prose") > 0.8
        and evidence.profile.mean_length > 100
    ):
        yield Reason("prose", -4.0, "running text")


def geo(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    if evidence.profile.sort is Sort.DECIMAL and evidence.naming.strength("GEO_COORDINATE"):
        yield Reason("sort", 1.5, "decimals")
    if evidence.profile.sort is Sort.INTEGER:
        yield Reason("sort", -3.0, "whole numbers")
    if evidence.profile.sort is Sort.TEXT and not evidence.best(
        ("coordinate_pair", "wkt_point", "degrees", "coordinate")
    ):
        yield Reason("values", -5.0, "no coordinates")
