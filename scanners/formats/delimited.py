"""CSV, TSV and their kin as tables of text: leading zeros stay, an empty cell is null."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final

import pyarrow as pa

from scanners.formats.dialect import SHOWN, Dialect, sniff
from scanners.formats.drawing import Drawn
from scanners.formats.stream import HEAD, Opened
from scanners.formats.text import MAX_LINE, Windows, decoded, has_windows, lines
from scanners.interface import Cause

MAX_COLUMNS: Final = 5000
"""Columns of a file that are looked at; more are no table that somebody wrote."""


def draw(opened: Opened) -> Drawn:
    """Rows of a delimited file as a table of text columns.

    They are read in order, for a quote may span lines; a file too large for that, in which none does, in windows.
    """
    csv.field_size_limit(MAX_LINE)
    stream, limit = opened.stream()
    found = lines(decoded(stream, stream.peek(4)))
    head = list(_head(found))
    dialect = sniff(head)
    if has_windows(opened) and _is_a_row_a_line(head, dialect):
        return _from_windows(opened, dialect)
    rows = _Rows(chain(head, found), dialect)
    kept, seen = opened.take(rows)
    short = limit.short(len(kept)) or (Cause.MALFORMED if rows.broken else None) or _too_wide(kept, dialect)
    if limit.stopped and rows.last in kept:
        kept.remove(rows.last)  # cut in the middle
    stopped = opened.quota.head or limit.stopped is not None
    method = "head" if stopped else "all" if len(kept) == seen else "reservoir"
    return Drawn(_table(kept, dialect), None if stopped else seen, method, short, limit.passed)


def _is_a_row_a_line(head: Sequence[str], dialect: Dialect) -> bool:
    rows = list(_Rows(head[:-1], replace(dialect, skip=0)))
    return len(rows) >= sum(not line.isspace() for line in head[:-1]) and not any(
        "\n" in cell for row in rows for cell in row
    )


def _from_windows(opened: Opened, dialect: Dialect) -> Drawn:
    """Rows from windows into the whole file; what has not the table's width is taken for the inside of a quote."""
    windows = Windows(opened)

    def through() -> Iterator[list[str]]:
        below = dialect
        for found in windows:
            yield from (row for row in _Rows(found, below) if len(row) == dialect.width)
            below = replace(dialect, skip=0)

    kept, _ = opened.take(through())
    return windows.account(_table(kept, dialect))


def _head(found: Iterator[str]) -> Iterator[str]:
    room = HEAD
    for line in islice(found, SHOWN):
        yield line
        room -= len(line)
        if room <= 0:
            return


class _Rows:
    """The rows below the header. A row that cannot be parsed is passed over and counted."""

    def __init__(self, text: Iterable[str], dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self.broken = 0
        self.last: list[str] | None = None

    def __iter__(self) -> Iterator[list[str]]:
        reader = csv.reader(iter(self._text), **self._dialect.options())
        skip = self._dialect.skip
        while True:
            try:
                row = next(reader, None)
            except csv.Error:
                self.broken += 1
                continue
            if row is None:
                return
            if not any(row):
                continue
            if skip:
                skip -= 1
                continue
            self.last = row
            yield row


def _width(kept: Sequence[Sequence[str]], dialect: Dialect) -> int:
    return max([dialect.width, len(dialect.columns or ()), *map(len, kept)])


def _too_wide(kept: Sequence[Sequence[str]], dialect: Dialect) -> Cause | None:
    return Cause.TOO_LARGE if _width(kept, dialect) > MAX_COLUMNS else None


def _table(kept: Sequence[Sequence[str]], dialect: Dialect) -> pa.Table:
    width = min(MAX_COLUMNS, _width(kept, dialect))
    names = list(dialect.columns or ())[:width]
    names += [f"col_{i}" for i in range(len(names) + 1, width + 1)]
    columns = [pa.array([_cell(row, i) for row in kept], pa.string()) for i in range(width)]
    return pa.Table.from_arrays(columns, names=names)


def _cell(row: Sequence[str], i: int) -> str | None:
    """A cell as text that any encoding can carry; beyond the row's end, or empty, it is null."""
    cell = row[i] if i < len(row) else ""
    return cell.encode("utf-8", "replace").decode("utf-8") if cell else None
