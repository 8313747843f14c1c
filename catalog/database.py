"""With `instance.py` the only door to DuckDB: a file opened briefly, migrated, used in one transaction, and closed.

While one process has it open for writing no other can open it, so nobody keeps it open, and everybody waits their
turn. Nothing outside the file can be reached from SQL.
"""

import hashlib
import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from catalog.instance import SEALED, attached, settle
from catalog.interface import CatalogError, NoCatalogError
from catalog.turns import busy, holder, turn

Params = Mapping[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAMAGE = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)
PAUSES = (0.005, 0.15)  # seconds between two tries to open: at least, at most

_threads: dict[str, threading.RLock] = {}


def _values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; times by way of integers, because Arrow would import pandas for them (0.3 s)."""
    if not pa.types.is_timestamp(column.type):
        values: list[Any] = column.to_pylist()
        return values
    counts = column.cast(pa.int64()).to_pylist()
    return [None if count is None else EPOCH + timedelta(microseconds=count) for count in counts]


def dicts(found: pa.Table) -> list[dict[str, Any]]:
    """A table's rows."""
    columns = [_values(column) for column in found.columns]
    names = found.column_names  # asked for once: Arrow makes the list anew each time
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


class Connection:
    """An open catalog: rows, Arrow tables and inserts. Identifiers in SQL are ours; data goes in as parameters."""

    def __init__(self, inner: Any) -> None:
        """Take the driver's connection."""
        self._inner = inner

    def table(self, sql: str, params: Params | None = None) -> pa.Table:
        """The answer to a SELECT, as Arrow."""
        return self._inner.sql(sql, params=dict(params or {})).to_arrow_table()

    def rows(self, sql: str, params: Params | None = None) -> list[dict[str, Any]]:
        """The answer to a SELECT, as dicts."""
        return dicts(self.table(sql, params))

    def value(self, sql: str, params: Params | None = None) -> Any:
        """The first value of the first row, None where there is none."""
        found = self.table(sql, params)
        return _values(found.column(0))[0] if found.num_rows else None

    def run(self, sql: str, params: Params | None = None) -> None:
        """A statement without an answer."""
        self._inner.execute(sql, dict(params or {}))

    @contextmanager
    def given(self, **tables: pa.Table) -> Iterator[None]:
        """Arrow tables that SQL can name for a while."""
        for name, table in tables.items():
            self._inner.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self._inner.unregister(name)

    def insert(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table, columns matched by name."""
        if rows.num_rows:
            with self.given(incoming=rows):
                self._inner.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")  # noqa: S608 - our own name


class Database:
    """A catalog file. Cheap to make: it is opened per call and held for one short transaction."""

    def __init__(self, path: Path, *, wait: float = 30.0) -> None:
        """Take the file's place and how many seconds to wait for another process to let go of it."""
        self.path = path
        self.wait = wait
        self._current = False

    def require(self) -> None:
        """Raise NoCatalogError where there is no catalog."""
        if not self.path.exists():
            missing = NoCatalogError(f"no catalog at {self.path}")
            missing.add_note("`datakeep scan` makes one; --home names another place")
            raise missing

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The catalog as it stands, beside other readers. Raises NoCatalogError and CatalogBusyError."""
        self.require()
        with self._open(read_only=True) as connection:
            if self._current or not self._behind(connection):
                self._current = True
                yield connection
                return
        self._bring_up()
        with self._open(read_only=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing. Makes the catalog where there is none. Raises CatalogBusyError."""
        self._prepare()
        if not self._current:
            self._bring_up()
        with self._open(read_only=False) as connection, transaction(connection):
            yield connection

    def backup(self, place: Path) -> Path:
        """Copy the file, with everything that was acknowledged in it, while nobody writes."""
        self.require()
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f".{place.name}.new")
        deadline = time.monotonic() + self.wait
        with self._alone(), turn(self.path, deadline, alone=True):
            with self._attached(read_only=False, deadline=deadline) as inner:
                inner.execute("CHECKPOINT held")
            shutil.copyfile(self.path, aside)
        aside.chmod(0o600)
        return aside.replace(place)

    def _bring_up(self) -> None:
        """Migrate where something is missing; finding out hinders no other reader. Raises CatalogError."""
        with self._open(read_only=True) as connection:
            behind = self._behind(connection)
        if behind:
            with self._open(read_only=False) as connection:
                migrate(connection)
        self._current = True

    def _behind(self, connection: Connection) -> bool:
        """Whether this release has a migration that the file has not seen. Raises CatalogError for no catalog of ours."""
        if not connection.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'migrations'"):
            error = CatalogError(f"{self.path} is a DuckDB file of somebody else, no catalog")
            error.add_note("name another place with --home, or with `catalog: {path: …}` in the settings")
            raise error
        return bool(_missing(connection))

    def _prepare(self) -> None:
        """Make the catalog where there is none: aside, then linked into place, so that nobody meets a half-made one.

        Only its owner may read it: the catalog says where the sensitive data is.
        """
        if self.path.exists():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.path.parent) as folder:
            made = Path(folder) / self.path.name
            with closing(duckdb.connect(str(made), config=SEALED)) as inner:
                migrate(Connection(inner))
            made.chmod(0o600)
            with suppress(FileExistsError):  # another process was faster, and its catalog is as good
                os.link(made, self.path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread of this process at a time: DuckDB would hand two of them the same open file."""
        lock = _threads.setdefault(str(self.path.resolve()), threading.RLock())
        if not lock.acquire(timeout=self.wait):
            raise busy(self.path, "another thread of this process")
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _open(self, *, read_only: bool) -> Iterator[Connection]:
        deadline = time.monotonic() + self.wait
        with (
            self._alone(),
            turn(self.path, deadline, alone=not read_only),
            self._attached(read_only=read_only, deadline=deadline) as inner,
        ):
            try:
                yield Connection(inner)
            except DAMAGE:
                error = CatalogError(f"the catalog at {self.path} cannot be read or written")
                error.add_note("the disk is full, or the file is damaged: make room, or restore a backup")
                raise error from None

    @contextmanager
    def _attached(self, *, read_only: bool, deadline: float) -> Iterator[Any]:
        """The file, opened: waits for whoever has it. Raises CatalogBusyError, and CatalogError where it will not open."""
        with ExitStack() as opened:
            while True:
                try:
                    inner = opened.enter_context(attached(self.path.absolute(), read_only=read_only))
                    break
                except duckdb.Error as refused:
                    if "lock" not in str(refused):
                        error = CatalogError(f"the catalog at {self.path} cannot be opened")
                        error.add_note(
                            "it is damaged, or a newer release of DuckDB wrote it; restore a backup or upgrade"
                        )
                        raise error from None
                    if time.monotonic() > deadline:
                        raise busy(self.path, holder(str(refused))) from None
                time.sleep(random.uniform(*PAUSES))  # noqa: S311 - so that waiting processes do not march in step
            yield inner


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit at the end, roll back on any error."""
    connection.run("BEGIN")
    try:
        yield
        connection.run("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):
            connection.run("ROLLBACK")
        raise


def migrations() -> list[tuple[int, str, str]]:
    """Every migration that this release has: number, name, SQL."""
    folder = resources.files("catalog") / "migrations"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [(int(file.name[:4]), file.name, file.read_text(encoding="utf-8")) for file in files]


def migrate(connection: Connection) -> list[str]:
    """Bring the schema up to this release, each step in a transaction with its ledger row; returns what was applied.

    Raises CatalogError where a newer release wrote the catalog.
    """
    connection.run("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name VARCHAR, sha256 VARCHAR)")
    missing = _missing(connection)
    for number, name, sql in missing:
        with transaction(connection):
            connection.run(sql)
            row = {"number": number, "name": name, "sha256": hashlib.sha256(sql.encode()).hexdigest()}
            connection.run("INSERT INTO migrations VALUES ($number, $name, $sha256)", row)
    return [name for _, name, _ in missing]


def _missing(connection: Connection) -> list[tuple[int, str, str]]:
    """The migrations that the catalog has not seen yet."""
    known = migrations()
    applied = {row["number"] for row in connection.rows("SELECT number FROM migrations")}
    if applied - {number for number, _, _ in known}:
        error = CatalogError("the catalog was written by a newer release of datakeep")
        error.add_note("upgrade datakeep, or restore a backup made before the upgrade")
        raise error
    return [step for step in known if step[0] not in applied]


def query_tables(tables: Mapping[str, pa.Table], sql: str, *, seconds: float = 10.0) -> pa.Table:
    """The answer of one SELECT over Arrow tables, in a DuckDB that has no files, no network and a time limit.

    Raises CatalogError for anything but a single SELECT, for SQL that fails (the message quotes no value: a driver's
    own text may) and for one that takes longer than `seconds`.
    """
    with duckdb.connect(":memory:", config={**SEALED, "memory_limit": "1GB", "threads": "2"}) as inner:
        settle(inner)
        for name, table in tables.items():
            inner.register(name, table)
        statement = _single_select(inner, sql)
        timer = threading.Timer(seconds, inner.interrupt)
        timer.start()
        try:
            return inner.sql(statement.query).to_arrow_table()
        except duckdb.InterruptException:
            raise CatalogError(f"the query took longer than {seconds:g} s") from None
        except duckdb.Error as failed:
            raise _refused(failed, tables) from None
        finally:
            timer.cancel()


def _single_select(inner: Any, sql: str) -> Any:
    try:
        statements = inner.extract_statements(sql)
    except duckdb.Error:
        raise CatalogError("the query is not SQL that DuckDB understands") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        error = CatalogError("the query must be a single SELECT")
        error.add_note("only reading is allowed here, one statement at a time")
        raise error
    return statements[0]


def _refused(failed: Any, tables: Mapping[str, pa.Table]) -> CatalogError:
    kind = type(failed).__name__.removesuffix("Exception")
    error = CatalogError(f"the query cannot be answered ({kind})")
    for name, table in tables.items():
        error.add_note(f"{name} has the columns {', '.join(table.column_names)}")
    return error
