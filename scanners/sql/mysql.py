"""MySQL and MariaDB: no sampling clause, so rows are found by jumping along an integer key; no file of ours is sent."""

import random
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pymysql
import sqlalchemy as sa
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
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
LOCK_SECONDS = 1
# Up to here a table is read through and chosen from by the server; above it, runs of rows along the key are drawn.
SMALL_BYTES = 16 * 1024 * 1024
# Up to here a table without an integer key is read through until chance has given enough; above it, from its start.
WALKED_BYTES = 512 * 1024 * 1024
RUNS = 64
# Dates stay the server's text: years 0 and 9999, and 0000-00-00, have no other form.
AS_TEXT = {FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME, FIELD_TYPE.NEWDATE}
QUERY = {"ssl_ca", "ssl_cert", "ssl_key", "ssl_capath", "ssl_cipher", "ssl_check_hostname", "ssl_mode"}
MODES = ("disabled", "required", "verify_ca", "verify_identity")  # as the servers' own client calls them
SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")
TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}
BINARIES = {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}

TABLE_KINDS = ("BASE TABLE", "SYSTEM VERSIONED")
TABLES = """
SELECT t.table_schema, t.table_name, t.table_rows, t.data_length, t.engine, t.create_time, t.update_time,
    t.update_time >= NOW() - INTERVAL 2 SECOND, t.table_type = 'VIEW'
FROM information_schema.tables AS t
WHERE t.table_type IN :kinds AND t.table_schema NOT IN :system
    AND (:schema IS NULL OR t.table_schema = :schema) AND (:name IS NULL OR t.table_name = :name)
ORDER BY BINARY t.table_schema, BINARY t.table_name
"""
COLUMNS = """
SELECT c.table_schema, c.table_name, c.column_name, c.column_type, c.data_type, c.is_nullable, c.column_key,
    c.column_comment, c.privileges
FROM information_schema.columns AS c
WHERE c.table_schema NOT IN :system AND (:schema IS NULL OR c.table_schema = :schema)
    AND (:name IS NULL OR c.table_name = :name)
ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""
FOREIGN = """
SELECT k.table_schema, k.table_name, k.column_name FROM information_schema.key_column_usage AS k
WHERE k.referenced_table_name IS NOT NULL AND k.table_schema NOT IN :system
    AND (:schema IS NULL OR k.table_schema = :schema) AND (:name IS NULL OR k.table_name = :name)
"""
PRIVILEGED = """
SELECT CURRENT_USER(), (SELECT COUNT(*) FROM information_schema.user_privileges
    WHERE privilege_type IN ('SUPER', 'FILE', 'SHUTDOWN', 'CREATE USER')
    AND grantee = CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1))))
"""


class MysqlSession(AlchemySession):
    """A session whose rows come all at once: the driver's streams cannot be closed where a connection broke."""

    streams = False


class Mysql:
    """What MySQL and MariaDB do differently: a database is a schema, and what one may not read is not even listed."""

    def open(self, source: Source, seconds: float) -> Session:
        def connect(watch: Watch) -> "pymysql.Connection[Any]":
            return _connect(source, seconds, watch)

        return MysqlSession("mysql+pymysql://", connect, seconds)

    def tables(self, session: Session, dataset: str | None = None, *, views: bool = False) -> Iterable[Table]:
        kinds = (*TABLE_KINDS, "VIEW") if views else TABLE_KINDS
        home = session.rows("SELECT DATABASE()")[0][0]
        asked = [(None, None)] if dataset is None else table_names(dataset, schema=home is None)
        for schema, name in asked:
            about = {"system": SYSTEM, "schema": home or schema, "name": name}
            yield from self._found(session, about, kinds, is_home=home is not None)

    def _found(
        self, session: Session, about: dict[str, Any], kinds: tuple[str, ...], *, is_home: bool
    ) -> Iterable[Table]:
        name, columns = about["name"], self._columns(session, about)
        listed = session.rows(TABLES, kinds=kinds, **about)
        for place, called, rows, size, engine, made, written, is_fresh, is_view in listed:
            if name not in {None, called}:  # the server compares names without case and trailing spaces
                continue
            found = tuple(columns[place, called])
            marks = f"{engine} {made} {written} {found}" if written and not is_fresh else None
            table = Table(
                dataset_name(None if is_home else place, called), called, place, found, rows=rows, pages=size,
                seek=integer_key(found), fingerprint=None if marks is None else sha256(marks.encode()).hexdigest(),
                view=bool(is_view),
            )  # fmt: skip
            yield table if name is None else replace(table, span=_span(session, table))

    def _columns(self, session: Session, about: dict[str, Any]) -> dict[tuple[str, str], list[Column]]:
        foreign = {tuple(row) for row in session.rows(FOREIGN, **about)}
        columns = defaultdict(list)
        for schema, table, name, shown, base, nullable, key, comment, privileges in session.rows(COLUMNS, **about):
            part = KEYS.get(key) or (Key.FOREIGN if (schema, table, name) in foreign else None)
            may = "select" in privileges.split(",")
            columns[schema, table].append(
                Column(name, shown, _content(base, shown), nullable == "YES", part, comment or None, may)
            )
        return columns

    def value(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        is_shape = column.data_type in SHAPES
        return sa.func.ST_AsText(clause) if is_shape else clause

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        if column.content in {Content.TEXT, Content.BINARY}:
            return sa.func.left(clause, CELL + 1)
        return self.value(column, clause)

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        clause, size = table.clause(), table.pages or 0
        every = sa.select(*selected(self, table, clause))
        if table.view:
            yield Plan(every.limit(rows + 1), "head", whole=True)
            return
        if size <= SMALL_BYTES:
            yield Plan(every.order_by(sa.func.rand(int(seed))).limit(rows + 1), "row_sample", whole=True)
            return
        if table.seek and table.span:
            yield Plan(self._runs(table, rows, seed), "key_range")
        elif size <= WALKED_BYTES:
            part = min(1.0, 2 * rows / max(table.rows or 1, 1))
            yield Plan(every.where(sa.func.rand(int(seed)) < part).limit(rows), "row_sample")
        yield Plan(every.limit(rows + 1), "head", whole=True)

    def _runs(self, table: Table, rows: int, seed: int) -> sa.Select[Any]:
        """Runs of rows that start at random places of the key, each found by a constant: a range of the index."""
        low, high = table.span or (0, 0)
        draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
        each = -(-rows * 5 // (4 * RUNS))
        names = [quoted_name(column.name, quote=True) for column in table.readable]
        runs = []
        for start in sorted(draw.randint(low, high) for _ in range(RUNS)):
            clause = table.clause()
            key: sa.ColumnElement[int] = sa.column(quoted_name(str(table.seek), quote=True))
            run = sa.select(*(clause.c[name] for name in names)).where(key >= start).order_by(key).limit(each)
            runs.append(sa.select(run.subquery()))
        return sa.select(*selected(self, table, sa.union(*runs).subquery("d")))

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        if _is_untrusted(cause):
            return Trouble.UNTRUSTED, ""
        if isinstance(cause, OSError):  # the connection is ours to make
            return Trouble.UNREACHABLE, ""
        if not isinstance(cause, pymysql.Error):
            return None
        code = cause.args[0] if cause.args and isinstance(cause.args[0], int) else 0
        return TROUBLES.get(code, Trouble.UNREACHABLE if 2000 <= code < 3000 else Trouble.BROKEN), str(code or "")


KEYS = {"PRI": Key.PRIMARY, "UNI": Key.UNIQUE}
SHAPES = {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"}
# https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/
TROUBLES = {
    1045: Trouble.REFUSED,
    1044: Trouble.REFUSED,
    1698: Trouble.REFUSED,
    1049: Trouble.ABSENT,
    1040: Trouble.BUSY,
    1203: Trouble.BUSY,
    1226: Trouble.BUSY,
    1205: Trouble.LOCKED,
    1213: Trouble.LOCKED,
    1129: Trouble.REFUSED,
    1130: Trouble.REFUSED,
    1356: Trouble.DENIED,
    1969: Trouble.TIMEOUT,
    3024: Trouble.TIMEOUT,
    1142: Trouble.DENIED,
    1143: Trouble.DENIED,
    1146: Trouble.GONE,
    1054: Trouble.GONE,
}


class MysqlScanner(SqlScanner):
    """A MySQL or MariaDB database as a source: `mysql://user@host:port/database`, `mariadb://…`."""

    __slots__ = ()
    dialect = Mysql()


def _connect(source: Source, seconds: float, watch: Watch) -> "pymysql.Connection[Any]":
    url = address(source, allowed=QUERY).set(drivername="mysql+pymysql")
    named = dict(url.get_dialect()().create_connect_args(url)[1])
    mode = named.pop("ssl_mode", None)
    named |= {"ssl": _tls(source, mode, url.host, named.pop("ssl", {})), "ssl_disabled": mode == "disabled"}
    if source.password is not None:
        named["password"] = source.password.resolve()
    converters = {key: how for key, how in conversions.items() if key not in AS_TEXT}
    connection = pymysql.connect(
        **named, charset="utf8mb4", conv=converters, local_infile=False, program_name="datakeep",
        connect_timeout=CONNECT_SECONDS, read_timeout=seconds + LOCK_SECONDS, write_timeout=CONNECT_SECONDS, defer_connect=True,
    )  # fmt: skip
    wire = socket.create_connection((connection.host, connection.port), CONNECT_SECONDS)
    wire.settimeout(None)
    watch.over(wire.fileno())
    try:
        _shake_hands(connection, wire)
        _prepare(connection, source, seconds)
    except BaseException:
        connection.close()
        raise
    return connection


def _tls(source: Source, mode: str | None, host: str | None, files: dict[str, str]) -> ssl.SSLContext | None:
    """Across a network the server has to prove who it is, unless the URL says otherwise.

    None: TLS where the server offers it, whoever it is.
    """
    if mode not in {None, *MODES}:
        error = ScanError(f"source {source.name}: the url's ssl_mode is none that is known")
        error.add_note(f"known: {', '.join(MODES)}")
        raise error
    if mode == "disabled" or (mode is None and is_local(host) and not files):
        return None
    context = ssl.create_default_context(cafile=files.get("ca") or authorities(), capath=files.get("capath"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the authorities that servers make for themselves are not strict
    context.check_hostname = mode in {None, "verify_identity"} and files.get("check_hostname", True) is not False
    if mode == "required":
        context.verify_mode = ssl.CERT_NONE
    if "cert" in files:
        context.load_cert_chain(files["cert"], files.get("key"))
    if "cipher" in files:
        context.set_ciphers(files["cipher"])
    return context


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether TLS is what failed: the certificate, or that the server offers none."""
    if isinstance(getattr(error, "original_exception", error), ssl.SSLError):
        return True
    return isinstance(error, pymysql.Error) and error.args[:1] in {(2026,), (3159,)}


def _shake_hands(connection: "pymysql.Connection[Any]", wire: socket.socket) -> None:
    """Log in. What is no MySQL at all sends what the driver trips over in ways of its own."""
    try:
        connection.connect(wire)
    except (pymysql.Error, OSError):
        raise
    except Exception:  # noqa: BLE001 - the driver parses the bytes of a stranger
        raise OSError("no MySQL protocol") from None


def _prepare(connection: "pymysql.Connection[Any]", source: Source, seconds: float) -> None:
    with connection.cursor() as cursor:
        if "mariadb" in connection.get_server_info().lower():
            cursor.execute("SET SESSION max_statement_time = %s", (seconds,))
        else:
            cursor.execute("SET SESSION max_execution_time = %s", (max(1, int(seconds * 1000)),))
            cursor.execute("SET SESSION information_schema_stats_expiry = 0")
        cursor.execute("SET SESSION lock_wait_timeout = %s, time_zone = '+00:00'", (LOCK_SECONDS,))
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute(PRIVILEGED)
        user, is_super = cursor.fetchone() or ("", 0)
    if is_super and not source.allow_superuser:
        error = ScanError(f"source {source.name}: the user {user} has SUPER or as much, and a scanner should not")
        error.add_note("use a user with SELECT only, or set allow_superuser: true")
        raise error


def _content(base: str, shown: str) -> Content:
    if base == "json":
        return Content.DOCUMENT
    if base in TEXTS:
        return Content.TEXT
    return Content.BINARY if base in BINARIES or shown.startswith("bit") else Content.OTHER


def _span(session: Session, table: Table) -> tuple[int, int] | None:
    if table.seek is None:
        return None
    key = table.clause().c[table.seek]
    ends = session.draw(sa.select(sa.func.min(key), sa.func.max(key)), most_bytes=1).data.to_pylist()
    low, high = ends[0].values()
    return None if low is None else (int(low), int(high))
