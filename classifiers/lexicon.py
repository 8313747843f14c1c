"""The words that names are made of, read from `data/`: phrases that claim a class, kinds of nouns, abbreviations.

`data/names/*.yaml` state phrases by entity and strength, `data/nouns.yaml` what a table or an owner is, `data/words.yaml`
all that is neither. A phrase is kept without its spaces, so that `first_name`, `FirstName` and `firstname` are one.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from classifiers.words import fold, split

PIECE = 4  # letters from which a word is told inside a glued one; shorter ones are stated
PIECES = 4  # words glued together
ENDINGS = ("", "s", "es", "n")  # how languages make a plural of a phrase that is stated in the singular


class Strength(IntEnum):
    """How much a name claims: `SURE` on its own, `LIKELY` with values that could be it, `MAYBE` with more."""

    MAYBE = 1
    LIKELY = 2
    SURE = 3


Claimed = tuple[tuple[str, Strength], ...]


def lookup(joined: str) -> Claimed:
    """The entities that a phrase without its spaces claims, singular or plural."""
    index = phrases()
    for ending in ENDINGS:
        if joined.endswith(ending) and (found := index.get(joined.removesuffix(ending))):
            return found
    return ()


@cache
def phrases() -> Mapping[str, Claimed]:
    """Every phrase with the entities it claims."""
    index: dict[str, dict[str, Strength]] = {}
    for entity, strength, phrase in stated_phrases():
        index.setdefault(phrase, {}).setdefault(entity, strength)
    return {phrase: tuple(found.items()) for phrase, found in index.items()}


def stated_phrases() -> Iterable[tuple[str, Strength, str]]:
    """(entity, strength, phrase) as the files state them, in the order of the files."""
    for file in sorted((files("classifiers") / "data" / "names").iterdir(), key=lambda file: file.name):
        for entity, levels in _read(file).items():
            for level, listed in levels.items():
                for phrase in _listed(listed):
                    yield entity, Strength[level.upper()], phrase


def words_of(kind: str) -> frozenset[str]:
    """The words of one kind: a kind of noun, `neutral`, `generic`, `reversed`, `prefixes`, `ordinary` and so on."""
    return _kinds()[kind]


@cache
def _kinds() -> Mapping[str, frozenset[str]]:
    data = files("classifiers") / "data"
    stated = {**_read(data / "nouns.yaml"), **_read(data / "words.yaml")}
    return {kind: frozenset(_listed(listed)) for kind, listed in stated.items() if isinstance(listed, str)}


@cache
def abbreviations() -> Mapping[str, str]:
    """How warehouses shorten what their columns are called: `dt` is a date, `addr` an address."""
    stated: dict[str, str] = _read(files("classifiers") / "data" / "words.yaml")["abbreviations"]
    return {short: long for long, shorts in stated.items() for short in _listed(shorts)}


@cache
def vocabulary() -> frozenset[str]:
    """Every single word that means something to us."""
    return frozenset(phrases()).union(*_kinds().values(), abbreviations())


def is_known(word: str) -> bool:
    """Whether a word means something to us; one that does not tells nothing of what a field holds."""
    return any(word.endswith(end) and word.removesuffix(end) in vocabulary() for end in ENDINGS)


def spelled(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words with abbreviations written out and glued words taken apart: `custphonenbr` is customer, phone, number."""
    found: list[str] = []
    for word in words:
        parts = (word,) if is_known(word) else taken_apart(word) or (word,)
        found.extend(abbreviations().get(part, part) for part in parts)
    return tuple(found)


@lru_cache(maxsize=4096)
def taken_apart(word: str) -> tuple[str, ...]:
    """The fewest known words that a glued one is made of; empty where it is not made of known words alone."""
    best: list[tuple[str, ...] | None] = [(), *([None] * len(word))]
    for end in range(1, len(word) + 1):
        for start in range(end):
            head, piece = best[start], word[start:end]
            shorter = head is not None and (best[end] is None or len(head) + 1 < len(best[end] or ()))
            if head is not None and shorter and len(head) < PIECES and _is_piece(piece):
                best[end] = (*head, piece)
    return best[-1] or ()


def _is_piece(piece: str) -> bool:
    return piece in words_of("pieces") or (len(piece) >= PIECE and piece in vocabulary())


def _listed(listed: str) -> Iterable[str]:
    return filter(None, ("".join(split(fold(phrase))) for phrase in listed.replace("\n", " ").split(",")))


def _read(file: Any) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found
