"""What a reader may take of one part, and what it took."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, TypeVar

import pyarrow as pa

from scanners.interface import Cause
from scanners.reservoir import reservoir

T = TypeVar("T")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be taken of one part: rows kept, bytes read (after decompression), a deadline on the monotonic clock.

    `head` asks for the first rows instead of random ones.
    """

    rows: int
    bytes: int
    deadline: float
    head: bool = False

    @property
    def spent(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline

    def take(self, items: Iterable[T], rng: Random) -> tuple[list[T], int]:
        """The items to keep, and how many went by."""
        if self.head:
            kept = list(islice(items, self.rows))
            return kept, len(kept)
        counted = _Counted(items)
        return reservoir(counted, self.rows, seed=rng.getrandbits(64)), counted.seen


class _Counted:
    """A stream that tells how far it was read."""

    def __init__(self, items: Iterable[Any]) -> None:
        self._items = items
        self.seen = 0

    def __iter__(self) -> Iterator[Any]:
        for self.seen, item in enumerate(self._items, 1):  # noqa: B020 - the count is the point
            yield item


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows of one part, and how they were drawn.

    `rows` is a table of top-level columns where the format has columns, else one mapping a row. `total` is the number
    of rows in the part, None where it was not read to its end. `method` is a name that `Coverage` knows. `short` says
    why less was looked at than there is to see, where that was not the drawing's own choice.
    """

    rows: pa.Table | Sequence[Row]
    total: int | None = None
    method: str = "all"
    short: Cause | None = None
    bytes: int = 0

    def __len__(self) -> int:
        return self.rows.num_rows if isinstance(self.rows, pa.Table) else len(self.rows)

    def __repr__(self) -> str:
        return f"Drawn({len(self)} rows, {self.method})"
