"""SQLite keeps a scanner's promises."""

import sqlite3
from contextlib import closing

import pytest

from scanners import Source
from scanners.sql.sqlite import SqliteScanner
from scanners.testing import ScannerContract


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE, profile TEXT)")
        database.executemany(
            "INSERT INTO customers VALUES (?, ?, ?)",
            [(n * 3, f"person{n}@example.org", f'{{"contacts": [{{"email": "c{n}@example.net"}}]}}') for n in range(400)],
        )
        database.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, customer REFERENCES customers (id), body)")
    return path


class TestSqlite(ScannerContract):
    @pytest.fixture
    def scanner(self, shop):
        return SqliteScanner(Source("shop", f"sqlite:///{shop}"))

    @pytest.fixture
    def expected(self):
        return {
            "customers": frozenset({"id", "email", "profile.contacts[].email"}),
            "notes": frozenset({"id", "customer", "body"}),
        }

    @pytest.fixture
    def empty(self):
        return "notes"

    @pytest.fixture
    def unreachable(self, tmp_path):
        return SqliteScanner(Source("nowhere", f"sqlite:///{tmp_path}/none.db"))

    @pytest.fixture
    def change(self, shop):
        def alter():
            with closing(sqlite3.connect(shop)) as database, database:
                database.execute("UPDATE customers SET email = 'someone@example.com' WHERE id = 3")
            return "customers"

        return alter
