"""Attributes that identify nobody alone and somebody together: birth date, place, gender and their like.

Three of them single out most people (Sweeney, 2000: birth date, gender and five-digit ZIP identify 87 % of the
population of the United States), so where a dataset holds three kinds, each is marked.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from classifiers.interface import Classification, DataClass, Label

KINDS = (
    frozenset({"DATE_OF_BIRTH", "AGE"}),
    frozenset({"POSTAL_CODE", "CITY"}),
    frozenset({"GENDER"}),
    frozenset({"ETHNICITY", "NATIONALITY"}),
    frozenset({"MARITAL_STATUS"}),
)
ENOUGH = 3
COMBINED = DataClass("user.identifying_combination")


def combined(verdicts: Sequence[Classification]) -> list[Classification]:
    """The verdicts on one dataset's fields, those marked that together identify a person."""
    leading = [one.labels[0] if one.labels else None for one in verdicts]
    found = [
        max((label.confidence for label in leading if label and label.entity in kind), default=0.0) for kind in KINDS
    ]
    present = [confidence for confidence in found if confidence]
    if len(present) < ENOUGH:
        return list(verdicts)
    mark = Label(COMBINED, "QUASI_IDENTIFIER", round(0.99 * prod(sorted(present)[-ENOUGH:]), 4))
    parts = frozenset().union(*KINDS)
    return [
        replace(one, labels=(*one.labels, mark)) if label and label.entity in parts else one
        for one, label in zip(verdicts, leading, strict=True)
    ]
