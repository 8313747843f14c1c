"""Names of any spelling are created on the real engine and scanned like others; the schema is as it was."""

import random
import sqlite3
from contextlib import closing

import duckdb
import psycopg
import pymysql
import pytest

from scanners import Budget, Secret, Source, scanner_for

SIGNS = (
    'a"; DROP TABLE victim; --', "a'; DROP TABLE victim; --", "a`; DROP TABLE victim; --", "%s", "%(x)s", "%%", "100%",
    ":p", ":1", "$1", "$$", "?", "{}", "{0}", "\\", "\\'", "'", '"', '""', "`", "``", ";", "--", "/*", "*/", "#", "[/foo]",
    "[]", "[x]", "a.b", ".", "..", "a.b.c", '"a"."b"', "select", "SELECT", "from", "order by", "user", "table", "null",
    "rowid", "ctid_", "xmin_", "*", "a*", "?a", "[!a]", "a b", " leading", "tab\there", "line\nbreak", "cr\rhere",
    "\x1b[31mred", "\x07bell", "\u202egnp.exe", "\u200bzero", "\ufeffbom", "é", "e\u0301", "ß", "İ", "\u0131", "Ж", "用户", "ي",
    "😀", "👩‍👩‍👧", "<b>bold</b>", "<script>alert(1)</script>", "=1+1", "@SUM(1)", "+1", "-1", "|", "&", "~", "^", "!",
    "x" * 63, "y" * 64, "é" * 32, "x" * 62 + "y", "é" * 31, "é" * 31 + "x", "用" * 21, "0", "1a", "__proto__", "None", "NaN", "true", "col_1",
    "CamelCase", "camelcase_", "c0", "c1", "d", "t", "place", "near", "rare", "value", "\x7f", "\x85", "\u2028", "\xa0",
)  # fmt: skip
TABLES, COLUMNS = 40, 9


def names():
    draw = random.Random(4)
    made = dict.fromkeys(SIGNS)
    while len(made) < TABLES * (COLUMNS + 1) * 1.2:
        made["".join(draw.sample(SIGNS, 2))[:15] + str(len(made))] = None
    return list(made)


def fits(name, *, longest_bytes=63, plane=0x10FFFF):
    return len(name.encode()) <= longest_bytes and all(ord(sign) <= plane for sign in name) and not name.endswith(" ")


def quoted(name, sign='"'):
    return sign + name.replace(sign, sign * 2) + sign


def schema(usable):
    """Tables of nine columns each, every name another; what differs by case only goes to different tables."""
    left = list(reversed(usable))
    for _ in range(TABLES):
        table = left.pop()
        columns, seen = [], set()
        while len(columns) < COLUMNS:
            name = left.pop()
            if name.casefold() not in seen:
                columns.append(name)
                seen.add(name.casefold())
        yield table, columns


def create(execute, usable, sign='"'):
    made = {}
    for table, columns in schema(usable):
        types = ", ".join(f"{quoted(column, sign)} VARCHAR(40)" for column in columns)
        execute(f"CREATE TABLE {quoted(table, sign)} ({types})")
        values = ", ".join(f"'value {place}'" for place in range(COLUMNS))
        execute(f"INSERT INTO {quoted(table, sign)} VALUES ({values})")
        made[table] = columns
    execute("CREATE TABLE victim (id INT)")
    return made


def sqlite_place(tmp_path, _):
    path = tmp_path / "names.db"
    with closing(sqlite3.connect(path)) as database, database:
        made = create(database.execute, names())
    return Source("names", f"sqlite:///{path}"), made, ""


def duckdb_place(tmp_path, _):
    path = tmp_path / "names.duckdb"
    with duckdb.connect(str(path)) as database:
        made = create(database.execute, names())
    return Source("names", f"duckdb:///{path}"), made, ""


def postgres_place(_, request):
    database = request.getfixturevalue("postgres_database")
    with psycopg.connect(database.url, autocommit=True) as connection:
        made = create(connection.execute, [name for name in names() if fits(name)])
    source = Source("names", database.bare_url, password=Secret(database.password), allow_superuser=True)
    return source, made, "public."


def mariadb_place(_, request):
    database = request.getfixturevalue("mariadb_database")
    server = database.server
    usable = [name for name in names() if fits(name, longest_bytes=64, plane=0xFFFF)]
    with pymysql.connect(host=server.host, port=server.port, user=database.user, password=database.password,
                         database=database.name, autocommit=True) as connection:  # fmt: skip
        made = create(connection.cursor().execute, usable, "`")
    source = Source("names", database.bare_url, password=Secret(database.password), allow_superuser=True)
    return source, made, ""


def shown(name):
    return quoted(name) if "." in name or '"' in name else name


@pytest.mark.parametrize("place", [sqlite_place, duckdb_place, postgres_place, mariadb_place])
def test_four_hundred_hostile_names_are_scanned_like_others(place, tmp_path, request):
    source, made, prefix = place(tmp_path, request)
    scanner = scanner_for(source)
    units = {unit.dataset: unit for unit in scanner.units()}
    assert set(units) == {prefix + shown(table) for table in (*made, "victim")}
    assert sum(1 + len(columns) for columns in made.values()) == 400
    for table, columns in made.items():
        unit = units[prefix + shown(table)]
        assert [field.path for field in unit.fields] == columns
        samples = scanner.sample(unit, Budget(rows=10))
        assert [(sample.field.path, sample.values.to_pylist()) for sample in samples] == [
            (column, [f"value {place}"]) for place, column in enumerate(columns)
        ]
        assert scanner.read(unit, limit=1).column_names == columns
    assert {unit.dataset for unit in scanner.units()} == set(units)
