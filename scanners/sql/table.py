"""What a database holds, in one engine's terms and ours: tables, columns, and the plans to draw from them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from scanners.interface import Field, Key, Source, Unit

INTEGERS = {"tinyint", "smallint", "mediumint", "int", "integer", "bigint"}


class Content(StrEnum):
    """What a column's type says of its values, as far as drawing them must know."""

    TEXT = "text"
    BINARY = "binary"
    DOCUMENT = "document"  # JSON by its type
    XML = "xml"
    HSTORE = "hstore"
    ROW = "row"  # a composite type
    OTHER = "other"  # numbers, dates, arrays, whatever the driver hands over


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `readable` False where the scanner's role may not select it. `parts` names those of a composite type."""

    name: str
    data_type: str
    content: Content = Content.OTHER
    nullable: bool = True
    key: Key | None = None
    comment: str | None = None
    readable: bool = True
    parts: tuple[str, ...] = ()
    uid: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    `rows` is the engine's estimate, `pages` its size as the engine counts it; `seek` numbers its rows along `span`, and
    from 0 without gaps where it is `dense`. `bound` is the column that an engine demands a filter on, and where its newest partition starts. A `view` has no rows of its own, so that nothing but its first rows can be drawn cheaply.
    """

    dataset: str
    name: str
    schema: str | None = None
    columns: tuple[Column, ...] = ()
    rows: int | None = None
    pages: int | None = None
    seek: str | None = None
    span: tuple[int, int] | None = None
    fingerprint: str | None = None
    view: bool = False
    bound: tuple[str, Any] | None = None
    dense: bool = False

    def unit(self, source: Source) -> Unit:
        """The table as a unit of `source`."""
        return Unit(
            source.name,
            self.dataset,
            tuple(self.field(source.name, column) for column in self.columns),
            rows=self.rows,
            fingerprint=self.fingerprint,
        )

    def field(self, source: str, column: Column) -> Field:
        """One column as a field."""
        return Field(source, self.dataset, column.name, column.data_type, column.nullable, column.key, column.comment,
                     column.uid)  # fmt: skip

    @property
    def readable(self) -> tuple[Column, ...]:
        """The columns that the scanner may select."""
        return tuple(column for column in self.columns if column.readable)

    def clause(self) -> sa.TableClause:
        """The table for a statement; every name is quoted, whatever it looks like."""
        schema = None if self.schema is None else quoted_name(self.schema, quote=True)
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(quoted_name(column.name, quote=True)) for column in self.columns
        ]
        return sa.table(quoted_name(self.name, quote=True), *columns, schema=schema)


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to draw: the statement, and the honest name of the method."""

    statement: sa.Select[tuple[object, ...]]
    method: str
    whole: bool = field(default=False)


def dataset_name(schema: str | None, name: str) -> str:
    """What a table is called: `schema.table`, or `table` where the schema goes without saying.

    A part with a dot or a quote of its own is quoted as SQL would, so that no two tables share a name.
    """
    return _part(name) if schema is None else f"{_part(schema)}.{_part(name)}"


def table_names(dataset: str, *, schema: bool) -> Iterator[tuple[str | None, str]]:
    """The schema and table that `dataset_name` calls so; without `schema`, the table alone."""
    if not schema:
        name = _unquoted(dataset)
        if _part(name) == dataset:
            yield None, name
        return
    for at, sign in enumerate(dataset):
        if sign == ".":
            first, second = _unquoted(dataset[:at]), _unquoted(dataset[at + 1 :])
            if dataset_name(first, second) == dataset:
                yield first, second


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if len(part) > 1 and part[0] == part[-1] == '"' else part


def integer_key(columns: Iterable[Column]) -> str | None:
    """The primary key, where it is one integer column: then it can be jumped along."""
    keys = [column for column in columns if column.key is Key.PRIMARY]
    is_integer = len(keys) == 1 and keys[0].data_type.split("(")[0].split()[0] in INTEGERS
    return keys[0].name if is_integer and keys[0].readable else None


def _part(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "." in name or '"' in name or not name else name
