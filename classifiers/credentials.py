"""What speaks for or against what somebody signs in with: logins, passwords, keys, tokens."""

from collections.abc import Iterator

from classifiers.evidence import Evidence
from classifiers.lexicon import Strength, is_known
from classifiers.names import Subject, is_number_of
from classifiers.profile import Sort
from classifiers.surroundings import Neighbours, Reason
from classifiers.vocabularies import MACHINES, PROCESS
from classifiers.words import fold


def username(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    claimed = evidence.naming.strength("USERNAME") or 0
    if evidence.share("name_full") > 0.4:
        yield Reason("name_full", -4.0, "full names")
    if evidence.best(("uuid", "hex_digest", "object_id", "constant", "date", "moment", "email")) > 0.6:
        yield Reason("values", -5.0, "keys, constants or moments")
    if claimed and evidence.share("handle") > 0.8 and evidence.profile.distinct >= FEW_HANDLES:
        yield Reason("handle", 2.0 if claimed >= Strength.LIKELY else 1.5, "look like handles")
        if evidence.share("name_first") + evidence.share("name_last") < 0.3:
            yield Reason("handle", 1.0, "and not like names")
    if evidence.naming.owner in {Subject.THING, Subject.ORGANISATION} and claimed < Strength.SURE:
        yield Reason("owner", -2.0)
    role = max(claimed, evidence.naming.strength("PERSON") or 0)
    if MAYBE <= role <= Strength.LIKELY and evidence.share("handle") > 0.9 and evidence.profile.distinct >= FEW_HANDLES:
        lower = evidence.share("capital") < 0.2 and evidence.share("name_first") < 0.5
        shouted = (
            all(text.isupper() and text.isalpha() for text in evidence.profile.texts)
            and evidence.share("name_any") < 0.3
        )
        if (
            (lower or shouted)
            and evidence.share("code") < 0.5
            and not is_number_of(evidence.naming.words)
            and not _words_of_a_process(evidence.profile.texts)
        ):
            yield Reason("handle", 5.0 if role == Strength.LIKELY else 4.0, "a role, filled in with handles")
    if claimed == Strength.LIKELY and around.entities & {"PASSWORD", "EMAIL_ADDRESS"}:
        yield Reason("neighbour", 1.0, "beside a password or an e-mail address")


FEW_HANDLES = 3
MAYBE = Strength.MAYBE


def _words_of_a_process(texts: tuple[str, ...]) -> bool:
    """Whether the values are words that we know of columns (`system`, `web`, `import`), as no column of handles is."""
    return 2 * sum(is_known(fold(text)) or fold(text) in PROCESS | MACHINES for text in texts) > len(texts)


def secret(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    profile = evidence.profile
    keeper = around.entities & {"EMAIL_ADDRESS", "PASSWORD"} or evidence.naming.about is Subject.PERSON
    if evidence.share("hex_digest") > 0.6 and evidence.naming.words[-1:] in DIGESTS and not keeper:
        yield Reason("hex_digest", -3.0, "the digest of a thing: nobody signs in here")
    named = max((evidence.naming.strength(e) or 0 for e in ("PASSWORD", "API_KEY", "TOKEN")), default=0)
    if named < Strength.SURE and profile.values > 20 and profile.distinct_share < 0.3:
        yield Reason("distinct", -4.0, "too few different ones for secrets")
    if evidence.best(("date", "moment", "money", "email", "path")) > 0.6:
        yield Reason("values", -8.0, "moments, sums or paths")
    if profile.sort is Sort.INTEGER and profile.mean_length < 4:
        yield Reason("length", -6.0, "small numbers")


DIGESTS = {("hash",), ("md",), ("sha",), ("digest",), ("checksum",), ("sum",), ("salt",)}
