"""What speaks for or against an entity beyond its own shape: owners, neighbours, spreads, vocabularies.

Each function takes one field's evidence and its neighbours and yields reasons in points (natural log odds).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.evidence import Evidence
from classifiers.lexicon import Strength, words_of
from classifiers.names import Subject, is_number_of, is_opaque, is_strange
from classifiers.profile import Sort
from classifiers.vocabularies import BANKING, CORE_GENDERS

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
        and words_of("of_care") & set(naming.words)
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
