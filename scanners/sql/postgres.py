"""PostgreSQL: a hostile schema must not run code as us, and nobody should notice that we looked.

What is read are plain tables, partitioned tables as one, and materialised views; views only where the source asks for
them (their functions run with our rights), foreign tables never. The session refuses them even where a table is swapped
for a view between the listing and the reading, and refuses rows hidden by policies rather than run their functions.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.types.string import TextLoader
from sqlalchemy.sql import quoted_name

from scanners.interface import Key, ScanError, Source
from scanners.sql.sampler import selected
from scanners.sql.samples import CELL
from scanners.sql.scanner import SqlScanner
from scanners.sql.session import AlchemySession, Session
from scanners.sql.table import Column, Content, Plan, Table, dataset_name, integer_key, table_names
from scanners.sql.tls import authorities, is_local
from scanners.sql.trouble import Trouble, address
from scanners.sql.watch import Watch

CONNECT_SECONDS = 10
OWN_AUTHORITY = Path("~/.postgresql/root.crt")  # where libpq looks by itself
QUERY = {
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "channel_binding", "target_session_attrs", "host", "port",
    "connect_timeout", "application_name", "gssencmode", "krbsrvname", "hostaddr",
}  # fmt: skip
LOCK_MILLISECONDS = 1000
# Up to here a table is read through: 8 MB, some milliseconds. Above it, blocks are drawn.
SMALL_PAGES = 1000
# Blocks drawn at least: rows of one block were often written together, so few blocks speak for few moments.
FEWEST_PAGES = 128
ROWS_PER_PAGE = 20
# Rows asked of the block sample per row wanted, before the fair choice among them.
OVERSHOOT = 4

SETTINGS = {
    "search_path": "pg_catalog",
    "row_security": "off",
    "default_transaction_read_only": "on",
    "lock_timeout": str(LOCK_MILLISECONDS),
    "max_parallel_workers_per_gather": "0",
    "synchronize_seqscans": "off",
    "client_min_messages": "error",
    "jit": "off",
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
}
# From 12.20, 13.16, 14.13, 15.8 and 16.4 on: expansion of views, and reading foreign tables, are errors.
SETTLE = "SELECT pg_catalog.set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS s(name, value)"
ROLE = """
SELECT current_setting('is_superuser') = 'on' OR EXISTS (
    SELECT FROM pg_roles WHERE rolname = ANY (%(powers)s::text[]) AND pg_has_role(oid, 'USAGE')
), current_user, CASE
    WHEN current_setting('restrict_nonsystem_relation_kind', true) IS NOT NULL
    THEN set_config('restrict_nonsystem_relation_kind', %(kinds)s, false) END
"""
# Roles of the system that let their members write data, or run and write files as the server.
POWERS = ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_write_all_data"]
# Before 14, and else unless told, a server works on for a client that is gone.
NOTICE = "SET client_connection_check_interval = 1000"
# Types whose text says more to us than the driver's objects, or whose objects cannot hold every value of the type.
AS_TEXT = (
    "json", "jsonb", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "inet", "cidr", "uuid",
    "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange",
    "int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange", "tstzmultirange",
)  # fmt: skip
TEXTS = {"text", "varchar", "bpchar"}
DOCUMENTS = {"json", "jsonb"}

TABLES = """
WITH RECURSIVE leaf(top, oid) AS (
    SELECT oid, oid FROM pg_class WHERE relkind = ANY (CAST(:kinds AS "char"[])) AND NOT relispartition
        AND (CAST(:oids AS text) IS NULL OR oid = ANY (CAST(:oids AS oid[])))
    UNION ALL SELECT leaf.top, i.inhrelid FROM leaf JOIN pg_inherits i ON i.inhparent = leaf.oid
    JOIN pg_class part ON part.oid = i.inhrelid WHERE part.relispartition
), size AS (
    SELECT leaf.top, sum(CASE WHEN c.reltuples < 0 THEN NULL ELSE c.reltuples END) AS rows,
        -- the true size waits for locks, so a list goes without it: one locked table must not hide all others
        sum(CASE WHEN CAST(:oids AS text) IS NULL THEN c.relpages
            ELSE pg_relation_size(c.oid) / current_setting('block_size')::int END) AS pages,
        string_agg(concat_ws(' ', c.oid, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del), ',' ORDER BY c.oid)
            AS writes
    FROM leaf JOIN pg_class c ON c.oid = leaf.oid LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
    GROUP BY leaf.top
)
SELECT c.oid, n.nspname, c.relname, c.relkind = 'v', size.rows::bigint, size.pages::bigint,
    -- a standby does not count writes, and a view has none of its own
    CASE WHEN current_setting('track_counts')::bool AND NOT pg_is_in_recovery() AND c.relkind <> 'v' THEN md5(concat_ws(' ', c.relrowsecurity, size.writes,
        (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
        (SELECT string_agg(concat_ws(' ', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attisdropped,
            has_column_privilege(c.oid, a.attnum, 'SELECT')), ',' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0))) END
FROM size JOIN pg_class c ON c.oid = size.top JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""
NAMED = """
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = ANY (CAST(:kinds AS "char"[])) AND n.nspname = :schema AND c.relname = :name
"""
COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN b.typnamespace = 'pg_catalog'::regnamespace THEN b.typname ELSE '' END,
    a.attnotnull, has_column_privilege(a.attrelid, a.attnum, 'SELECT'), col_description(a.attrelid, a.attnum),
    CASE WHEN b.typtype = 'c' THEN (SELECT array_agg(p.attname::text ORDER BY p.attnum) FROM pg_attribute p
        WHERE p.attrelid = b.typrelid AND p.attnum > 0 AND NOT p.attisdropped) END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = ANY (CAST(:oids AS oid[])) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
KEYS = """
SELECT conrelid, unnest(conkey), contype::text FROM pg_constraint
WHERE conrelid = ANY (CAST(:oids AS oid[])) AND (contype IN ('p', 'f') OR (contype = 'u' AND cardinality(conkey) = 1))
"""
KINDS = {"p": Key.PRIMARY, "u": Key.UNIQUE, "f": Key.FOREIGN}


class Postgres:
    """What PostgreSQL does differently: blocks can be drawn at random by a seed, and a schema can attack."""

    def open(self, source: Source, seconds: float) -> Session:
        def connect(watch: Watch) -> psycopg.Connection[Any]:
            return _connect(source, seconds, watch)

        return AlchemySession("postgresql+psycopg://", connect, seconds, use_native_hstore=False)

    def tables(self, session: Session, dataset: str | None = None, *, views: bool = False) -> Iterable[Table]:
        kinds = ["r", "p", "m", "v"] if views else ["r", "p", "m"]
        only = None
        if dataset is not None:
            only = [
                row[0]
                for names in table_names(dataset, schema=True)
                for row in session.rows(NAMED, kinds=kinds, schema=names[0], name=names[1])
            ]
        listed = session.rows(TABLES, kinds=kinds, oids=only)
        columns = self._columns(session, [row[0] for row in listed])
        for oid, schema, name, is_view, rows, pages, fingerprint in listed:
            shown = dataset_name(schema, name)
            found = tuple(columns[oid])
            count = None if is_view else rows
            yield Table(
                shown, name, schema, found, count, pages, integer_key(found), fingerprint=fingerprint, view=is_view
            )

    def _columns(self, session: Session, oids: Sequence[int]) -> dict[int, list[Column]]:
        keys: dict[tuple[int, int], Key] = {}
        for oid, number, kind in session.rows(KEYS, oids=list(oids)):
            if keys.get((oid, number)) is not Key.PRIMARY:
                keys[oid, number] = KINDS[kind]
        columns = defaultdict(list)
        found = session.rows(COLUMNS, oids=list(oids))
        for oid, number, name, data_type, base, required, readable, comment, parts in found:
            content = Content.ROW if parts else _content(base, data_type)
            key = keys.get((oid, number))
            uid = f"{oid}.{number}"  # neither is ever given anew to another column
            column = Column(name, data_type, content, not required, key, comment, readable, tuple(parts or ()), uid)
            columns[oid].append(column)
        return columns

    def value(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:  # noqa: ARG002
        return clause

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if column.content is Content.TEXT:
            return sa.func.pg_catalog.left(clause, CELL + 1)
        if column.content is Content.XML:
            return sa.func.pg_catalog.left(sa.cast(clause, sa.Text), CELL + 1)
        if column.content is Content.BINARY:
            return sa.func.pg_catalog.substr(clause, 1, CELL + 1)
        return clause

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        pages, clause = table.pages or 0, table.clause()
        if table.view:
            yield Plan(sa.select(*selected(self, table, clause)).limit(rows + 1), "head", whole=True)
            return
        if pages <= SMALL_PAGES and len(table.readable) == len(table.columns):
            yield Plan(self._chosen(table, clause, rows + 1, seed), "row_sample", whole=True)
            return
        density = table.rows / pages if table.rows and pages else ROWS_PER_PAGE
        percent = 100 * max(FEWEST_PAGES, OVERSHOOT * rows / max(density, 0.01)) / max(pages, 1)
        while percent < 100:
            asked = sa.func.system(sa.literal_column(repr(percent)))
            blocks = sa.tablesample(clause, asked, "t", sa.literal_column(str(int(seed))))
            yield Plan(self._chosen(table, blocks, rows, seed), "block_sample")
            percent *= 10
        yield Plan(sa.select(*selected(self, table, clause)).limit(rows + 1), "head", whole=True)

    def _chosen(self, table: Table, rows_of: sa.FromClause, rows: int, seed: int) -> sa.Select[Any]:
        """A fair choice of `rows`, made on row addresses before any long cell is fetched.

        Addresses may be seen only by who may see all columns; for others it is made by us, of more rows than needed.
        """
        names = [quoted_name(column.name, quote=True) for column in table.readable]
        chosen = sa.select(*(rows_of.c[name] for name in names))
        if len(table.readable) < len(table.columns):
            return sa.select(*selected(self, table, chosen.limit(rows * OVERSHOOT).subquery("d")))
        place: sa.ColumnElement[str] = sa.literal_column("tableoid::pg_catalog.text || ctid::pg_catalog.text")
        order = sa.func.pg_catalog.md5(place.op("||")(sa.literal_column(f"'{int(seed)}'")))
        return sa.select(*selected(self, table, chosen.order_by(order).limit(rows).subquery("d")))

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if not isinstance(cause, psycopg.Error):
            return None
        code = cause.sqlstate or ""
        if not code:
            return _without_code(cause), ""
        return TROUBLES.get(code) or CLASSES.get(code[:2], Trouble.BROKEN), code


# https://www.postgresql.org/docs/current/errcodes-appendix.html
TROUBLES = {
    "28000": Trouble.REFUSED,
    "28P01": Trouble.REFUSED,
    "3D000": Trouble.ABSENT,
    "42501": Trouble.DENIED,
    "42P01": Trouble.GONE,
    "3F000": Trouble.GONE,
    "42703": Trouble.GONE,
    "55P03": Trouble.LOCKED,
    "40P01": Trouble.LOCKED,
    "40001": Trouble.CONFLICT,
    "57014": Trouble.TIMEOUT,
    "55000": Trouble.RESTRICTED,
    "53300": Trouble.BUSY,
    "57P03": Trouble.BUSY,
}
CLASSES = {"08": Trouble.UNREACHABLE, "57": Trouble.UNREACHABLE, "53": Trouble.BUSY}


class PostgresScanner(SqlScanner):
    """A PostgreSQL database as a source: `postgresql://user@host:port/database`."""

    __slots__ = ()
    dialect = Postgres()


class _Cursor(psycopg.ServerCursor[Any]):
    """A cursor that can be closed on a connection that broke, or whose server does not answer."""

    def close(self) -> None:
        try:
            super().close()
        except psycopg.Error:
            self.connection.close()  # after which closing the cursor asks nobody
            super().close()

    def __del__(self, _warn: Any = None, /) -> None:
        """Warn of nothing: where a connection broke, the session closes it, and the cursor is gone with it."""


def _connect(source: Source, seconds: float, watch: Watch) -> psycopg.Connection[Any]:
    url = address(source, allowed=QUERY)
    named: dict[str, Any] = {"connect_timeout": _patience(seconds), "application_name": "datakeep"}
    named |= sa.create_engine("postgresql+psycopg://").dialect.create_connect_args(url)[1]
    named = _trusted(named)
    if source.password is not None:
        named["password"] = source.password.resolve()
    connection = psycopg.connect(**named, autocommit=True)
    try:
        watch.over(connection.fileno())
        _prepare(connection, source, seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def _trusted(named: dict[str, Any]) -> dict[str, Any]:
    """Across a network the server has to prove who it is, unless the URL says otherwise."""
    if is_local(named.get("host")):
        return named
    named = {"sslmode": "verify-full"} | named
    if not str(named["sslmode"]).startswith("verify") or OWN_AUTHORITY.expanduser().exists():
        return named
    return {"sslrootcert": authorities() or "system"} | named


def _patience(seconds: float) -> int:
    """Whole seconds to connect in; the driver takes no fewer than two."""
    return max(2, min(CONNECT_SECONDS, int(seconds)))


def _prepare(connection: psycopg.Connection[Any], source: Source, seconds: float) -> None:
    milliseconds = str(max(1, int(seconds * 1000)))
    settings = SETTINGS | {"statement_timeout": milliseconds, "idle_in_transaction_session_timeout": milliseconds}
    connection.execute(SETTLE, (list(settings), list(settings.values())))
    kinds = "foreign-table" if source.views else "view,foreign-table"
    role = connection.execute(ROLE, {"powers": POWERS, "kinds": kinds}).fetchone()
    if role and role[0] and not source.allow_superuser:
        raise _superuser(source, role[1])
    with suppress(psycopg.Error):  # not on every system
        connection.execute(NOTICE)
    for name in AS_TEXT:
        connection.adapters.register_loader(name, TextLoader)
    connection.server_cursor_factory = _Cursor
    connection.autocommit = False
    connection.read_only = True


def _superuser(source: Source, role: str) -> ScanError:
    error = ScanError(
        f"source {source.name}: the role {role} is a superuser or as good as one, and a scanner should not be"
    )
    error.add_note("use a role that may only read (GRANT pg_read_all_data TO …), or set allow_superuser: true")
    return error


def _content(base: str, data_type: str) -> Content:
    if base in TEXTS:
        return Content.TEXT
    if base in DOCUMENTS:
        return Content.DOCUMENT
    if base == "xml":
        return Content.XML
    if data_type.rpartition(".")[2] == "hstore":  # of an extension, so in a schema of its own
        return Content.HSTORE
    return Content.BINARY if base == "bytea" else Content.OTHER


def _without_code(error: psycopg.Error) -> Trouble:
    """What libpq says in words only, before a server has said anything with a code."""
    said = str(error).lower()
    if "certificate" in said or "ssl" in said:
        return Trouble.UNTRUSTED
    if isinstance(error, psycopg.errors.ConnectionTimeout) or "timeout" in said:
        return Trouble.UNREACHABLE
    if "password" in said or "authentication" in said or "no pg_hba.conf entry" in said:
        return Trouble.REFUSED
    if "does not exist" in said and "database" in said:
        return Trouble.ABSENT
    if "too many connections" in said or "remaining connection slots" in said or "too many clients" in said:
        return Trouble.BUSY
    return Trouble.UNREACHABLE if isinstance(error, psycopg.OperationalError) else Trouble.BROKEN
