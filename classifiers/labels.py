"""What a label in running text says of the value behind it: `Geboren: 1.2.1980`, `"cpf": "…"`, `SET phone = '…'`, `dni 5436…`.

The label is read as a field's name is, by the same vocabulary in the same languages; the value must be one that it could be.
"""

# ruff: noqa: RUF001 - as people write it

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from classifiers.gazetteers import is_city, is_country, is_medical, is_unlisted, person_kind
from classifiers.lexicon import Strength, as_written, lookup, words_of
from classifiers.matching import tallies
from classifiers.mentions import NAME
from classifiers.names import NO_PERSON, naming
from classifiers.words import MARKS, fold, split

LETTER = rf"(?:[^\W\d_]|[{MARKS}])"
PAIR = re.compile(
    rf"(?m)(?:^|(?<=[\s{{,;(\[|?&]))\\?[\"']?(?P<label>{LETTER}[\w .'{MARKS}-]{{0,28}}?)\\?[\"']?\]? ?(?:=>|[:=：＝]) ?\\?(?P<quote>[\"']?)"
    r"(?=(?P<value>[^\s\"',;=:：{}\[\\|][^\"',;=：{}\n\\|]{0,60}))"
)
INSERT = re.compile(
    r"(?i)\binsert\s+into\s+\S+\s*\((?P<columns>[^()]{1,600})\)\s*values\s*\((?P<values>[^()]{1,2000})\)"
)
CELL = re.compile(r"\s*(?:N?'((?:[^']|'')*)'|\"([^\"]*)\"|([^,]*))\s*(?:,|$)")
MONTH = r"(?:de |of )?[^\W\d_]{3,12}\.?,?(?: de| of)?"
DATE = re.compile(
    rf"\d{{4}}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}[-./]\d{{1,2}}[-./](?:\d{{4}}|\d\d)\b|\d{{1,2}}(?:st|nd|rd|th|er|\.|º)? {MONTH} \d{{4}}|[A-Z][a-z]{{2,8}}\.? \d{{1,2}},? \d{{4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日|\d{{8}}"
)
CODE = re.compile(
    r"(?<![\w.+-])(?:[A-Z]{1,3}-?)?[\dX](?:[ ./-]?\d){4,18}(?:[ -]?[A-Z\d]{1,2})?(?![\w@])|\b[A-Z]{4,6}\d{2}[A-Z\d]{8,12}\b|(?<!\w)\+?\d[\d ()/-]{7,18}\d(?!\w)"
)
YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d")
BORN = (1900, 2020)  # years that the birth of somebody who is written of is in
BEFORE = 48  # characters in front of a value in which what it is called stands
PHRASE = 4  # words of what it is called
NEAR = 6  # words between a word of birth and its date: `born in Leeds on 4 May 1960`
SHORT = 3  # letters of a phrase (`rg`, `nif`) that needs a check digit beside it
NUMBERED = frozenset(["NATIONAL_ID", "TAX_ID", "PASSPORT", "DRIVER_LICENSE", "US_SSN", "UK_NINO", "MEDICAL_RECORD", "PHONE_NUMBER"])  # fmt: skip
NAMES = frozenset({"PERSON", "FIRST_NAME", "LAST_NAME"})
FITS: Mapping[str, set[str]] = {
    "DATE_OF_BIRTH": {"date", "moment"},
    "NATIONAL_ID": {"government_number"},
    "TAX_ID": {"government_number"},
    "US_SSN": {"us.ssn", "government_number"},
    "UK_NINO": {"gb.nino"},
    "PASSPORT": {"passport"},
    "DRIVER_LICENSE": {"licence"},
    "MEDICAL_RECORD": {"government_number"},
    "PHONE_NUMBER": {"phone_shape"},
    "GENDER": {"gender_word", "gender_letter"},
    "STREET_ADDRESS": {"street"},
    "USERNAME": {"handle"},
    "POSTAL_CODE": {"postal_shape", "postal_format", "postal_letters"},
    "GEO_COORDINATE": {"coordinate_pair"},
}
NOTHING = frozenset(as_written("no_value"))


def labelled(text: str) -> Iterator[str]:
    """The entities that something in the text is called and could be."""
    for pair in PAIR.finditer(text):
        yield from behind(pair["label"], pair["value"].strip())
    for told in INSERT.finditer(text):
        columns = [name.strip(" \t\n\"'`[]") for name in told["columns"].split(",")]
        cells = ["".join(filter(None, cell)).strip() for cell in CELL.findall(told["values"])]
        for column, cell in zip(columns, cells, strict=False):
            yield from behind(column, cell)
    yield from _called(text)


def behind(label: str, value: str) -> Iterable[str]:
    """The entity that a label claims, where the value behind it could be one."""
    entity, sure = _claimed(label)
    if not entity or not value or value.lower().strip(".)") in NOTHING:
        return ()
    if entity in NAMES:
        return ("PERSON", "NAMED") if _is_name(value, sure=sure) else ()
    if known := KNOWN.get(entity):
        return (entity,) if known(value) else ()
    fits = FITS.get(entity, set())
    return (entity,) if any(fits & tallies([head]).keys() for head in _heads(entity, value)) else ()


def _is_name(value: str, *, sure: bool) -> bool:
    """Whether a value begins with a whole name; where the label is sure, with half of one, or in a script without lists."""
    named = NAME.match(value)
    kind = person_kind(named[0] if named else value)
    strange = is_unlisted(value) and not any(map(str.isdigit, value))
    return kind == "full" or (sure and (strange or (kind is not None and value[0].isalpha())))


def _heads(entity: str, value: str) -> Iterator[str]:
    """What of a value may be the thing, where more stands behind it."""
    yield value
    if entity == "DATE_OF_BIRTH":
        yield from (found[0] for found in [DATE.match(value)] if found)
    elif " " in value:
        yield value.split(maxsplit=1)[0]
        yield from (found[0] for found in [CODE.match(value)] if found)


def _is_secret(value: str) -> bool:
    """Whether it is one word of more than letters, that is not blotted out and no path or variable."""
    is_word = " " in value or value.isalpha() or value.startswith(("/", "$"))
    return len(value) > SHORT and not is_word and not set(value) <= set("*xX.-")


KNOWN: Mapping[str, Callable[[str], bool]] = {"CITY": is_city, "COUNTRY": is_country, "STATE": is_country, "MEDICAL": is_medical, "PASSWORD": _is_secret}  # fmt: skip


@lru_cache(maxsize=8192)
def _claimed(label: str) -> tuple[str, bool]:
    """The entity that a label claims, and whether surely; a name of something that is no thing is a person's."""
    told = naming(label.strip(), "")
    if told.reversed_by or not told.words:
        return "", False
    first = told.claims[0] if told.claims else None
    if first and first.strength is Strength.SURE and first.entity != "CLEAN":
        return first.entity, True
    if told.strength("CLEAN") or told.owner in NO_PERSON:
        return "", False
    if told.is_name or (first and first.entity in NAMES):
        return "PERSON", False
    return "", False


def _called(text: str) -> Iterator[str]:
    """Values with no sign between them and what they are called: `née le 4 juin 1962`, `CPF 390.533.447-05`."""
    for found in DATE.finditer(text):
        year = YEAR.search(found[0])
        if (year is None or BORN[0] <= int(year[0]) <= BORN[1]) and _is_born(
            text[max(0, found.start() - BEFORE) : found.start()]
        ):
            yield "DATE_OF_BIRTH"
    for found in CODE.finditer(text):
        yield from _numbered(text[max(0, found.start() - BEFORE) : found.start()], found[0].strip())


def _is_born(before: str) -> bool:
    words = split(fold(re.split(r"[\d\n;]|[.!?] [^\W\d_a-z]", before)[-1]))[-NEAR:]
    return any(
        any(entity == "DATE_OF_BIRTH" for entity, _ in lookup("".join(words[start:end])))
        for end in range(len(words), 0, -1)
        for start in range(max(0, end - PHRASE), end)
        if end - start > 1 or len(words[start]) >= SHORT
    )


def _numbered(before: str, value: str) -> Iterator[str]:
    words = split(fold(re.split(r"[\n;]|\d", before)[-1]))[-PHRASE - 2 :]
    while words:
        for start in range(max(0, len(words) - PHRASE), len(words)):
            joined = "".join(words[start:])
            entity = next((e for e, strength in lookup(joined) if strength is Strength.SURE), "")
            if entity in NUMBERED and FITS[entity] & (taken := tallies([value]).keys()):
                if len(joined) > SHORT or any("." in rule for rule in taken):  # rules of countries check a digit
                    yield entity
                return
        if words[-1] not in words_of("neutral") and words[-1] not in words_of("numbering"):
            return
        words = words[:-1]
