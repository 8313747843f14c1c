"""Any other database that SQLAlchemy has a dialect for: listed by its inspector, sampled by its own clause if known.

What differs by engine is data, in `scanners.sql.engines`; the scanner itself runs against PostgreSQL in the place of a
stranger.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from scanners.interface import Key, ScanError, Source
from scanners.sql.engines import ENGINES, Engine, bound
from scanners.sql.sampler import selected
from scanners.sql.scanner import SqlScanner
from scanners.sql.session import AlchemySession, Session
from scanners.sql.table import Column, Content, Plan, Table, dataset_name
from scanners.sql.trouble import Trouble, address
from scanners.sql.watch import Watch

# Tried in turn, since how many rows there are is not known: most tables are small, and an empty try is cheap.
PERCENTS = (1, 10)
SYSTEM = {
    "information_schema",
    "pg_catalog",
    "sys",
    "INFORMATION_SCHEMA",
    "SYS",
    "SYSTEM",
    "performance_schema",
    "mysql",
}


XMLS = {"xml": Content.XML, "xmltype": Content.XML}


class GenericSession(AlchemySession):
    """A session that knows its engine's inspector."""

    def inspector(self) -> sa.Inspector:
        """What lists schemas, tables and columns."""
        with self._watch.telling():
            return sa.inspect(self._connection)

    def run(self, sql: str) -> None:
        """Say something that has no answer."""
        with self._watch.telling():
            self._connection.execute(sa.text(sql)).close()


class Generic:
    """What an engine that we do not know more of does: it has a dialect, and speaks SQL."""

    def __init__(self, engine: Engine = Engine()) -> None:  # noqa: B008 - frozen
        """Take what is known of the engine."""
        self.engine = engine

    def open(self, source: Source, seconds: float) -> Session:
        url = _url(source)
        made = _engine(source, url)

        def connect(watch: Watch) -> Any:
            places, names = made.dialect.create_connect_args(url)
            connection = made.dialect.connect(*places, **{**self.engine.connect, **names})
            with suppress(AttributeError, TypeError, OSError):  # not every driver has one socket to watch
                watch.over(connection.fileno())
            return connection

        session = GenericSession(url.drivername + "://", connect, seconds)
        try:
            for said in self.engine.settle:
                session.run(said.format(seconds=max(1, int(seconds)), milliseconds=max(1, int(seconds * 1000))))
        except BaseException:
            session.__exit__(None, None, None)
            raise
        return session

    def tables(self, session: Session, dataset: str | None = None, *, views: bool = False) -> Iterable[Table]:
        assert isinstance(session, GenericSession)  # noqa: S101 - as `open` makes them
        inspector = session.inspector()
        for schema in sorted(set(inspector.get_schema_names()) - SYSTEM):
            names = dict.fromkeys(inspector.get_table_names(schema=schema), False)
            names |= dict.fromkeys(inspector.get_view_names(schema=schema) if views else (), True)
            for name, is_view in sorted(names.items()):
                shown = dataset_name(schema, name)
                if dataset in {None, shown}:
                    table = Table(shown, name, schema, tuple(_columns(inspector, schema, name)), view=is_view)
                    yield table if dataset is None else self._bounded(session, table)

    def _bounded(self, session: Session, table: Table) -> Table:
        """The table with the bound that its engine demands, where it does."""
        if not self.engine.partition or table.view:
            return table
        asked = self.engine.partition.format(schema=f"`{str(table.schema).replace('`', '')}`")
        found = [(name, bound(kind, part)) for name, kind, part in session.rows(asked, name=table.name)]
        return replace(table, bound=found[0]) if found and found[0][1] is not None else table

    def value(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:  # noqa: ARG002
        return clause

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return self.value(column, clause)

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        clause = table.clause()
        every = sa.select(*selected(self, table, clause))
        if table.bound is not None:
            name, newest = table.bound
            column: sa.ColumnElement[Any] = sa.column(quoted_name(name, quote=True))
            yield Plan(every.where(column >= sa.literal(newest)).limit(rows), "newest_partition")
            return
        for percent in PERCENTS if self.engine.sample and not table.view else ():
            drawn = every.suffix_with(self.engine.sample.format(percent=percent, seed=int(seed))).subquery("d")
            yield Plan(sa.select(drawn).limit(rows), "block_sample")
        yield Plan(every.limit(rows + 1), "head", whole=True)

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        if isinstance(error, sa.exc.NoSuchTableError):
            return Trouble.GONE, ""
        if not isinstance(error, (sa.exc.SQLAlchemyError, OSError)):
            return None
        if (
            "partition" in str(getattr(error, "orig", "")).lower()
            and "filter" in str(getattr(error, "orig", "")).lower()
        ):
            return Trouble.FILTERED, ""
        if isinstance(error, sa.exc.DBAPIError) and not error.connection_invalidated and error.statement:
            return Trouble.BROKEN, type(error).__name__
        return Trouble.SHUT, type(error).__name__


class GenericScanner(SqlScanner):
    """A database of an engine without a module of its own, by its SQLAlchemy URL; its driver must be installed."""

    __slots__ = ()
    dialect = Generic()


class MssqlScanner(GenericScanner):
    """SQL Server; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["mssql"])


class OracleScanner(GenericScanner):
    """Oracle; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["oracle"])


class SnowflakeScanner(GenericScanner):
    """Snowflake; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["snowflake"])


class BigqueryScanner(GenericScanner):
    """BigQuery; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["bigquery"])


class RedshiftScanner(GenericScanner):
    """Redshift; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["redshift"])


class TrinoScanner(GenericScanner):
    """Trino; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["trino"])


class DatabricksScanner(GenericScanner):
    """Databricks; not run here."""

    __slots__ = ()
    dialect = Generic(ENGINES["databricks"])


def _url(source: Source) -> sa.URL:
    url = address(source, allowed=None)
    return url if source.password is None else url.set(password=source.password.resolve())


def _engine(source: Source, url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url)
    except (sa.exc.NoSuchModuleError, ImportError) as missing:
        error = ScanError(f"source {source.name}: no driver for {url.drivername} is installed")
        error.add_note(f"install the SQLAlchemy dialect for {url.get_backend_name()}, and its driver")
        raise error from missing


def _columns(inspector: sa.Inspector, schema: str, table: str) -> Iterator[Column]:
    primary = set(inspector.get_pk_constraint(table, schema=schema)["constrained_columns"])
    foreign = {name for key in inspector.get_foreign_keys(table, schema=schema) for name in key["constrained_columns"]}
    unique = {key["column_names"][0] for key in _uniques(inspector, schema, table) if len(key["column_names"]) == 1}
    for column in inspector.get_columns(table, schema=schema):
        name, kind = column["name"], column["type"]
        key = Key.PRIMARY if name in primary else Key.FOREIGN if name in foreign else None
        content = Content.DOCUMENT if isinstance(kind, sa.JSON) else XMLS.get(_shown(kind), Content.OTHER)
        yield Column(
            name, _shown(kind), content, column["nullable"], key or (Key.UNIQUE if name in unique else None),
            column.get("comment"),
        )  # fmt: skip


def _uniques(inspector: sa.Inspector, schema: str, table: str) -> Iterable[Any]:
    try:
        return inspector.get_unique_constraints(table, schema=schema)
    except NotImplementedError:  # some dialects' answer
        return []


def _shown(kind: Any) -> str:
    try:
        return str(kind).lower()
    except sa.exc.CompileError:  # a type without a name in plain SQL
        return type(kind).__name__.lower()
