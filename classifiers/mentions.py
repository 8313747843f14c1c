"""Persons, logins, addresses and health that running text speaks of without a label, told by words alone. No model.

The words are in `data/texts.yaml`, the shapes they stand in are here.
`NAMED` stands beside `PERSON` where more than two lists say so: a title in front, an address behind.
"""

# ruff: noqa: RUF001 - as people write it

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from classifiers.gazetteers import (
    ENDINGS,
    PARTICLES,
    PATRONYMIC,
    everyday,
    given_names,
    is_city,
    is_firm,
    medical_in,
    person_kind,
    region_codes,
    telling_family_names,
)
from classifiers.lexicon import any_of, as_written, words_of
from classifiers.rules.places import street
from classifiers.words import fold

ENDED = 5  # letters of a family name from which its ending tells it
UPPER = r"[^\W\d_a-zà-ÿа-я]"
WORD = rf"{UPPER}[\w'’-]*"
PARTICLE = "(?:" + "|".join(sorted(PARTICLES, key=len, reverse=True)) + ")"
NAME = re.compile(rf"{WORD}\.?(?:,? (?:{PARTICLE} ){{0,2}}{WORD}\.?){{0,4}}")
NAMES = re.compile(rf"{WORD}\.?(?:,? (?:{PARTICLE} ){{0,2}}{WORD}\.?){{1,4}}")
TITLED = re.compile(
    rf"\b{any_of('titles')}\.? (?:(?:{any_of('degrees')}|{UPPER})\.[ -]?)*(?P<name>{WORD}(?: (?:{PARTICLE} ){{0,2}}{WORD}){{0,3}})"
)
CALLED = re.compile(rf"\b{any_of('called', capital=True)},? (?P<name>{WORD}(?: (?:{PARTICLE} ){{0,2}}{WORD}){{1,3}})")
ADDRESSED = re.compile(
    rf"(?P<name>\"?{WORD},? (?:{UPPER}\. )?(?:{PARTICLE} ){{0,2}}{WORD}(?: {WORD})?\"?) ?[<(\[][^\s<>@]+@[^\s<>@]+[>)\]]"
)
SPOKEN = re.compile(rf"(?m)^(?:\[?[\d:./, APMapm-]{{4,24}}\]?(?: -)? ?)?<?(?P<name>{WORD}(?: {WORD}){{1,2}})>?: \S")
SEGMENT = re.compile(r"\b(?P<last>[A-Z][A-Za-z'-]+)[\^*](?P<first>[A-Z][A-Za-z'-]+)(?=[\^*|~\s]|$)")
BORN_SEGMENT = re.compile(r"[|*](?:19|20)\d{6}[|*][MFUO](?=[|*~]|$)")
ASIAN = re.compile(r"[\u4e00-\u9fff\uac00-\ud7a3]{2,4}")
LOGINS = tuple(
    map(
        re.compile,
        (
            r"\bfor (?:invalid user |illegal user |user )?(?P<name>[a-z][\w.-]{2,32})(?: from \d|\(uid| by \(uid)",
            r"\bfor (?:invalid |illegal )?user (?P<name>[a-z][\w.-]{2,32})(?=[\s(.,:]|$)(?! (?:to|is|can|and|or|in|on|with|of|the|a)\b)",
            r"\b[Ii]nvalid user (?P<name>[a-z][\w.-]{2,32})\b",
            r"\bof user (?P<name>[a-z][\w.-]{2,32})\.?(?:\s|$)",
            rf"\b{any_of('login_keys')}=[\"'<]?(?P<name>[A-Za-z][\w.-]{{1,32}})\b",
            r"\bAccount Name:\s+(?P<name>[A-Za-z][\w.-]{1,32})\b",
            r"(?<![\w\\:])[A-Z][A-Z0-9-]{1,14}\\(?P<name>[A-Za-z][\w.-]{2,32})\b(?!\\)",
            r"(?:^|: |\) )(?P<name>[a-z][\w.-]{2,32}) (?:on pts/|: TTY=)",
            r"\S (?P<name>[a-z][\w.-]{2,32}) (?:HIER_[A-Z_]+|DIRECT|FIRST_UP_PARENT|DEFAULT_PARENT|TIMEOUT_DIRECT)/",
            r"(?m)(?:^|\] |\d )<?@(?P<name>[a-z][\w.-]{2,32})>?[:,]? \S",
            r"(?m)(?:\] |\d )<(?P<name>[A-Za-z][\w.-]{2,32})> \S",
            r"(?i)\b(?:user|login (?:ok|incorrect)[^:\[]{0,30}:) \[(?P<name>[a-z][\w.-]{2,32})\]",
            r"(?i)\buser:(?:\[\d+\])? '(?P<name>[a-z][\w.$-]{2,32})'",
            r"(?<![\w/.-])(?P<name>[a-z][\w.-]{2,32})/\d{1,3}(?:\.\d{1,3}){3}:\d",
            r"(?i)\bby user (?P<name>[a-z][\w.-]{2,32})\b",
        ),
    )
)
NO_LOGIN = frozenset(as_written("no_login"))
STREETS = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?,? (?:{WORD} ){{1,3}}{any_of('street_after_name')}\b"
    rf"|\b\d{{1,4}},? (?:bis |ter )?{any_of('street_after_number')} [\w' -]{{3,30}}"
    rf"|\b{any_of('street_before_name')} ?(?:(?:{PARTICLE} )?{WORD},? ){{0,4}}(?:{any_of('house_number')}?[º°.]? ?|# ?)\d{{1,5}}\b"
    rf"|\b{UPPER}[\w'-]{{2,24}}{any_of('street_endings')} \d{{1,4}}(?: ?[a-zA-Z])?\b"
    rf"|\b(?:{WORD} ){{1,3}}{any_of('street_behind_name')} (?:No[:.]? ?)?\d{{1,4}}\b"
    r"|[\u4e00-\u9fff]{2,12}[路街道巷弄][\u4e00-\u9fff\d]{0,6}\d{1,5}[号號]|[都道府県市区町村][\u4e00-\u9fffぁ-んァ-ヶー]{0,12}\d{1,4}(?:-\d{1,4}){1,3}|(?:로|길) ?\d{1,4}(?:-\d{1,4})?(?=[ ,)]|$)"
)
TOWN = re.compile(
    rf"\b(?:[A-Z]{{1,2}}-)?(?P<code>\d{{4,5}}(?: ?[A-Z]{{2}}\b)?|\d{{3}} \d\d|\d\d-\d{{3}}|\d{{5}}-\d{{3}}|\d{{4}}-\d{{3}})(?P<space>,? )(?P<town>{WORD}(?:[ -](?:{PARTICLE} )?{WORD}){{0,2}})"
    rf"|(?P<own>{WORD}(?: {WORD}){{0,2}}),? (?P<state>[A-Z]{{2}}) \d{{5}}(?:-\d{{4}})?\b"
)
BRITISH = re.compile(r"\b(?:(?P<own>[A-Z][a-z]+(?: [A-Z][a-z]+)?),? )?[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")
LIVING = re.compile(
    rf"\b{any_of('living')} (?:{any_of('living_at')} )?(?:\d{{1,5}}[a-z]? {WORD}(?: {WORD}){{0,3}}|{WORD}(?: {WORD}){{0,2}} \d{{1,4}})\b"
)
BEHIND_STREET = re.compile(rf",? ?(?:in |à |en |a )?(?P<town>{WORD}(?: {WORD}){{0,2}})")
LINE = 80  # characters of a line of an address
SIGNED = re.compile(rf"(?:{WORD}\.? ){{1,3}}(?:{PARTICLE} ){{0,2}}{WORD}")
STREET_LINE = re.compile(r"[^=:<>{}\[\]|]+")
GREETING = re.compile(rf"(?i){any_of('greetings')}[,.!:]?")
DOSE = re.compile(rf"(?i)\b\d+(?:[.,]\d+)? ?{any_of('doses')}\b")
ILL = re.compile(rf"(?i)\b{any_of('ill')}\b")


def mentioned(text: str) -> Iterator[str]:
    """What words alone tell of in a text."""
    yield from _persons(text)
    yield from _places(text)
    for pattern in LOGINS:
        for found in pattern.finditer(text):
            name = found["name"].rstrip(".")
            if name.lower() not in NO_LOGIN and name.lower() not in words_of("ordinary"):
                yield "USERNAME"
    if is_medical_text(text):
        yield "MEDICAL"


def signed(lines: Sequence[str]) -> int:
    """How many names stand in a letter where nothing else does: above a street, below a greeting."""
    return sum(
        bool(SIGNED.fullmatch(name)) and not is_firm(name) and not is_city(name.split()[-1])
        for name, street_line in pairwise(lines)
        if len(street_line) <= LINE and street(street_line) and STREET_LINE.fullmatch(street_line)
    ) + sum(
        bool(SIGNED.fullmatch(name)) and not is_firm(name)
        for greeting, name in pairwise(lines)
        if GREETING.fullmatch(greeting)
    )


def _persons(text: str) -> Iterator[str]:
    for pattern in (TITLED, CALLED, ADDRESSED, SPOKEN):
        for found in pattern.finditer(text):
            kind = person_kind(found["name"].strip('"'))
            half = pattern is TITLED and any(map(person_kind, found["name"].split()))
            if kind == "full" or half or pattern is CALLED:
                yield from ("PERSON", "NAMED")
    for found in SEGMENT.finditer(text):
        if person_kind(f"{found['first']} {found['last']}".title()) == "full":
            yield from ("PERSON", "NAMED")
            if BORN_SEGMENT.search(text):
                yield "DATE_OF_BIRTH"
    for found in NAMES.finditer(text):
        if _is_named(found[0]):
            yield "PERSON"


def _is_named(run: str) -> bool:
    """Whether a given and a family name stand side by side in a run of capitalised words, which is no firm and no town."""
    words = [fold(word).strip(".,'’") for word in run.split()]
    if is_firm(run) or is_city(run):
        return False
    if len(words) > 2 and any(map(PATRONYMIC.search, words)):
        return True
    behind_comma = [word.endswith(",") for word in run.split()]
    return any(
        (_is_given(one) and _is_family(two) and not comma and not is_city(f"{one} {two}"))
        or (comma and _is_family(one) and _is_given(two))
        for one, two, comma in zip(words, words[1:], behind_comma, strict=False)
    )


def _is_given(word: str) -> bool:
    return word in given_names() and word not in everyday()


def _is_family(word: str) -> bool:
    return word in telling_family_names() or (len(word) > ENDED and word.endswith(ENDINGS) and word not in everyday())


def _places(text: str) -> Iterator[str]:
    """Addresses; a town that no street stands beside is marked `NEARBY`, to count where the other texts hold addresses."""
    if not any(map(str.isdigit, text)):
        return
    streets = [found for found in STREETS.finditer(text) if street(found[0]) or not found[0].isascii()]
    if streets or LIVING.search(text):
        yield "STREET_ADDRESS"
    for found in streets:
        behind = BEHIND_STREET.match(text, found.end())
        if behind and _town(behind["town"]):
            yield "CITY"
    for found in TOWN.finditer(text):
        if _town(found["town"] or found["own"]) and (found["town"] or found["state"] in region_codes()):
            yield from ("CITY", "POSTAL_CODE") if streets or found["state"] else ("NEARBY",)
    for found in BRITISH.finditer(text):
        yield "POSTAL_CODE"
        if found["own"] and _town(found["own"]):
            yield "CITY"


def _town(words: str) -> bool:
    """Whether it begins with the name of a town, the longest first."""
    parts = words.split(" ")
    return any(len(name) > 3 and is_city(name) for size in range(len(parts), 0, -1) if (name := " ".join(parts[:size])))


def is_medical_text(text: str) -> bool:
    """Whether it speaks of somebody's health: two such words, or one beside a dose or a word of being ill."""
    found = set(medical_in(text))
    return len(found) > 1 or (bool(found) and bool(DOSE.search(text) or ILL.search(text)))
