"""From what was drawn to samples: nested columns become leaves, and every field says how far it was looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from scanners.flatten import Leaf, flatten
from scanners.interface import Cause, Coverage, Extent, Field, Sample
from scanners.sql.nested import from_hstore, from_row, from_xml
from scanners.sql.table import Column, Content, Table

# Characters (bytes, where binary) of one cell that are looked at: a page of a book has 3000. At the default budget a
# table of four such columns still gives 1000 rows.
CELL = 16_384
CONTROLS = "".join(chr(code) for code in range(32) if chr(code) not in "\t\n\r\f\x0b")


@dataclass(frozen=True, slots=True)
class Seen:
    """How a table was drawn: the method, rows drawn, and the share of the table that they are."""

    method: str
    rows: int
    share: float | None
    cut: Cause | None = None


def samples(source: str, table: Table, data: pa.Table, seen: Seen) -> Iterator[Sample]:
    """One Sample per leaf of every column of `table`; `data` holds the readable ones, in order."""
    arrays = iter(data.columns)
    for column in table.columns:
        if column.readable:
            yield from _of_column(table.field(source, column), column, next(arrays).combine_chunks(), seen)
        else:
            yield _unseen(table.field(source, column), Cause.PERMISSION, seen)


def _of_column(field: Field, column: Column, values: pa.Array, seen: Seen) -> Iterator[Sample]:
    values, cause = _legible(values)
    if cause is Cause.TYPE:
        yield _unseen(field, cause, seen)
        return
    values, is_cut = _shortened(_unfolded(column, values))
    cause = seen.cut or cause or (Cause.TOO_LARGE if is_cut else None)
    documents = (field.path,) if column.content is Content.DOCUMENT or column.content in NESTED else ()
    for leaf in flatten(pa.table([values], names=[field.path]), documents):
        yield Sample(_field(field, leaf), leaf.values, _coverage(leaf.values, cause, seen))


NESTED: dict[Content, Callable[[Column], Callable[[str], str]]] = {
    Content.XML: lambda _: from_xml,
    Content.HSTORE: lambda _: from_hstore,
    Content.ROW: lambda column: from_row(column.parts),
}


def _unfolded(column: Column, values: pa.Array) -> pa.Array:
    """What only the engine writes so, as JSON."""
    if column.content not in NESTED or not pa.types.is_string(values.type):
        return values
    read = NESTED[column.content](column)
    return pa.array([None if text is None else read(text[: CELL + 1]) for text in values.to_pylist()], pa.string())


def _field(column: Field, leaf: Leaf) -> Field:
    if leaf.path == column.path:
        return column
    uid = column.uid and column.uid + leaf.path.removeprefix(column.path)
    return Field(column.source, column.dataset, leaf.path, leaf.data_type, comment=column.comment, uid=uid)


def _coverage(values: pa.Array, cause: Cause | None, seen: Seen) -> Coverage:
    count = len(values) - values.null_count
    extent = Extent.EXAMINED if cause is None else Extent.PARTIAL
    if count == 0:
        extent, cause = Extent.NOT_EXAMINED, seen.cut or Cause.EMPTY
    distinct = len(pc.unique(values.drop_null()))
    return Coverage(extent, cause, seen.rows, count, distinct, seen.share, seen.method)


def _unseen(field: Field, cause: Cause, seen: Seen) -> Sample:
    coverage = Coverage(Extent.NOT_EXAMINED, cause, method=seen.method)
    return Sample(field, pa.nulls(0, pa.string()), coverage)


def _legible(values: pa.Array) -> tuple[pa.Array, Cause | None]:
    """Binary cells as the text that some of them are: TYPE where none is, DECODE where not all are."""
    if not (pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)):
        return values, None
    cells = values.to_pylist()
    texts = [None if cell is None else _text(cell) for cell in cells]
    lost = sum(cell is not None and text is None for cell, text in zip(cells, texts, strict=True))
    if lost and lost == len(cells) - values.null_count:
        return values, Cause.TYPE
    return pa.array(texts, pa.string()), Cause.DECODE if lost else None


def _text(cell: bytes) -> str | None:
    cell = cell[:CELL]
    try:
        text = cell.decode("utf-8")
    except UnicodeDecodeError as broken:
        if len(cell) < CELL or broken.start < len(cell) - 3:  # not just a character that the cut split
            return None
        text = cell[: broken.start].decode("utf-8")
    return None if any(sign in CONTROLS for sign in text) else text


def _shortened(values: pa.Array) -> tuple[pa.Array, bool]:
    if not pa.types.is_string(values.type):
        return values, False
    longest = pc.max(pc.utf8_length(values)).as_py() or 0
    return (pc.utf8_slice_codeunits(values, 0, CELL), True) if longest > CELL else (values, False)
