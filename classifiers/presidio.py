"""The only door to presidio_analyzer and spaCy: recognizers and named entities, offline, loaded once per process.

`findings` gives what Presidio's own recognizers give, cell by cell, at a fraction of the cost: one RE2 automaton, of
patterns that match at least what Presidio's do (`widening.py`), says which patterns can find anything in a text; only
those run, exactly. Phones have no pattern, and are nine tenths of what is left: `phones.py` looks for them.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

import re2

from classifiers.interface import ClassifyError
from classifiers.models import MODEL
from classifiers.phones import CANDIDATE, numbers
from classifiers.widening import wide

NAMED = {
    "PERSON": "PERSON",
    "PER": "PERSON",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "NORP": "NRP",
    "ORG": "ORGANIZATION",
}
BATCH = 64  # texts for the model at a time: a tenth slower than 256, and 60 MB less
MEMORY = 256 << 20  # for the automaton of all of Presidio's patterns
FLAGS = "(?ism)"  # what Presidio compiles its patterns with
TIMEOUT = 1.0  # seconds for one pattern over one cell; Presidio itself gives it 60, then says that it found nothing
PHONES = "PhoneRecognizer"
UNLIKE = re.compile(
    "[\ud800-\udfff\u0130\u0131]"
)  # half a character is none to RE2; Turkish i and I are one to Presidio only


FAULTS = (
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
)  # what Presidio's checks raise over letters they do not know


class CellError(ClassifyError):
    """Presidio does not get through a cell, in time or at all: the cell was not examined, which is not clean."""


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
def model(name: str = MODEL) -> Any:
    """A spaCy model with nothing but its named-entity part, a tenth of the whole pipeline's cost."""
    import spacy  # noqa: PLC0415 - a second of import

    return spacy.load(name, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])


def named_entities(texts: Sequence[str], name: str = MODEL) -> Iterator[list[Span]]:
    """Persons, places and organisations in each text, by the spaCy model of that name."""
    for document in model(name).pipe(texts, batch_size=BATCH):
        yield [
            Span(NAMED[found.label_], found.start_char, found.end_char, 0.85, "SpacyRecognizer")
            for found in document.ents
            if found.label_ in NAMED
        ]


def analyze(text: str, entities: Iterable[str] | None = None) -> list[Span]:
    """What Presidio's own recognizers find in one text, run one by one: the yardstick for `findings`.

    Raises CellError where one of them stumbles.
    """
    wanted = None if entities is None else set(entities)
    return [
        span
        for recognizer in recognizers()
        if wanted is None or wanted & set(recognizer.supported_entities)
        for span in _run(recognizer, text)
    ]


def findings(text: str, without: frozenset[str] = frozenset()) -> list[Span]:
    """The same as `analyze`, running only the patterns that can find something in `text`.

    `without` names recognizers to leave out. Raises CellError where a pattern takes longer than TIMEOUT, or its check fails.
    """
    found: dict[int, list[Any]] = {}
    filtered = _prefilter(ascii_only=text.isascii())
    for index in sorted(filtered.possible(text)):
        place, pattern = filtered.owners[index]
        found.setdefault(place, []).append(pattern)
    every = recognizers()
    chosen = ((every[place], found.get(place, [])) for place in sorted(found.keys() | filtered.always))
    return [span for one, patterns in chosen if one.name not in without for span in _spans(one, patterns, text)]


def _spans(recognizer: Any, patterns: list[Any], text: str) -> list[Span]:
    try:
        return _found(recognizer, patterns, text)
    except TimeoutError:
        raise CellError(f"{recognizer.name} needs too long for a cell") from None
    except FAULTS:
        raise CellError(f"{recognizer.name} stumbles over a cell") from None


def _found(recognizer: Any, patterns: list[Any], text: str) -> list[Span]:
    if recognizer.name == PHONES:
        return _phones(recognizer, text)
    if not patterns or _is_its_own(recognizer):
        return _run(recognizer, text)
    found = [one for pattern in patterns for one in _matches(recognizer, pattern, text)]
    return _distinct(recognizer, found)


def _matches(recognizer: Any, pattern: Any, text: str) -> Iterator[tuple[int, int, float]]:
    """One pattern's matches, scored as PatternRecognizer scores those of all its patterns."""
    spans = [match.span() for match in pattern.compiled_regex.finditer(text, timeout=TIMEOUT)]
    for start, end in spans:
        score = _score(recognizer, pattern.score, text[start:end])
        if start < end and score > 0:
            yield start, end, score


def _distinct(recognizer: Any, found: Sequence[tuple[int, int, float]]) -> list[Span]:
    """As spans; where there are several, Presidio says which of them stay."""
    entity = recognizer.supported_entities[0]
    if len(found) < 2:
        return [Span(entity, *one, recognizer.name) for one in found]
    from presidio_analyzer import RecognizerResult  # noqa: PLC0415

    return _told(recognizer, recognizer.remove_duplicates([RecognizerResult(entity, *one) for one in found]))


def _score(recognizer: Any, score: float, text: str) -> float:
    valid = recognizer.validate_result(text)
    if valid is not None:
        score = recognizer.MAX_SCORE if valid else recognizer.MIN_SCORE
    return recognizer.MIN_SCORE if recognizer.invalidate_result(text) else score


def _phones(recognizer: Any, text: str) -> list[Span]:
    return _distinct(recognizer, [(start, end, recognizer.SCORE) for start, end in numbers(text)])


def _run(recognizer: Any, text: str) -> list[Span]:
    try:
        found = recognizer.analyze(text, recognizer.supported_entities, None)
    except FAULTS:
        raise CellError(f"{recognizer.name} stumbles over a cell") from None
    return _told(recognizer, found or ())


def _told(recognizer: Any, results: Iterable[Any]) -> list[Span]:
    return [Span(one.entity_type, one.start, one.end, one.score, recognizer.name) for one in results]


def _is_its_own(recognizer: Any) -> bool:
    """Whether a recognizer has a way of its own to go through its patterns."""
    from presidio_analyzer import PatternRecognizer  # noqa: PLC0415

    return type(recognizer).analyze is not PatternRecognizer.analyze


@dataclass(frozen=True, slots=True)
class _Prefilter:
    """Which patterns can match: the automaton of all of them, whose they are, and the recognizers it cannot speak for."""

    automaton: Any
    owners: tuple[tuple[int, Any], ...]
    always: frozenset[int]

    def possible(self, text: str) -> Iterable[int]:
        """Indices into `owners`; all of them where RE2 cannot read the text as Presidio does."""
        if not text.isascii() and UNLIKE.search(text):
            return range(len(self.owners))
        return self.automaton.Match(text) or ()


@cache
def _prefilter(*, ascii_only: bool) -> _Prefilter:
    options = re2.Options()
    options.max_mem, options.log_errors = MEMORY, False
    automaton, owners, always = re2.Set.SearchSet(options), [], set()
    for place, recognizer in enumerate(recognizers()):
        for pattern in _patterns_of(recognizer):
            widened = FLAGS + wide(pattern.regex, ascii_only=ascii_only) if pattern else CANDIDATE
            if (pattern or ascii_only) and _compiles(widened, options):
                automaton.Add(widened)
                owners.append((place, pattern))
            else:
                always.add(place)
    automaton.Compile()
    return _Prefilter(automaton, tuple(owners), frozenset(always))


def _patterns_of(recognizer: Any) -> Sequence[Any]:
    """Its patterns, compiled; the phone recognizer has none, and what numbers look like stands for them."""
    recognizer.analyze("", recognizer.supported_entities, None)
    return getattr(recognizer, "patterns", (None,))


def _compiles(pattern: str, options: Any) -> bool:
    try:
        re2.compile(pattern, options)
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
