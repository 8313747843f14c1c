"""Presidio's second opinion: what its own recognizers find in the values of a field that our rules do not claim.

An opinion is evidence for a steward, and decides nothing: in table cells most of Presidio's patterns are right too
seldom by themselves, and a check digit passes one number in ten by chance.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifiers.presidio import Span, findings

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


def opinions(texts: Sequence[str]) -> list[Opinion]:
    """What Presidio makes of the first of these distinct values, the most often found first."""
    read = [text[:LENGTH] for text in texts[:READ]]
    counted: Counter[tuple[str, str]] = Counter()
    scores: dict[tuple[str, str], float] = {}
    for text in read:
        for span in {(one.entity, one.recognizer): one for one in findings(text) if _counts(one, text)}.values():
            key = (span.entity, span.recognizer)
            counted[key] += 1
            scores[key] = max(scores.get(key, 0.0), span.score)
    return [Opinion(*key, matched, len(read), scores[key]) for key, matched in counted.most_common()]


def _counts(span: Span, text: str) -> bool:
    long_enough = span.end - span.start >= WHOLE * len(text.strip())
    return long_enough and span.score >= STRONG and span.recognizer not in UNHEARD
