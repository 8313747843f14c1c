"""One schema on four real engines: each keeps a scanner's promises, and all give the same fields and values."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

import duckdb
import pytest

from scanners import Budget, Key, Scanner, Secret, Source, scanner_for
from scanners.testing import ScannerContract

PASSWORD = "read only: 100%/@"
PEOPLE = [
    (n * 3 + 1, f"person{n}@example.org", json.dumps({"contacts": [{"email": f"c{n}@example.net", "main": n % 2 == 0}]}),
     4_000_000_000_000_000 + n, f"{n}.50", f"19{n % 90 + 10}-03-04", b"text" if n % 2 else b"\x89PNG\x00")
    for n in range(400)
]  # fmt: skip
SCHEMA = (
    """CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80) UNIQUE, profile {json}, card BIGINT,
        balance DECIMAL(10, 2), born DATE, picture {blob})""",
    """CREATE TABLE notes (id INTEGER PRIMARY KEY, customer INTEGER, body TEXT,
        FOREIGN KEY (customer) REFERENCES customers (id))""",
    "CREATE VIEW emails AS SELECT email FROM customers",
)
CHANGE = "UPDATE customers SET email = 'someone@example.com' WHERE id = 1"
PATHS = {
    "customers": frozenset(
        ("id", "email", "profile.contacts[].email", "profile.contacts[].main", "card", "balance", "born", "picture")
    ),
    "notes": frozenset(("id", "customer", "body")),
}


class Place(NamedTuple):
    """A database that holds the schema, how to reach it, and how to write to it."""

    source: Source
    execute: object
    prefix: str = ""


def filled(execute, *, json_type, blob, mark):
    for statement in SCHEMA:
        execute(statement.format(json=json_type, blob=blob))
    row = f"({', '.join([mark] * 7)})"
    execute(f"INSERT INTO customers VALUES {', '.join([row] * len(PEOPLE))}", [cell for one in PEOPLE for cell in one])


def sqlite_place(tmp_path):
    path = tmp_path / "shop.db"

    def execute(statement, values=()):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(statement, values)

    with closing(sqlite3.connect(path)) as database, database:
        filled(database.execute, json_type="TEXT", blob="BLOB", mark="?")
    return Place(Source("shop", f"sqlite:///{path}"), execute)


def duckdb_place(tmp_path):
    path = tmp_path / "shop.duckdb"

    def execute(statement, values=()):
        with duckdb.connect(str(path)) as database:
            database.execute(statement, values)

    with duckdb.connect(str(path)) as database:
        filled(database.execute, json_type="JSON", blob="BLOB", mark="?")
    return Place(Source("shop", f"duckdb:///{path}"), execute)


def postgres_place(database):
    role = f"scanner_{uuid4().hex[:8]}"
    filled(database.execute, json_type="JSONB", blob="BYTEA", mark="%s")
    database.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data")
    return Place(Source("shop", database.url_of(role), password=Secret(PASSWORD)), database.execute, "public.")


def mariadb_place(database):
    role = f"scanner_{uuid4().hex[:8]}"
    filled(database.execute, json_type="LONGTEXT", blob="BLOB", mark="%s")
    database.script(
        f"CREATE USER {role}@'%' IDENTIFIED BY '{PASSWORD}'", f"GRANT SELECT ON {database.name}.* TO {role}@'%'"
    )
    return Place(Source("shop", database.url_of(role), password=Secret(PASSWORD)), database.execute)


@pytest.fixture
def place(request, tmp_path, engine):
    if engine == "postgres":
        return postgres_place(request.getfixturevalue("postgres_database"))
    if engine == "mariadb":
        return mariadb_place(request.getfixturevalue("mariadb_database"))
    return {"sqlite": sqlite_place, "duckdb": duckdb_place}[engine](tmp_path)


class SqlContract(ScannerContract):
    @pytest.fixture
    def scanner(self, place) -> Scanner:
        return scanner_for(place.source)

    @pytest.fixture
    def expected(self, place):
        return {f"{place.prefix}{name}": paths for name, paths in PATHS.items()}

    @pytest.fixture
    def empty(self, place):
        return f"{place.prefix}notes"

    @pytest.fixture
    def unreachable(self, place, tmp_path):
        url = place.source.url
        nowhere = f"{place.source.scheme}:///{tmp_path}/none.db" if "127.0.0.1" not in url else _closed_port(url)
        return scanner_for(replace(place.source, name="nowhere", url=nowhere))

    @pytest.fixture
    def change(self, place):
        def alter():
            place.execute(CHANGE)
            return f"{place.prefix}customers"

        return alter

    def test_the_fields_and_values_are_those_of_the_schema(self, place, scanner):
        unit = next(unit for unit in scanner.units() if unit.dataset.endswith("customers"))
        drawn = {sample.field.path: sample.values.to_pylist() for sample in scanner.sample(unit, Budget(rows=1000))}
        assert sorted(drawn["id"]) == [person[0] for person in PEOPLE]
        assert sorted(drawn["email"]) == sorted(person[1] for person in PEOPLE)
        assert sorted(drawn["profile.contacts[].email"]) == sorted(f"c{n}@example.net" for n in range(400))
        assert sorted(str(value) for value in drawn["card"]) == sorted(str(person[3]) for person in PEOPLE)
        assert sorted(float(value) for value in drawn["balance"]) == sorted(float(person[4]) for person in PEOPLE)
        assert {str(value) for value in drawn["born"]} == {person[5] for person in PEOPLE}
        assert set(drawn["picture"]) == {"text", None}

    def test_keys_are_told(self, scanner):
        keys = {unit.dataset.split(".")[-1]: {f.path: f.key for f in unit.fields} for unit in scanner.units()}
        assert (keys["customers"]["id"], keys["customers"]["email"]) == (Key.PRIMARY, Key.UNIQUE)
        assert keys["notes"]["customer"] is Key.FOREIGN


def _closed_port(url):
    return url.replace(url.split("127.0.0.1:")[1].split("/")[0], "1")


class TestSqlite(SqlContract):
    @pytest.fixture
    def engine(self):
        return "sqlite"


class TestDuckdb(SqlContract):
    @pytest.fixture
    def engine(self):
        return "duckdb"


class TestPostgres(SqlContract):
    @pytest.fixture
    def engine(self):
        return "postgres"


class TestMariadb(SqlContract):
    @pytest.fixture
    def engine(self):
        return "mariadb"
