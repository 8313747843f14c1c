"""The words that names are made of, read from `data/`: phrases that claim a class, kinds of nouns, abbreviations.

`data/names/*.yaml` state phrases by entity and strength, `data/nouns.yaml` what a table or an owner is, `data/words.yaml`
all that is neither. A phrase is kept without its spaces, so that `first_name`, `FirstName` and `firstname` are one.
`data/texts.yaml` states what running text says, which is kept as it is written.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from classifiers.words import fold, split

PIECE = 4  # letters from which a word is told inside a glued one; shorter ones are stated
PIECES = 4  # words glued together
MEANINGS = 3  # entities that a word we do not know may stand for
LAST = "\U0010ffff"  # sorts behind every letter
ENDINGS = ("", "s", "es", "n")  # how languages make a plural of a phrase that is stated in the singular
# how a phrase of running text is stated, escaped, and what it matches
NOTATION = {r"\(": "(?:", r"\)": ")?", r"\*": r"\w+", "…": ".*", "ß": "(?:ß|ss)", "ü": "(?:ü|ue)"}


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


def hinted(word: str) -> Claimed:
    """What a word we do not know may claim: misspelt (`birht`), cut short (`synt`), or of phrases (`davcna`)."""
    if len(word) < PIECE or is_known(word):
        return ()
    if spelt := next(filter(None, map(lookup, _respelled(word))), None):
        return tuple((entity, Strength.LIKELY) for entity, _ in spelt)
    words = _single_words()
    longer = words[bisect_left(words, word) : bisect_left(words, word + LAST)]
    meant = [entity for whole in longer for entity, _ in phrases()[whole]]
    found = {*meant, *_in_phrases().get(word, ())}
    if len(found) > MEANINGS:  # too many, unless most words that begin so are of one
        found = {entity for entity in found if 2 * meant.count(entity) > len(meant)}
    return tuple((entity, Strength.LIKELY) for entity in sorted(found))


def _respelled(word: str) -> Iterable[str]:
    """The word with two neighbouring letters changed over (`birht`), or a doubled one written once (`zipp`)."""
    for i in range(len(word) - 1):
        first, second = word[i], word[i + 1]
        yield word[:i] + word[i + 1 :] if first == second else word[:i] + second + first + word[i + 2 :]


@cache
def _single_words() -> list[str]:
    return sorted({word for _, words in _worded() if len(words) == 1 for word in words if len(word) > PIECE})


@cache
def _in_phrases() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entity, words in _worded():
        for word in words:
            found.setdefault(word, set()).add(entity)
    return found


@cache
def _worded() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """(entity, the words of a phrase) as the files state them."""
    return tuple(
        (entity, split(fold(phrase)))
        for file in (files("classifiers") / "data" / "names").iterdir()
        for entity, levels in _read(file).items()
        for listed in levels.values()
        for phrase in listed.replace("\n", " ").split(",")
    )


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
def _texts() -> Mapping[str, str]:
    return _read(files("classifiers") / "data" / "texts.yaml")


def as_written(kind: str) -> tuple[str, ...]:
    """What running text says of one kind, with its case, accents and spaces."""
    return tuple(filter(None, re.split(r"\s*[,\n]\s*", _texts()[kind])))


def any_of(kind: str, *, capital: bool = False) -> str:
    """A pattern of what running text says of one kind, the longest first; with `capital`, at the head of a sentence too."""
    words = {*as_written(kind), *(word[:1].upper() + word[1:] for word in as_written(kind) if capital)}
    return "(?:" + "|".join(_pattern(word) for word in sorted(words, key=lambda word: (-len(word), word))) + ")"


def _pattern(phrase: str) -> str:
    pattern = re.escape(phrase)
    for sign, meant in NOTATION.items():
        pattern = pattern.replace(sign, meant)
    return pattern


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
    if word[1:] in words_of("after_letter"):
        return (word[:1], word[1:])
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
