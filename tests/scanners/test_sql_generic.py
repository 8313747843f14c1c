"""Engines without a module of their own: the scanner against a real stranger, and the statements for the others."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy.dialects import mssql, oracle
from sqlalchemy.engine.default import DefaultDialect

from scanners import (
    Budget,
    Key,
    ScanError,
    Secret,
    Source,
    SourceUnreachableError,
    Unit,
    UnitUnreadableError,
    installed,
    scanner_for,
)
from scanners.sql.engines import ENGINES, bound
from scanners.sql.generic import Generic, GenericScanner
from scanners.sql.table import Column, Table

TABLE = Table("hr.staff", "staff", "hr", (Column("e mail", "text"), Column('od"d', "text")))


@pytest.mark.parametrize(
    ("engine", "dialect", "expected"),
    [
        ("mssql", mssql.dialect(), "FROM [hr].[staff] TABLESAMPLE (1 PERCENT) REPEATABLE (7) ) AS d"),
        ("oracle", oracle.dialect(), 'FROM "hr"."staff" SAMPLE BLOCK (1) SEED (7) ) d'),
        ("snowflake", DefaultDialect(), 'FROM "hr"."staff" SAMPLE SYSTEM (1) SEED (7) ) AS d'),
        ("bigquery", DefaultDialect(), 'FROM "hr"."staff" TABLESAMPLE SYSTEM (1 PERCENT) ) AS d'),
        ("trino", DefaultDialect(), 'FROM "hr"."staff" TABLESAMPLE SYSTEM (1) ) AS d'),
        ("databricks", DefaultDialect(), 'FROM "hr"."staff" TABLESAMPLE (1 PERCENT) REPEATABLE (7) ) AS d'),
    ],
)
def test_each_engine_is_asked_in_its_own_words(engine, dialect, expected):
    first, second, last = Generic(ENGINES[engine]).plans(TABLE, 100, 7)
    said = " ".join(str(first.statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).split())
    assert expected in said
    assert "100" in said, "no more rows than wanted travel"
    assert "10" in str(second.statement.compile(dialect=dialect))
    assert (last.method, last.whole) == ("head", True)
    assert engine in installed()


@pytest.mark.parametrize(
    ("data_type", "partition", "start"),
    [
        ("DATE", "20260105", date(2026, 1, 5)),
        ("TIMESTAMP", "2026010513", datetime(2026, 1, 5, 13)),  # noqa: DTZ001 - as BigQuery has them
        ("DATETIME", "202601", datetime(2026, 1, 1)),  # noqa: DTZ001
        ("DATE", "2026", date(2026, 1, 1)),
        ("INT64", "1000", 1000),
        ("DATE", "__NULL__", None),
        ("DATE", "20269999", None),
    ],
)
def test_a_partition_is_asked_for_by_where_it_starts(data_type, partition, start):
    assert bound(data_type, partition) == start


def test_a_table_that_demands_a_partition_filter_is_read_from_its_newest_partition():
    (plan,) = Generic(ENGINES["bigquery"]).plans(replace(TABLE, bound=("day", date(2026, 1, 5))), 100, 7)
    said = " ".join(str(plan.statement.compile(compile_kwargs={"literal_binds": True})).split())
    assert said.endswith("""WHERE "day" >= '2026-01-05' LIMIT 100""")
    assert (plan.method, plan.whole) == ("newest_partition", False)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_each_session_starts_with_has_its_times_filled_in(engine):
    said = [one.format(seconds=30, milliseconds=30_000) for one in ENGINES[engine].settle]
    assert not [one for one in said if "{" in one or ";" in one]
    assert engine in installed()


def test_hostile_names_are_quoted_by_the_dialect():
    (plan,) = Generic().plans(TABLE, 10, 0)
    assert '"e mail"' in str(plan.statement)
    assert '"od""d"' in str(plan.statement)
    assert '[od"d]' in str(plan.statement.compile(dialect=mssql.dialect()))


@pytest.fixture
def stranger(postgres_database):
    postgres_database.script(
        "CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, boss int REFERENCES people (id), doc jsonb)",
        """INSERT INTO people SELECT n, 'p' || n || '@example.org', 1, '{"phones": [{"no": "+49 1"}]}'
            FROM generate_series(1, 50) AS n""",
        "CREATE VIEW v AS SELECT * FROM people",
    )
    url = postgres_database.bare_url.replace("postgresql://", "postgresql+psycopg://")
    return GenericScanner(Source("odd", url, password=Secret(postgres_database.password)))


def test_a_stranger_is_listed_sampled_and_read(stranger):
    (unit,) = stranger.units()
    assert unit.dataset == "public.people"
    assert {field.path: field.key for field in unit.fields} == {
        "id": Key.PRIMARY, "email": Key.UNIQUE, "boss": Key.FOREIGN, "doc": None,
    }  # fmt: skip
    drawn = {sample.field.path: sample for sample in stranger.sample(unit, Budget(rows=100))}
    assert drawn["email"].coverage.method == "all"
    assert sorted(drawn["id"].values.to_pylist()) == list(range(1, 51))
    assert set(drawn["doc.phones[].no"].values.to_pylist()) == {"+49 1"}
    assert {len(sample.values) for sample in stranger.sample(unit, Budget(rows=10))} == {10}
    assert stranger.read(unit, limit=3).column_names == ["id", "email", "boss", "doc"]
    with pytest.raises(UnitUnreadableError, match="is gone"):
        stranger.sample(Unit("odd", "public.none"), Budget())


def test_a_strangers_views_are_read_when_asked_for(stranger):
    asking = GenericScanner(replace(stranger.source, views=True))
    assert [unit.dataset for unit in asking.units()] == ["public.people", "public.v"]
    (view,) = [unit for unit in asking.units() if unit.dataset == "public.v"]
    assert {sample.coverage.method for sample in asking.sample(view, Budget(rows=10))} == {"head"}
    with pytest.raises(UnitUnreadableError, match="is gone"):
        stranger.sample(view, Budget(rows=10))


def test_a_stranger_that_does_not_answer_or_has_no_driver_is_an_error(postgres_database):
    url = postgres_database.bare_url.replace("postgresql://", "postgresql+psycopg://")
    closed = url.replace(f":{postgres_database.server.port}/", ":1/")
    with pytest.raises(SourceUnreachableError, match="odd does not answer"):
        list(GenericScanner(Source("odd", closed)).units())
    with pytest.raises(SourceUnreachableError) as caught:
        list(GenericScanner(Source("odd", url, password=Secret("a wrong password"))).units())
    assert "a wrong password" not in f"{caught.value} {caught.value.__cause__}"
    with pytest.raises(ScanError, match="no driver for nosuch"):
        list(GenericScanner(Source("odd", "nosuch://u@h/d")).units())
    with pytest.raises(ScanError, match="no driver for mssql"):
        list(scanner_for(Source("odd", "mssql+pyodbc://u@h/d")).units())
