"""Presidio's second opinion: what its own recognizers find in the values of a field that our rules do not claim.

An opinion is evidence for a steward, and decides nothing: in table cells most of Presidio's patterns are right too
seldom by themselves, and a check digit passes one number in ten by chance.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.presidio import CellError, Span, findings

READ = 30  # distinct values: enough for a share, cheap enough for every undecided field
LENGTH = 200  # characters: longer cells are text, and some of Presidio's patterns are not linear
WHOLE = 0.9  # of the value that a finding must cover for the value to be the thing
STRONG = 0.5  # score of a finding worth counting: Presidio's own for a pattern with a check or a context
UNHEARD = frozenset({"UrlRecognizer"})  # seconds for a hostile cell; our own rule finds URLs


@dataclass(frozen=True, slots=True)
class Opinion:
    """`matched` of `examined` distinct values are an `entity` as a whole, says `recognizer`, `score` sure of each."""

    entity: str
    recognizer: str
    matched: int
    examined: int
    score: float


@dataclass(frozen=True, slots=True)
class Heard:
    """Presidio's opinions, the most often found first, and how many values one of its recognizers did not get through."""

    opinions: tuple[Opinion, ...] = ()
    unread: int = 0


def opinions(texts: Sequence[str]) -> Heard:
    """What Presidio makes of the first of these distinct values."""
    counted: Counter[tuple[str, str]] = Counter()
    scores: dict[tuple[str, str], float] = {}
    read = unread = 0
    for text in (text[:LENGTH] for text in texts[:READ]):
        try:
            spans = findings(text, without=UNHEARD)
        except CellError:
            unread += 1
            continue
        read += 1
        for span in {(one.entity, one.recognizer): one for one in spans if _counts(one, text)}.values():
            key = (span.entity, span.recognizer)
            counted[key] += 1
            scores[key] = max(scores.get(key, 0.0), span.score)
    return Heard(tuple(Opinion(*key, matched, read, scores[key]) for key, matched in counted.most_common()), unread)


def _counts(span: Span, text: str) -> bool:
    return span.end - span.start >= WHOLE * len(text.strip()) and span.score >= STRONG
