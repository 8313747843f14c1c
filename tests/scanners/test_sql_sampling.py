"""What a sample of a large table holds: a fair part of it, the newest rows, and values of what is rare."""

import sqlite3
from contextlib import closing

import duckdb
import pytest

from scanners import Budget, Cause, Extent, Secret, Source, scanner_for

ROWS = 120_000
BUDGET = Budget(rows=1000)
COLUMNS = "id INTEGER PRIMARY KEY, phone VARCHAR(40), national_id BIGINT, filler VARCHAR(200), never VARCHAR(9)"
ROW = """
SELECT {n}, CASE WHEN {n} % 50 = 0 THEN {concat} END, 4000000000000000 + {n},
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', NULL
"""
COUNT = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 120000)"
PIPES, CONCAT = "'+49 151 ' || {n}", "CONCAT('+49 151 ', {n})"


def row(number, concat=PIPES):
    return ROW.format(n=number, concat=concat.format(n=number))


def sqlite_source(tmp_path, _):
    path = tmp_path / "large.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE people ({COLUMNS})")
        database.execute(f"INSERT INTO people {COUNT} {row('n')} FROM r")
    return Source("large", f"sqlite:///{path}")


def duckdb_source(tmp_path, _):
    path = tmp_path / "large.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE TABLE people ({COLUMNS.replace(' PRIMARY KEY', '')})")
        database.execute(f"INSERT INTO people {row('range')} FROM range(1, {ROWS + 1})")
    return Source("large", f"duckdb:///{path}")


def postgres_source(_, request):
    database = request.getfixturevalue("postgres_database")
    database.script(
        f"CREATE TABLE people ({COLUMNS})",
        f"INSERT INTO people {row('n')} FROM generate_series(1, {ROWS}) AS n",
        "ANALYZE people",
    )
    return Source("large", database.bare_url, password=Secret(database.password), allow_superuser=True)


def mariadb_source(_, request):
    database = request.getfixturevalue("mariadb_database")
    number = "(a.n * 400 + b.n + 1)"
    database.script(
        "CREATE TABLE digits (n INT)",
        f"INSERT INTO digits VALUES {', '.join(f'({n})' for n in range(400))}",
        f"CREATE TABLE people ({COLUMNS})",
        f"INSERT INTO people {row(number, CONCAT)} FROM digits a, digits b WHERE a.n < 300",
        "DROP TABLE digits",
        "ANALYZE TABLE people",
    )
    return Source("large", database.bare_url, password=Secret(database.password), allow_superuser=True)


MAKERS = {"sqlite": sqlite_source, "duckdb": duckdb_source, "postgres": postgres_source, "mariadb": mariadb_source}
METHODS = {"sqlite": "key_range", "duckdb": "block_sample", "postgres": "block_sample", "mariadb": "key_range"}


@pytest.fixture(params=MAKERS)
def engine(request):
    return request.param


@pytest.fixture
def drawn(engine, tmp_path, request):
    source = MAKERS[engine](tmp_path, request)
    scanner = scanner_for(source)
    (unit,) = scanner.units()
    return unit, [{s.field.path: s for s in scanner.sample(unit, BUDGET, seed=seed)} for seed in (1, 1, 2)]


def test_a_large_table_is_sampled_fairly_cheaply_and_repeatably(engine, drawn):
    unit, (first, again, other) = drawn
    # InnoDB's row count is an estimate that its manual gives 40 to 50 percent of leeway
    assert abs(unit.rows - ROWS) < 0.5 * ROWS
    ids = first["id"].values.to_pylist()
    assert first["id"].coverage.method == METHODS[engine]
    assert first["id"].coverage.rows == len(ids) == BUDGET.rows
    assert first["id"].coverage.share == pytest.approx(BUDGET.rows / ROWS, rel=0.7)
    assert ids == again["id"].values.to_pylist()
    assert ids != other["id"].values.to_pylist()
    for start in range(0, ROWS, ROWS // 4):  # every quarter of the table has its part
        assert sum(start < number <= start + ROWS // 4 for number in ids) > BUDGET.rows // 16
    assert ROWS in ids, "the newest row is always among them"
    assert first["national_id"].values.type == "int64"
    assert set(first["national_id"].values.to_pylist()) == {4_000_000_000_000_000 + number for number in ids}


def test_a_rare_column_gets_more_than_its_share(drawn):
    _, (first, again, _) = drawn
    phones = first["phone"]
    assert phones.coverage.extent is Extent.EXAMINED
    assert phones.coverage.distinct >= BUDGET.rows * 0.2  # a plain sample would hold 2 %
    assert len(phones.values) == BUDGET.rows
    assert phones.values.to_pylist() == again["phone"].values.to_pylist()


def test_a_column_that_is_always_null_was_not_examined(drawn):
    _, (first, _, _) = drawn
    assert (first["never"].coverage.extent, first["never"].coverage.cause) == (Extent.NOT_EXAMINED, Cause.EMPTY)
