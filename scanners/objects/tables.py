"""Rows of different parts as one table of top-level columns."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from scanners.flatten import text_of
from scanners.formats import Row
from scanners.paths import MAX_DEPTH


def with_constants(rows: pa.Table | Sequence[Row], constants: Mapping[str, str]) -> pa.Table:
    """Rows as a table, with the columns that their path holds."""
    table = rows if isinstance(rows, pa.Table) else table_of(rows)
    for name, value in constants.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
    return table


def table_of(rows: Sequence[Row]) -> pa.Table:
    """Rows that may differ in what they hold as a table of all their keys, in order of appearance."""
    names = list(dict.fromkeys(str(key) for row in rows for key in row))
    return pa.Table.from_arrays([array_of([row.get(name) for row in rows]) for name in names], names=names)


def array_of(values: Sequence[Any]) -> pa.Array:
    """Values as an array of their own type where they share one, else as text; what is nested is then JSON."""
    if not any(map(_is_deep, values)):
        with suppress(pa.ArrowException, UnicodeError, OverflowError, TypeError):
            return pa.array(values)
    return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def _is_deep(value: Any) -> bool:
    """Whether a value nests deeper than a column's type should: Arrow takes seconds for some hundred levels."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for here in level if isinstance(here, (dict, list)) for child in _children(here)]
        if not level:
            return False
    return True


def _children(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one above the other; a column that differs in type between them becomes text, nested ones JSON."""
    if not tables:
        return pa.table({})
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException:
        names = list(dict.fromkeys(name for table in tables for name in table.column_names))
        return pa.table({name: pa.concat_arrays([_column(table, name, tables) for table in tables]) for name in names})


def _column(table: pa.Table, name: str, tables: Sequence[pa.Table]) -> pa.Array:
    kinds = {other.schema.field(name).type for other in tables if name in other.column_names}
    kind = kinds.pop() if len(kinds) == 1 else pa.string()
    if name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    column = table.column(name).combine_chunks()
    return column if column.type == kind else as_text(column)


def as_text(values: pa.Array) -> pa.Array:
    """Any array as text."""
    try:
        return pc.cast(values, pa.string())
    except pa.ArrowException:
        return pa.array([None if value is None else text_of(value) for value in values.to_pylist()], pa.string())
