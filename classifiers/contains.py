"""Free text, JSON and log lines: what personal data a field holds without being it."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from classifiers.gazetteers import is_city, person_kind
from classifiers.lexicon import Strength
from classifiers.matching import inside, tallies
from classifiers.models import MODEL
from classifiers.names import naming
from classifiers.presidio import Span, named_entities
from classifiers.rules.places import street

READ = 400  # distinct texts read for named entities; patterns read all that were drawn
FIRST = 128  # of those, read before the rest: none or many among them settles it
PLAIN_RATE = 0.25  # of texts that name somebody, from which there is nothing to settle
NER_LENGTH = 1500  # characters of one text given to the model
NER_BUDGET = 60_000  # characters of one field given to the model: a second of work
PATHS = 200  # leaves of JSON cells told apart; a map keyed by ids has no end of them
PHONE = re.compile(r"(?:^|(?<=[\s(:,;\"'>=]))(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,5}\)[ .-]?|\d{2,5}[ .-])\d{2,5}(?:[ .-]\d{2,5}){0,4}(?=$|[\s,;.)\"'<&])")  # fmt: skip
LABELLED = (
    ("USERNAME", re.compile(r"(?i)\b(?:user(?:name)?|login|usr|uid|account|principal|acct)\"?\s*[=:]\s*[\"']?([a-z][\w.@-]{2,40})\b")),
    ("USERNAME", re.compile(r"(?i)\buser(?:name)? ['\"]?([a-z][\w.@-]{2,40})['\"]? (?:logged|signed|failed|authenticated|has|from|was|not found|created|deleted|updated|uploaded)\b")),
    ("USERNAME", re.compile(r"\bfor (?:invalid user |user )?([a-z][\w.-]{2,32}) from \d")),
    ("USERNAME", re.compile(r"^\S+ \S+ ([A-Za-z][\w.@-]{1,40}) \[\d")),
    ("PHONE_NUMBER", re.compile(r"(?i)\b(?:tel|phone|mobile|mob|cell|fax|call|ring|reach|text|whatsapp|dial|handy|rufnummer|anrufen|telefon|telefone|telefono|teléfono|téléphone|tél|appeler|llamar|ligar|chiamare|bellen|ring|tlf|gsm|komórka|mobil)\b\.?:? ?(?:\w+ ){0,3}(\+?[\d(][\d ()./-]{6,20}\d)")),
    ("STREET_ADDRESS", re.compile(r"\b(\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Way|Court|Ct|Square|Terrace)\b|[A-ZÄÖÜ][a-zäöüß]{2,20}(?:straße|strasse|str\.|weg|platz|gasse|allee) \d{1,4}|\d{1,4},? (?:bis )?(?:rue|avenue|boulevard|chemin|allée) [a-zA-ZÀ-ÿ])")),
    ("PASSWORD", re.compile(r"(?i)(?:\b|_)(?:password|passwd|pwd|passphrase|pass)\"?\s*[=:]\s*\"?([^\s\"',;&]{4,80})")),
    ("TOKEN", re.compile(r"(?i)(?:\b|_)(?:bearer\s+|(?:api[_-]?key|token|secret|access[_-]?key|sessionid|session_id|authorization)\"?\s*[=:]\s*\"?)([A-Za-z0-9+/_.=-]{16,})")),
    ("DATE_OF_BIRTH", re.compile(r"(?i)\b(?:born(?: on)?|dob|date of birth|birth ?date|geboren am|geb\.)\W{0,4}(\d{1,4}[-/. ]\w{1,9}[-/. ]\d{1,4})")),
    ("US_SSN", re.compile(r"(?i)\b(?:ssn|social security(?: number| no\.?)?)\W{0,4}(\d{3}-?\d{2}-?\d{4})\b")),
    ("MEDICAL", re.compile(r"(?i)\b(?:diagnosed with|diagnosis\W{1,3}|suffers? from|prescribed|allergic to)\s*([a-z]{4,})")),
)  # fmt: skip
LINES = 60  # of one text
STREET_WORDS = 8
NOT_IN_LETTERS = frozenset("[]{}=<>:;@#|_\\*?!")  # signs of logs, code and questions
LINE_LENGTH = 80  # characters: longer ones are prose
CODE_AND_TOWN = re.compile(
    r"(?:[A-Z]{1,3}[- ])?\d{3,5}(?:[ -]\d{2,4}|[ ]?[A-Z]{2})?,? (?P<town>[^\W\d_][^\d,]{1,40})(?:,.*)?"
)
PAIR = re.compile(
    r"(?m)(?:^|[\s{,;(])\"?(?P<label>[^\W\d_][\w .-]{1,28}?)\"? ?[:=] ?\"?(?P<value>[^\s\"',;=:{}][^\"',;=:{}\n]{0,60})"
)
NAMES_BEHIND = frozenset({"PERSON", "FIRST_NAME", "LAST_NAME"})
FITS_BEHIND = {
    "DATE_OF_BIRTH": {"date"},
    "NATIONAL_ID": {"government_number"},
    "TAX_ID": {"government_number"},
    "PASSPORT": {"passport"},
    "PHONE_NUMBER": {"phone_shape"},
    "GENDER": {"gender_word", "gender_letter"},
    "STREET_ADDRESS": {"street"},
    "USERNAME": {"handle"},
    "POSTAL_CODE": {"postal_shape", "postal_format"},
}
NOT_USERS = frozenset(["name", "names", "agent", "id", "ids", "input", "for", "from", "has", "is", "was", "the", "not", "does", "logged", "with", "and", "session", "login", "unknown", "null", "none", "true", "false", "who", "can", "may", "did"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """How many of `read` texts hold each entity."""

    read: int
    texts: Counter[str]

    def rate(self, entity: str) -> float:
        """Texts that hold it, per text."""
        return self.texts[entity] / self.read if self.read else 0.0


def contents(texts: Sequence[str], *, language: bool, model: str = MODEL) -> Contents:
    """What the texts hold. `language` says whether they may be natural language, which alone is worth the model."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(set(_patterns(text.replace("%40", "@"))))
    if language:
        told = _persons(_affordable(texts[:READ]), len(texts), model)
        found["PERSON"] = max(found["PERSON"], told.get("PERSON", 0))
    return Contents(len(texts), found)


def _lines(text: str) -> Iterator[str]:
    """What stands in a line of its own, as in the head of a letter, or behind a label, as in a form: `Geboren: 1.2.1980`."""
    lines = [line.strip() for line in text.splitlines()[:LINES] if 4 < len(line.strip()) <= LINE_LENGTH]
    for line in lines:
        if set(line) & NOT_IN_LETTERS:
            continue
        if street(line) and len(line.split()) <= STREET_WORDS and sum(word[0].islower() for word in line.split()) <= 1:
            yield "STREET_ADDRESS"
        elif town := CODE_AND_TOWN.fullmatch(line):
            if is_city(town["town"]):
                yield from ("POSTAL_CODE", "CITY")
        elif person_kind(line) == "full" and line[0].isupper() and not line.endswith((".", "!", "?", ":")):
            yield "PERSON"
    for pair in PAIR.finditer(text):
        yield from _behind(pair["label"], pair["value"].strip())


def _behind(label: str, value: str) -> Iterator[str]:
    """The entity that a label surely claims, where the value behind it could be one."""
    claims = naming(label, "").claims
    if not claims or claims[0].strength is not Strength.SURE or value.lower() in NOT_USERS:
        return
    entity = claims[0].entity
    if entity in NAMES_BEHIND and person_kind(value.partition(",")[0]) is not None:
        yield "PERSON"
    elif entity in FITS_BEHIND and any(detector in FITS_BEHIND[entity] for detector in tallies([value])):
        yield entity


def _patterns(text: str) -> Iterator[str]:
    yield from _lines(text)
    taken = []
    for hit in inside(text):
        if hit.rule.entity != "URL":
            taken.append((hit.start, hit.end))
            yield hit.rule.entity
    for match in PHONE.finditer(text):
        start, end = match.span()
        if not any(start < b and a < end for a, b in taken) and _phone(match[0]):
            yield "PHONE_NUMBER"
    for entity, pattern in LABELLED:
        labelled = pattern.search(text)
        if labelled and labelled[1].lower().strip("):;.,") not in NOT_USERS:
            yield entity


def _affordable(texts: Sequence[str]) -> list[str]:
    """The first texts, cut, that the budget pays for; at least one."""
    chosen: list[str] = []
    left = NER_BUDGET
    for text in texts:
        chosen.append(text[:NER_LENGTH])
        left -= len(chosen[-1])
        if left <= 0:
            break
    return chosen


def _phone(text: str) -> bool:
    from classifiers.rules.contact import phone_valid  # noqa: PLC0415 - only with a candidate

    return sum(c.isdigit() for c in text) >= 9 and phone_valid(text.strip())


def _persons(texts: Sequence[str], total: int, model: str) -> dict[str, int]:
    """Persons that the model names and the gazetteers know: each alone is wrong too often in table cells."""
    count = read = 0
    for some in (texts[:FIRST], texts[FIRST:]):
        count += sum(
            _names_somebody(text, spans) for text, spans in zip(some, named_entities(some, model), strict=True)
        )
        read += len(some)
        if not count or count >= PLAIN_RATE * read:
            break
    return {"PERSON": round(count * total / read)} if count else {}


def _names_somebody(text: str, spans: Sequence[Span]) -> bool:
    names = [text[span.start : span.end] for span in spans if span.entity == "PERSON"]
    return any(" " in name and person_kind(name) == "full" for name in names)


def leaves(texts: Sequence[str]) -> dict[str, list[str]]:
    """The leaves of JSON cells by path; of a list of scalars, its elements under the empty path."""
    found: dict[str, list[str]] = {}
    for text in texts:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        for path, leaf in _walk(value, ""):
            if path in found or len(found) < PATHS:
                found.setdefault(path, []).append(leaf)
    return found


def _walk(value: Any, path: str, depth: int = 0) -> Iterable[tuple[str, str]]:
    if depth > 12:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, path, depth + 1)
    elif value is not None and not isinstance(value, bool):
        yield path, str(value)
