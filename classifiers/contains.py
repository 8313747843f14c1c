"""Free text, JSON and log lines: what personal data a field holds without being it."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from classifiers.gazetteers import is_city, person_kind
from classifiers.labels import NOTHING, labelled
from classifiers.matching import inside
from classifiers.mentions import NAMES, SIGNED, mentioned, signed
from classifiers.models import MODEL
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
    ("USERNAME", re.compile(r"(?i)\b(?:user(?:name)?|login|usr|uid|account|principal|acct)[\"']?\s*[=:]\s*[\"'<]?([a-z][\w.@-]{2,40})\b")),
    ("USERNAME", re.compile(r"(?i)\buser(?:name)? ['\"]?([a-z][\w.@-]{2,40})['\"]? (?:logged|signed|failed|authenticated|has|from|was|not found|created|deleted|updated|uploaded)\b")),
    ("USERNAME", re.compile(r"(?i)\b(?:for|of|by) (?:user|account|login) ['\"]([a-z][\w.@-]{2,40})['\"]")),
    ("USERNAME", re.compile(r"^\S+ \S+ ([A-Za-z][\w.@-]{1,40}) \[\d")),
    ("PHONE_NUMBER", re.compile(r"(?i)\b(?:tel|phone|mobile|mob|cell|fax|call|ring|reach|text|whatsapp|dial|handy|rufnummer|anrufen|telefon|telefone|telefono|teléfono|téléphone|tél|appeler|llamar|ligar|chiamare|bellen|ring|tlf|gsm|komórka|mobil)\b\.? ?:? ?(?:\w+ ){0,3}(\+?[\d(][\d ()./-]{6,20}\d)")),
    ("PASSWORD", re.compile(r"(?i)(?:\b|_)(?:password|passwd|pwd|passphrase|pass)[\"']?\s*(?:=\s*|:\s*(?=[\"']?[a-z]*[^\sa-z]|[\"']))[\"']?([^\s\"',;&/][^\s\"',;&]{3,80})")),
    ("TOKEN", re.compile(r"(?i)(?:\b|_)(?:bearer\s+|(?:api[_-]?key|token|secret|access[_-]?key|sessionid|session_id|authorization)[\"']?\s*[=:]\s*[\"']?|(?:api key|token|secret|session|key) (?:is |was )?)([A-Za-z0-9+/_.=-]{16,})")),
)  # fmt: skip
LINES = 60  # of one text
STREET_WORDS = 8
NOT_IN_LETTERS = frozenset("[]{}=<>:;@#|_\\*?!：＝")  # noqa: RUF001  # signs of logs, code and questions
RANGE = re.compile(r"\d{4,5}-\d{4,5}|.*\b\d{4}-\d\d-\d\d\b.*")  # from one number to another, a ZIP+4, a date
LONE = re.compile(
    r"(?<![^\W\d_])[^\W\d_](?![^\W\d_])"
)  # one letter is short for a street in some languages, and for anything else
COPYRIGHT = re.compile(r"(?i)copyright|©|\(c\)")
LINE_LENGTH = 80  # characters: longer ones are prose
CODE_AND_TOWN = re.compile(
    r"(?:[A-Z]{1,3}[- ])?\d{3,5}(?:[ -]\d{2,4}|[ ]?[A-Z]{2})?,? (?P<town>[^\W\d_][^\d,]{1,40})(?:,.*)?"
)
REDUCED = re.compile(
    r"[\[({<]?(?:filtered|redacted|masked|hidden|removed|secret)[\])}>]?|[*xX.•]+|[{<%$].*", re.IGNORECASE
)


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
    found["NAMED"] += signed(texts)
    found["PERSON"] = max(found["PERSON"], found["NAMED"])
    if found["STREET_ADDRESS"]:  # towns stand beside streets, and else beside the numbers of anything
        found["CITY"], found["POSTAL_CODE"] = (max(found[part], found["NEARBY"]) for part in ("CITY", "POSTAL_CODE"))
    del found["NEARBY"]
    if language:
        told = _persons(_affordable(texts[:READ]), len(texts), model)
        found["PERSON"] = max(found["PERSON"], told.get("PERSON", 0))
    return Contents(len(texts), found)


def _lines(text: str) -> Iterator[str]:
    """What stands in a line of its own, as in the head of a letter or at the foot of one."""
    lines = [line.strip() for line in text.splitlines()[:LINES] if 4 < len(line.strip()) <= LINE_LENGTH]
    for line in lines:
        if set(line) & NOT_IN_LETTERS or COPYRIGHT.search(line):
            continue
        if (
            street(LONE.sub("", line))
            and len(line.split()) <= STREET_WORDS
            and sum(word[0].islower() for word in line.split()) <= 1
        ):
            yield "STREET_ADDRESS"
        elif town := CODE_AND_TOWN.fullmatch(line):
            if is_city(town["town"]):
                yield from ("POSTAL_CODE", "CITY")
        elif person_kind(line) == "full" and SIGNED.fullmatch(line):
            yield "PERSON"


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
        if any(_is_told(entity, found[1].strip("):;.,")) for found in pattern.finditer(text)):
            yield entity
    yield from labelled(text)
    yield from mentioned(text)


def _is_told(entity: str, value: str) -> bool:
    """Whether what stands behind a word is a value: no word of the sentence, nothing blotted out, and random if a token."""
    if entity == "TOKEN":
        return any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return value.lower() not in NOTHING and not REDUCED.fullmatch(value)


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

    plain = text.strip()
    return sum(c.isdigit() for c in plain) >= 9 and not RANGE.fullmatch(plain) and phone_valid(plain)


def _persons(texts: Sequence[str], total: int, model: str) -> dict[str, int]:
    """Persons that the model names and the gazetteers know: each alone is wrong too often in table cells."""
    count = read = 0
    for some in (texts[:FIRST], texts[FIRST:]):
        likely = [text for text in some if NAMES.search(text)]
        found = zip(likely, named_entities(likely, model), strict=True)
        count += sum(_names_somebody(text, spans) for text, spans in found)
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
