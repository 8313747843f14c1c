"""What a reader may see of a table: leaves that are lent as they are, every other leaf masked by its class."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from catalog import Entry
from classifiers import DataClass, Mode
from jit.policies.masks import Mask, mask
from jit.policies.policy import Policy
from scanners import Shape, rewrite

How = tuple[DataClass | None, Mask]
"""The class that a value is masked as, and by which mask."""


@dataclass(frozen=True, slots=True, repr=False)
class Veil:
    """The masks over one dataset: `clear` are the paths shown as they are, `how` says how the other known ones are masked.

    A path that the catalog does not know is masked as `otherwise`. Masked columns become text.
    """

    clear: frozenset[str]
    how: Mapping[str, How]
    otherwise: How
    shape: Shape
    key: bytes

    @classmethod
    def of(cls, entries: Iterable[Entry], clear: Collection[str], policy: Policy, key: bytes) -> "Veil":
        """The veil over a dataset with these `entries`, of which those with the ids `clear` are lent."""
        known = tuple(entries)
        return cls(
            frozenset(entry.field for entry in known if entry.id in clear),
            {entry.field: _how(entry, policy) for entry in known},
            (None, policy.mask_for(None)),
            Shape.of(entry.field for entry in known),
            key,
        )

    def over(self, table: pa.Table) -> pa.Table:
        """A table of the same columns and rows, masked."""
        columns = [self._column(name, table.column(place)) for place, name in enumerate(table.column_names)]
        return pa.table(columns, names=table.column_names)

    def leaf(self, path: str, value: Any) -> Any:
        """One value as the reader sees it."""
        return value if path in self.clear else mask(value, *self.how.get(path, self.otherwise), key=self.key)

    def _column(self, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
        nested = name in self.shape.nested or _is_nested(values.type)
        if not nested and name in self.clear:
            return values
        if not nested:
            return pa.array([self.leaf(name, value) for value in values.to_pylist()], pa.string())
        return _array([rewrite(name, value, self.leaf, self.shape) for value in values.to_pylist()])


def _how(entry: Entry, policy: Policy) -> How:
    """The mask of an entry: that of its class, where it is nothing but that; free text and mixtures are redacted."""
    masks = {policy.mask_for(held) for held in entry.classes} or {policy.mask_for(None)}
    only = len(masks) == 1 and entry.mode is not Mode.CONTAINS
    return entry.data_class, masks.pop() if only else Mask.REDACT


def _is_nested(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        return _is_nested(kind.storage_type)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _is_nested(kind.value_type)
    return bool(pa.types.is_nested(kind))


def _array(values: list[Any]) -> pa.Array:
    """Nested values with their masks as Arrow; where no one type fits them, as JSON text."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        texts = (None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in values)
        return pa.array(list(texts), pa.string())
