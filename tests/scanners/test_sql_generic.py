"""Engines without a module of their own: the scanner against a real stranger, and the statements for the others."""

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
from scanners.sql.generic import CLAUSES, Generic, GenericScanner
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
    first, second, last = Generic(CLAUSES[engine]).plans(TABLE, 100, 7)
    said = " ".join(str(first.statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).split())
    assert expected in said
    assert "100" in said, "no more rows than wanted travel"
    assert "10" in str(second.statement.compile(dialect=dialect))
    assert (last.method, last.whole) == ("head", True)
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
