"""What speaks for or against an entity beyond its own shape: owners, neighbours, spreads, vocabularies.

Each function takes one field's evidence and its neighbours and yields reasons in points (natural log odds).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from classifiers.evidence import Evidence
from classifiers.lexicon import Strength, is_known
from classifiers.names import Subject, is_number_of, is_opaque, is_strange
from classifiers.profile import Sort
from classifiers.vocabularies import BANKING, CORE_GENDERS, MACHINES, PROCESS
from classifiers.words import fold

OTHER_HALF = {"FIRST_NAME": "LAST_NAME", "LAST_NAME": "FIRST_NAME"}
PERSON_NAMES = ("PERSON", "FIRST_NAME", "LAST_NAME")


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence for or against a candidate, in points."""

    detector: str
    points: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the other fields of the unit hold, as far as they are clear by themselves; `linked`: one is the key of a person."""

    entities: frozenset[str] = frozenset()
    linked: bool = False

    @property
    def person(self) -> int:
        """How many signs of a person the unit has."""
        return len(self.entities & PERSONAL)

    @property
    def address(self) -> int:
        """How many parts of a postal address the unit has."""
        return len(self.entities & POSTAL)


PERSONAL = frozenset(["FIRST_NAME", "LAST_NAME", "PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "DATE_OF_BIRTH", "GENDER", "NATIONAL_ID", "US_SSN", "USERNAME", "PASSWORD"])  # fmt: skip
POSTAL = frozenset(["STREET_ADDRESS", "CITY", "POSTAL_CODE", "STATE", "COUNTRY"])


def person(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    """A name of what? The owner in the name decides, then the dataset; firms and titles speak against."""
    naming = evidence.naming
    subject = naming.owner if naming.owner is not Subject.UNKNOWN else naming.about
    firm = evidence.share("firm")
    claimed = max((naming.strength(e) or 0 for e in PERSON_NAMES), default=0)
    if firm > 0.15:
        yield Reason("firm", -8.0 * min(1.0, firm / 0.6), "words of companies and institutions")
    if claimed and OTHER_HALF.get(naming.claims[0].entity) in around.entities:
        yield Reason("neighbour", 2.0, "beside the other half of the name")
    if claimed == Strength.LIKELY and evidence.share("name_shape") > 0.8 and evidence.share("name_half") > 0.1:
        yield Reason("name_shape", 2.0, "a role, filled in with what is shaped like names")
    if evidence.share("initialled") > 0.7:
        yield Reason("initialled", 4.0, "initials in front of or behind a name")
    if claimed < Strength.SURE:
        elsewhere = naming.owner is Subject.UNKNOWN and not naming.is_name and not is_opaque(naming.words)
        yield from _of_whom(
            subject, around, named=naming.is_name or claimed > 0, elsewhere=elsewhere or naming.qualified
        )
        if evidence.share("medical") > 0.3:
            yield Reason("medical", -4.0)
        places = max(evidence.share("city"), evidence.share("country"), evidence.share("region"))
        if places > 0.75 and evidence.share("name_full") < 0.5:
            yield Reason("city", -2.5, "names of places")
    few = evidence.profile.distinct_share < (0.35 if not claimed and not naming.is_name else 0.1)
    if few and evidence.profile.distinct <= 30 and evidence.profile.values > 20 and claimed < Strength.LIKELY:
        yield Reason("distinct", -3.5, "an enumeration")


def _of_whom(subject: Subject, around: Neighbours, *, named: bool, elsewhere: bool) -> Iterator[Reason]:
    if subject is Subject.PERSON and named:
        yield Reason("dataset", 2.0, "an attribute of a person")
    elif subject is Subject.PERSON:
        yield Reason("dataset", 1.0, "in a dataset of persons")
    elif subject in {Subject.THING, Subject.PLACE}:
        yield Reason("dataset", -1.0 if elsewhere else -3.5 if named else -2.5, f"an attribute of a {subject.value}")
    elif subject is Subject.ORGANISATION and named:
        yield Reason("dataset", -2.5, "an attribute of an organisation")
    if around.person:
        yield Reason("neighbour", 1.0 if around.person == 1 or named else 2.0, "beside other attributes of a person")


def birth(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    """Unnamed, only the spread tells birth dates from the moments of a business."""
    years = _years(evidence)
    if evidence.naming.strength("DATE_OF_BIRTH"):
        if years and not 1850 <= median(years) <= 2025:
            yield Reason("years", -4.0, "no years of birth")
        elif (
            years
            and evidence.naming.strength("DATE_OF_BIRTH") != Strength.SURE
            and _dated(evidence)
            and _of_generations(years)
        ):
            yield Reason("years", 3.0, "dates spread over generations")
        return
    if not is_opaque(evidence.naming.words) or not years:
        yield Reason("name", -3.0, "nothing names a birth")
        return
    if any(":" in text and not text.endswith(("00:00:00", "00:00")) for text in evidence.profile.texts[:50]):
        yield Reason("time", -4.0, "nobody notes the hour of a birth")
    if evidence.profile.sort not in {Sort.INTEGER, Sort.DECIMAL} and _of_generations(years):
        yield Reason("years", 5.0 if around.person >= 2 else 3.0, "dates spread over generations")


def _dated(evidence: Evidence) -> bool:
    return evidence.profile.sort in {Sort.DATE, Sort.TIMESTAMP} or evidence.best(("date", "moment")) > 0.6


def _of_generations(years: list[int]) -> bool:
    return max(years) - min(years) >= 20 and 1930 <= median(years) <= 2008 and min(years) >= 1900


YEAR = re.compile(r"(?:^|\D)((?:18|19|20|24|25)\d{2})(?:\D|$)|^((?:19|20)\d{2})\d{4}$|^(1[34]\d{2})[-/]|\D(\d{2})$")
DATED = 0.6  # share of the values that years are read from
ERAS = ((2400, -543), (1500, 0), (1300, 621), (26, 1900), (0, 2000))  # from which year on, what makes it one of ours


def _years(evidence: Evidence) -> list[int]:
    """The years in dates: of our era, the Buddhist one (2523), the Persian one (1359/…), or with two digits (`…-80`)."""
    found = [YEAR.search(text) for text in evidence.profile.texts[:300]]
    years = [int(next(filter(None, match.groups()))) for match in found if match]
    if len(years) < DATED * len(found):
        return []
    return [year + next(shift for least, shift in ERAS if year >= least) for year in years]


def gender(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    texts = {text.lower() for text in evidence.profile.texts}
    named = evidence.naming.strength("GENDER")
    if len(texts) > 12:
        yield Reason("distinct", -6.0, "more values than genders")
    if not named and not texts & CORE_GENDERS:
        yield Reason("values", -6.0, "no word of gender among them")
    if not named and texts <= {"m", "f"} and len(texts) == 2:
        yield Reason("gender_mf", 4.5, "M and F, nothing else")
    if evidence.naming.about is Subject.THING and not (named and texts & {"m", "f", "male", "female"}):
        yield Reason("dataset", -5.0, "of a thing")
    elif around.person >= 2:
        yield Reason("neighbour", 1.5, "beside other attributes of a person")


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


def email(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    """A column of local parts (`SKING`) under the name of e-mail is still how to reach somebody."""
    profile = evidence.profile
    if evidence.naming.strength("EMAIL_ADDRESS") == Strength.SURE and evidence.share("handle") > 0.8:
        if profile.distinct >= 8 and profile.distinct_share > 0.5 and evidence.share("email") < 0.1:
            yield Reason("handle", 6.0, "local parts")
        elif evidence.share("email") < 0.1:
            yield Reason("handle", -8.0, "words, not addresses")


def phone(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    naming = evidence.naming
    silent = (
        not naming.claims and (is_opaque(naming.words) or is_strange(naming.words)) and not is_number_of(naming.words)
    )
    if silent and around.person >= ENOUGH_OF_A_PERSON and evidence.best(("phone_written", "phone_dialled")) > 0.7:
        yield Reason("neighbour", 1.0, "written as numbers are dialled, beside other attributes of a person")
    if evidence.best(("date", "moment", "ipv4", "isbn", "card", "iban", "uuid", "money")) > 0.6:
        yield Reason("values", -7.0, "dates, sums or other numbers")
    if not evidence.naming.strength("PHONE_NUMBER") and evidence.profile.sort is Sort.INTEGER:
        yield Reason("sort", -5.0, "plain numbers without the name")


def account(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    """`account` names a login, a customer or a bank account: long plain digits and money beside it decide."""
    naming, profile = evidence.naming, evidence.profile
    plain = profile.mean_length >= 6 and evidence.best(("number", "account")) > 0.9 and evidence.share("code") < 0.5
    if naming.strength("BANK_ACCOUNT") == Strength.LIKELY:
        yield Reason("digits", 2.5, "long plain numbers") if plain else Reason("digits", -3.0, "codes or short numbers")
    if set(naming.table) & BANKING and plain:
        yield Reason("dataset", 1.0, "in a dataset of banking")


def plate(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    """Short codes are plates only where something says so."""
    if not evidence.naming.strength("LICENSE_PLATE"):
        yield Reason("name", -6.0, "nothing names a vehicle")


def card(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    if evidence.share("card_end") > 0.6 and evidence.naming.strength("CREDIT_CARD") != Strength.SURE:
        yield Reason("length", -4.0, "four digits are the end of a card only where it is called so")
    if evidence.best(("date", "moment")) > 0.6:
        yield Reason("values", -6.0, "moments")


def expiry(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    if "CREDIT_CARD" in around.entities and evidence.naming.strength("CREDIT_CARD_EXPIRATION"):
        yield Reason("neighbour", 4.5, "beside a card number")


def government(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    """One check digit passes one random number in ten: only a whole column, of many, is proof."""
    claimed = max((evidence.naming.strength(e) or 0 for e in GOVERNMENT), default=0)
    if (
        evidence.best(
            ("barcode", "isbn", "br.cnpj", "fr.siret", "au.abn", "vat", "card", "imei", "date", "uuid", "iban")
        )
        > 0.7
        and claimed < Strength.SURE
    ):
        yield Reason("values", -7.0, "numbers of things or companies")
    if claimed < Strength.SURE and evidence.profile.distinct < 8:
        yield Reason("distinct", -4.0, "too few to tell chance from a check digit")
    if not claimed and is_number_of(evidence.naming.words):
        yield Reason("name", -3.0, "the number of something else")
    if claimed < Strength.LIKELY and evidence.naming.about is Subject.PERSON:
        yield Reason("dataset", 1.0)
    if claimed == Strength.LIKELY and around.person >= ENOUGH_OF_A_PERSON and evidence.profile.distinct_share > 0.8:
        yield Reason("neighbour", 2.0, "one each, beside other attributes of a person")
    if evidence.profile.mean_length < 4.5:
        yield Reason("length", -5.0, "too short")
    if claimed < Strength.SURE and _are_moments(evidence):
        yield Reason("values", -7.0, "seconds since 1970")


def _are_moments(evidence: Evidence) -> bool:
    """Whether numbers are seconds or milliseconds since 1970, between 2000 and 2036, of some years."""
    texts = evidence.profile.texts
    if not all(text.isdigit() and len(text) in {10, 13} for text in texts):
        return False
    seconds = [int(text[:10]) for text in texts]
    return (
        min(seconds) > 946_684_800 and max(seconds) < SECONDS_END and max(seconds) - min(seconds) < 0.35 * max(seconds)
    )


SECONDS_END = 2_082_758_400
ENOUGH_OF_A_PERSON = 2  # attributes beside it
GOVERNMENT = ("NATIONAL_ID", "TAX_ID", "PASSPORT", "DRIVER_LICENSE", "US_SSN")


def medical(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    naming, claimed = evidence.naming, evidence.naming.strength("MEDICAL") or 0
    of_nobody = not around.linked and not around.person and naming.about not in {Subject.PERSON, Subject.EVENT}
    if of_nobody and evidence.profile.distinct_share > 0.95 and evidence.profile.values >= LISTED_FROM:
        yield Reason("distinct", -7.0, "each once, and nothing says whose: a list of codes")
    if (
        naming.medical
        and all(claim.entity == "FREE_TEXT_WITH_PII" for claim in naming.claims)
        and {"code", "description", "name", "value", "result", "reason", "type", "status", "category", "stage"}
        & set(naming.words)
        and evidence.share("medical") > 0.1
    ):
        yield Reason("dataset", 3.0, "in a dataset of health care")
    if evidence.best(("date", "moment")) > 0.6:
        yield Reason("values", -7.0, "when it was, not what")
    if naming.medical and claimed:
        yield Reason("dataset", 2.0, "in a dataset of health care")
    if not claimed and evidence.share("prose") > 0.7:
        yield Reason("prose", -2.0)
    if claimed < Strength.SURE and evidence.profile.sort is Sort.INTEGER and is_number_of(naming.words):
        yield Reason("sort", -4.0, "counts something")


LISTED_FROM = 20  # values, from which each once is no accident


def url(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    subject = evidence.naming.owner if evidence.naming.owner is not Subject.UNKNOWN else evidence.naming.about
    if subject is Subject.THING:
        yield Reason("dataset", -6.0, "of a thing")
    elif subject in {Subject.PERSON, Subject.ORGANISATION}:
        yield Reason("dataset", 1.0, "of a person or an organisation")
    else:
        yield Reason("dataset", -1.5, "of nobody in particular")


def age(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    if evidence.naming.about in {Subject.THING, Subject.PLACE} and not around.person:
        yield Reason("dataset", -5.0, "of a thing")


def attribute(evidence: Evidence, around: Neighbours) -> Iterator[Reason]:
    if evidence.naming.about is Subject.THING and not around.person:
        yield Reason("dataset", -6.0, "of a thing")
    elif evidence.naming.about is Subject.PERSON or around.person:
        yield Reason("dataset", 1.0, "of a person")


def device(evidence: Evidence, _: Neighbours) -> Iterator[Reason]:
    if set(evidence.naming.table) & {"device", "devices"} and evidence.share("uuid") > 0.9:
        yield Reason("dataset", -4.0, "the key of a table of devices")
    if evidence.profile.sort is Sort.INTEGER and evidence.profile.mean_length < 10:
        yield Reason("sort", -7.0, "a counter, not an identifier of a device")
    elif evidence.profile.mean_length < 8:
        yield Reason("length", -4.0, "too short to identify a device")
