"""One schema in PostgreSQL, MariaDB, SQLite, DuckDB and parquet gives one and the same entries, hard cases included."""

import json
import sqlite3
from contextlib import closing

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifiers import Taxonomy
from classifiers.engine import FieldClassifier
from datakeep.pipeline import Job, examine
from scanners import Budget, Secret, Source, scanner_for

ROWS, RARE = 3000, 50  # one row in fifty has a telephone number: 2 %
COLUMNS = ("id", "mail", "card", "opened", "balance", "profile", "others", "spare", "state")
EXPECTED = {
    "mail": "user.contact.email",
    "card": "user.financial.credit_card",
    "profile.contacts[].email": "user.contact.email",
    "others[]": "user.contact.email",
    "spare": "user.contact.phone_number",
    "id": None,
    "balance": None,
    "state": None,
}


def card(number):
    """A number of the range that is kept for tests, with its check digit."""
    digits = f"42424242{number:07d}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return int(digits) * 10 + -total % 10


def person(n):
    profile = {"contacts": [{"kind": "work", "email": f"work{n}@example.net"}]}
    return (
        n, f"person{n}@example.org", card(n), f"20{n % 20 + 5:02d}-03-{n % 28 + 1:02d}", n * 0.25, profile,
        [f"friend{n}@example.com"], f"+49 30 {2310000 + n}" if n % RARE == 0 else None, ("open", "closed")[n % 2],
    )  # fmt: skip


PEOPLE = [person(n) for n in range(1, ROWS + 1)]


def as_text(row, *, lists):
    return [*row[:5], json.dumps(row[5]), row[6] if lists else json.dumps(row[6]), *row[7:]]


def created(json_type, list_type):
    return f"""CREATE TABLE accounts (id INTEGER PRIMARY KEY, mail VARCHAR(60), card BIGINT, opened DATE,
        balance DECIMAL(10, 2), profile {json_type}, others {list_type}, spare VARCHAR(30), state VARCHAR(10))"""


def rows(mark, people):
    row = f"({', '.join([mark] * len(COLUMNS))})"
    return f"INSERT INTO accounts VALUES {', '.join([row] * len(people))}"


def on_server(database, *, lists, json_type, list_type):
    database.execute(created(json_type, list_type))
    for start in range(0, ROWS, 1000):
        part = PEOPLE[start : start + 1000]
        database.execute(rows("%s", part), [cell for one in part for cell in as_text(one, lists=lists)])
    return Source("bank", database.bare_url, password=Secret(database.password), allow_superuser=True)


def on_postgres(request, _):
    return on_server(request.getfixturevalue("postgres_database"), lists=True, json_type="JSONB", list_type="TEXT[]")


def on_mariadb(request, _):
    return on_server(request.getfixturevalue("mariadb_database"), lists=False, json_type="JSON", list_type="JSON")


def on_sqlite(_, folder):
    with closing(sqlite3.connect(folder / "bank.db")) as database, database:
        database.execute(created("TEXT", "TEXT"))
        marks = ", ".join("?" * len(COLUMNS))
        database.executemany(f"INSERT INTO accounts VALUES ({marks})", [as_text(one, lists=False) for one in PEOPLE])
    return Source("bank", f"sqlite:///{folder}/bank.db")


def table():
    kinds = [
        pa.int64(),
        pa.string(),
        pa.int64(),
        pa.string(),
        pa.float64(),
        None,
        pa.list_(pa.string()),
        pa.string(),
        pa.string(),
    ]
    columns = zip(*PEOPLE, strict=True)
    return pa.table(
        {name: pa.array(list(cells), kind) for name, cells, kind in zip(COLUMNS, columns, kinds, strict=True)}
    )


def on_duckdb(_, folder):
    with duckdb.connect(str(folder / "bank.duckdb")) as database:
        database.register("people", table())
        database.execute("CREATE TABLE accounts AS SELECT * REPLACE (opened::DATE AS opened) FROM people")
    return Source("bank", f"duckdb:///{folder}/bank.duckdb")


def on_parquet(_, folder):
    (folder / "files").mkdir()
    pq.write_table(table(), folder / "files" / "accounts.parquet")
    return Source("bank", f"file:{folder}/files/")


@pytest.fixture(scope="module")
def classifier():
    return FieldClassifier(Taxonomy.load())


@pytest.mark.parametrize("place", [on_postgres, on_mariadb, on_sqlite, on_duckdb, on_parquet])
def test_every_place_gives_the_entries_that_the_schema_has(place, request, tmp_path, classifier):
    scanner = scanner_for(place(request, tmp_path))
    (unit,) = [unit for unit in scanner.units() if "accounts" in unit.dataset]
    found = {one.field.path: one for one in examine(Job(scanner, classifier, unit, Budget(rows=1000))).classifications}
    classes = {path: str(one.labels[0].data_class) if one.labels else None for path, one in found.items()}
    assert set(classes) == {*EXPECTED, "opened", "profile.contacts[].kind"}
    assert {path: classes[path] for path in EXPECTED} == EXPECTED
