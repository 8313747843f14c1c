"""SQLite: a file, opened read-only, that a scan must never create, lock or change."""

import hashlib
import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from scanners.interface import Key, Source
from scanners.sql.file import database_file, state_of
from scanners.sql.sampler import selected
from scanners.sql.samples import CELL
from scanners.sql.scanner import SqlScanner
from scanners.sql.session import AlchemySession, Session
from scanners.sql.table import Column, Content, Plan, Table, dataset_name
from scanners.sql.trouble import Trouble

# Names by which a table's rows are numbered, unless a column of that name stands in front of it.
ROW_IDS = ("rowid", "_rowid_", "oid")
# How many positions are jumped to per row wanted: two jumps may end at one row where ids have gaps.
JUMPS = 1.5
BUSY_SECONDS = 1.0
STEPS = 10_000
SMALLEST_ROW = 4  # bytes: no file holds more rows than this lets it, whatever their numbering says

TABLES = """
SELECT l.name, l.type, l.wr, m.sql FROM pragma_table_list() AS l LEFT JOIN sqlite_schema AS m
ON m.name = l.name AND m.type IN ('table', 'view')
WHERE l.schema = 'main' AND (l.type IN ('table', 'virtual') OR (:views AND l.type = 'view')) AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
ORDER BY l.name
"""
COLUMNS = "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(:table, 'main') WHERE hidden <> 1"
FOREIGN = "SELECT DISTINCT \"from\" FROM pragma_foreign_key_list(:table, 'main')"
UNIQUE = """
SELECT i.name FROM pragma_index_list(:table, 'main') AS l, pragma_index_info(l.name, 'main') AS i WHERE l."unique"
AND (SELECT count(*) FROM pragma_index_info(l.name, 'main')) = 1
"""


class Sqlite:
    """What SQLite does differently: values have types, columns hardly; rows are numbered; time-outs are ours to keep."""

    def open(self, source: Source, seconds: float) -> Session:
        path = database_file(source)
        return AlchemySession("sqlite://", lambda _: _connect(path, seconds), seconds)

    def tables(self, session: Session, dataset: str | None = None, *, views: bool = False) -> Iterable[Table]:
        path = Path(str(session.rows("SELECT file FROM pragma_database_list WHERE name = 'main'")[0][0]))
        state, size = state_of(path), path.stat().st_size
        for name, kind, without_rowid, sql in session.rows(TABLES, views=views):
            bare = Table(dataset_name(None, name), name, view=kind == "view")
            if dataset not in {None, bare.dataset}:
                continue
            marks = hashlib.sha256(f"{state}\0{sql}".encode(errors="replace")).hexdigest()
            try:
                is_numbered = not without_rowid and kind == "table"
                yield replace(self._described(session, bare, size, is_numbered=is_numbered), fingerprint=marks)
            except sa.exc.DBAPIError:  # damaged, or made by a module that is not here
                if dataset is not None:
                    raise
                yield bare  # listed, so that looking at it says what is wrong

    def _described(self, session: Session, table: Table, size: int, *, is_numbered: bool) -> Table:
        columns = tuple(self._columns(session, table.name))
        seek = _row_id(columns) if is_numbered else None
        span = _span(session, table, seek)
        rows = None if seek is None else min(span[1] - span[0] + 1, size // SMALLEST_ROW + 1) if span else 0
        return replace(table, columns=columns, rows=rows, seek=seek, span=span)

    def _columns(self, session: Session, table: str) -> Iterator[Column]:
        foreign = {row[0] for row in session.rows(FOREIGN, table=table)}
        unique = {row[0] for row in session.rows(UNIQUE, table=table)}
        for name, data_type, required, primary, _ in session.rows(COLUMNS, table=table):
            key = Key.PRIMARY if primary else Key.FOREIGN if name in foreign else Key.UNIQUE if name in unique else None
            declared = data_type.lower() or "any"
            content = Content.XML if declared == "xml" else Content.TEXT
            yield Column(name, declared, content, nullable=not required and not primary, key=key)

    def value(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:  # noqa: ARG002
        return clause

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:  # noqa: ARG002
        long = sa.func.length(clause) > CELL
        return sa.case((long, sa.func.substr(clause, 1, CELL + 1)), else_=clause)

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        clause = table.clause()
        every = sa.select(*selected(self, table, clause))
        if table.seek is None or table.rows is None or table.rows <= rows:
            yield Plan(every.limit(rows + 1), "head", whole=True)
            return
        row_id: sa.ColumnElement[int] = sa.literal_column(table.seek)
        yield Plan(every.where(row_id.in_(_jumps(table, row_id, rows, seed))).order_by(row_id), "key_range")
        yield Plan(every.limit(rows + 1), "head", whole=True)

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if not isinstance(cause, sqlite3.Error):
            return None
        code = getattr(cause, "sqlite_errorname", "")
        return TROUBLES.get("_".join(code.split("_")[:2]), Trouble.BROKEN), code


TROUBLES = {
    "SQLITE_NOTADB": Trouble.NO_DATABASE,
    "SQLITE_CANTOPEN": Trouble.ABSENT,
    "SQLITE_BUSY": Trouble.LOCKED,
    "SQLITE_LOCKED": Trouble.LOCKED,
    "SQLITE_INTERRUPT": Trouble.TIMEOUT,
    "SQLITE_PERM": Trouble.DENIED,
    "SQLITE_AUTH": Trouble.DENIED,
}


class SqliteScanner(SqlScanner):
    """A SQLite file as a source: `sqlite:///relative.db`, `sqlite:////absolute.db`."""

    __slots__ = ()
    dialect = Sqlite()


def _connect(path: Path, seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=min(BUSY_SECONDS, seconds))
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)
    connection.text_factory = lambda cell: cell.decode("utf-8", "replace")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("BEGIN")
    return connection


def _row_id(columns: Iterable[Column]) -> str | None:
    taken = {column.name.lower() for column in columns}
    return next((name for name in ROW_IDS if name not in taken), None)


def _span(session: Session, table: Table, seek: str | None) -> tuple[int, int] | None:
    """The ends of the numbering of the rows: two steps down a tree, where counting would walk all of it."""
    if seek is None:
        return None
    row_id: sa.ColumnElement[int] = sa.literal_column(seek)
    ends = [
        session.draw(sa.select(end(row_id)).select_from(table.clause()), most_bytes=1).data.column(0)[0].as_py()
        for end in (sa.func.min, sa.func.max)
    ]
    return None if ends[0] is None else (ends[0], ends[1])


def _jumps(table: Table, row_id: sa.ColumnElement[int], rows: int, seed: int) -> sa.Select[tuple[int]]:
    """The rows next to random places in the numbering."""
    low, high = table.span or (0, 0)
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    places = sorted({draw.randint(low, high) for _ in range(int(rows * JUMPS))})
    place = sa.func.json_each(sa.literal(str(places))).table_valued("value", name="place")
    nearest = sa.select(sa.func.min(row_id)).select_from(table.clause().alias("near"))
    return sa.select(nearest.where(row_id >= place.c.value).scalar_subquery()).select_from(place)
