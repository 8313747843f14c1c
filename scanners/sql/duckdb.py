"""DuckDB: a file, opened read-only, with everything outside of it refused. The driver hands out Arrow itself."""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect

from scanners.interface import Cause, Key, Source
from scanners.sql.file import database_file, state_of
from scanners.sql.sampler import selected
from scanners.sql.samples import CELL
from scanners.sql.scanner import SqlScanner
from scanners.sql.session import Drawn, Session
from scanners.sql.table import Column, Content, Plan, Table, dataset_name
from scanners.sql.trouble import Trouble, source_error

# Up to here a table is read through; above it, vectors of 2048 rows are drawn.
SMALL_ROWS = 100_000
VECTOR = 2048
FEWEST_VECTORS = 32

MAGIC = b"DUCK"
CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "threads": "1",  # so that the same seed draws the same
}
# Types that Arrow has no plain form for.
AS_TEXT = (
    "UUID",
    "INTERVAL",
    "HUGEINT",
    "UHUGEINT",
    "BIT",
    "BIGNUM",
    "VARINT",
    "GEOMETRY",
    "TIME WITH TIME ZONE",
    "UNION",
)

TABLES = """
SELECT schema_name, table_name, estimated_size, sql, false FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal AND NOT temporary
UNION ALL SELECT schema_name, view_name, NULL, sql, true FROM duckdb_views()
WHERE $views AND database_name = current_database() AND NOT internal AND NOT temporary
ORDER BY schema_name, table_name
"""
COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal ORDER BY schema_name, table_name, column_index
"""
KEYS = """
SELECT schema_name, table_name, constraint_type, constraint_column_names FROM duckdb_constraints()
WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY', 'UNIQUE')
"""
KINDS = {"PRIMARY KEY": Key.PRIMARY, "FOREIGN KEY": Key.FOREIGN, "UNIQUE": Key.UNIQUE}


class DuckSession:
    """A session on a DuckDB file; a timer interrupts what runs past its seconds."""

    def __init__(self, path: Path, seconds: float) -> None:
        """Open the file; the driver's exceptions pass through."""
        self.path = path
        self._deadline = time.monotonic() + seconds
        self._connection = duckdb.connect(str(path), read_only=True, config=CONFIG)
        self._connection.execute("SET enable_progress_bar = false")  # a worker takes itself to be in a notebook
        self._timer = threading.Timer(seconds, self._connection.interrupt)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._connection.close()

    def rows(self, sql: str, **values: Any) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = self._connection.execute(sql, values or None).fetchall()
        return found

    def draw(self, statement: sa.Select[Any], *, most_bytes: int) -> Drawn:
        sql = str(statement.compile(dialect=COMPILER, compile_kwargs={"literal_binds": True}))
        reader = self._connection.sql(sql).to_arrow_reader(VECTOR)
        batches: list[pa.RecordBatch] = []
        cut = None
        for batch in reader:
            batches.append(batch)
            if sum(one.nbytes for one in batches) > most_bytes:
                cut = Cause.TOO_LARGE
            elif time.monotonic() > self._deadline:
                cut = Cause.TIMEOUT
            if cut:
                break
        data = pa.Table.from_batches(batches, reader.schema)
        return Drawn(data.rename_columns([str(place) for place in range(data.num_columns)]), cut)


COMPILER = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call] # DuckDB reads PostgreSQL's spelling


class DuckDb:
    """What DuckDB does differently: one process at a time, vectors drawn at random by a seed, nested types."""

    def open(self, source: Source, seconds: float) -> Session:
        path = database_file(source)
        with path.open("rb") as file:
            if file.read(12)[8:] != MAGIC:  # else DuckDB would look for an extension that reads the file
                raise source_error(source, Trouble.NO_DATABASE)
        return DuckSession(path, seconds)

    def tables(self, session: Session, dataset: str | None = None, *, views: bool = False) -> Iterable[Table]:
        state = state_of(Path(str(session.rows("SELECT path FROM duckdb_databases() WHERE NOT internal")[0][0])))
        columns = self._columns(session)
        for schema, name, rows, sql, is_view in session.rows(TABLES, views=views):
            shown = dataset_name(None if schema == "main" else schema, name)
            if dataset in {None, shown}:
                marks = hashlib.sha256(f"{state}\0{sql}".encode(errors="replace")).hexdigest()
                found = tuple(columns[schema, name])
                is_numbered = not is_view and all(column.name.lower() != "rowid" for column in found)
                yield Table(shown, name, schema, found, rows=rows, fingerprint=marks, view=is_view,
                            seek="rowid" if is_numbered else None, dense=is_numbered)  # fmt: skip

    def _columns(self, session: Session) -> dict[tuple[str, str], list[Column]]:
        keys: dict[tuple[str, str, str], Key] = {}
        for schema, table, kind, names in session.rows(KEYS):
            for name in names if kind != "UNIQUE" or len(names) == 1 else ():
                if keys.get((schema, table, name)) is not Key.PRIMARY:
                    keys[schema, table, name] = KINDS[kind]
        columns = defaultdict(list)
        for schema, table, name, data_type, nullable, comment in session.rows(COLUMNS):
            key = keys.get((schema, table, name))
            column = Column(name, data_type.lower(), _content(data_type), bool(nullable), key, comment)
            columns[schema, table].append(column)
        return columns

    def value(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        as_text = column.data_type.upper().startswith(AS_TEXT) and not column.data_type.endswith("]")
        return sa.cast(clause, sa.VARCHAR) if as_text else clause

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if column.content is Content.TEXT:
            return sa.func.left(clause, CELL + 1)
        return self.value(column, clause)

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        clause, count = table.clause(), table.rows or 0
        if count > rows:
            if count > SMALL_ROWS:
                percent = 100 * max(FEWEST_VECTORS * VECTOR, 2 * rows) / count
                yield Plan(self._drawn(table, "system", f"{percent!r} PERCENT", seed), "block_sample")
            yield Plan(self._drawn(table, "reservoir", f"{rows} ROWS", seed), "reservoir")
        yield Plan(sa.select(*selected(self, table, clause)).limit(rows + 1), "head", whole=True)

    def _drawn(self, table: Table, method: str, size: str, seed: int) -> sa.Select[Any]:
        asked = getattr(sa.func, method)(sa.literal_column(size))
        drawn = sa.tablesample(table.clause(), asked, "t", sa.literal_column(str(int(seed))))
        return sa.select(*selected(self, table, drawn))

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        if not isinstance(error, duckdb.Error):
            return None
        if isinstance(error, duckdb.InterruptException):
            return Trouble.TIMEOUT, ""
        if isinstance(error, duckdb.CatalogException):
            return Trouble.GONE, ""
        said = str(error)
        if "lock on file" in said or "already open" in said or "different configuration" in said:
            return Trouble.LOCKED, ""
        is_open_failure = isinstance(error, (duckdb.IOException, duckdb.SerializationException))
        return Trouble.NO_DATABASE if is_open_failure else Trouble.BROKEN, ""


def _content(data_type: str) -> Content:
    if data_type == "VARCHAR":
        return Content.TEXT
    if data_type == "JSON":
        return Content.DOCUMENT
    return Content.BINARY if data_type == "BLOB" else Content.OTHER


class DuckdbScanner(SqlScanner):
    """A DuckDB file as a source: `duckdb:///relative.duckdb`, `duckdb:////absolute.duckdb`."""

    __slots__ = ()
    dialect = DuckDb()
