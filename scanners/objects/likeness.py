"""Files with names alike are one dataset only where their columns are alike as well. Pure.

`report_1.csv` and `report_2.csv` may be two months of one report, or customers and orders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from scanners.interface import Part
from scanners.objects.datasets import Dataset

SAME: Final = 0.5
"""The least share of all columns of two files that both have (Jaccard): columns come and go over the years."""

LOOKED_AT: Final = 32
"""Files of a dataset whose columns are compared; where these are alike, so are the others."""

Columns = Callable[[Part], frozenset[str] | None]


@dataclass(slots=True)
class _Kind:
    columns: frozenset[str]
    parts: list[Part]


def by_columns(dataset: Dataset, columns: Columns) -> list[Dataset]:
    """The dataset, or those that it really is: the most frequent kind keeps the name, a file of its own its path.

    `columns` is asked only for datasets that a guess put together; None is for a file that cannot be read.
    """
    if not dataset.guessed or len(_kinds(_some(dataset.parts), columns)) <= 1:
        return [dataset]
    kinds = sorted(_kinds(dataset.parts, columns), key=lambda kind: -len(kind.parts))
    named = [dataset.name if n == 0 else kind.parts[0].path for n, kind in enumerate(kinds)]
    return [
        Dataset(name if len(kind.parts) > 1 else kind.parts[0].path, tuple(kind.parts), guessed=True)
        for name, kind in zip(named, kinds, strict=True)
    ]


def _some(parts: Sequence[Part]) -> Sequence[Part]:
    step = max(1, len(parts) // LOOKED_AT)
    return parts[::step]


def _kinds(parts: Sequence[Part], columns: Columns) -> list[_Kind]:
    """Parts by their columns, each with the first kind that it is like; what cannot be read is of the main kind."""
    kinds: list[_Kind] = []
    unread: list[Part] = []
    for part in parts:
        found = columns(part)
        if found is None:
            unread.append(part)
            continue
        kind = next((one for one in kinds if _alike(one.columns, found)), None)
        if kind is None:
            kinds.append(_Kind(found, [part]))
        else:
            kind.parts.append(part)
    if unread and kinds:
        main = max(kinds, key=lambda kind: len(kind.parts))
        own = {*main.parts, *unread}
        main.parts = [part for part in parts if part in own]
    return kinds


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= SAME * len(one | other)
