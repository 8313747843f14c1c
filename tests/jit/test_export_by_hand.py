"""The SQL of docs/how-to/verify-an-export.md, as an auditor would run it."""

import json
import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifiers import DataClass
from jit import Ask, Person
from jit.export import Exporter, sha256_of
from jit.testing import NOON, World, field

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "verify-an-export.md"
POLICY = """
version: 1
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""


@pytest.fixture
def evidence(tmp_path, monkeypatch):
    world = World(
        tmp_path / "home", POLICY, [Person("ana", frozenset({"support"}))], [field("crm/people#name", "user.name")]
    )
    for _ in range(7):
        world.broker.ask(Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=3600), NOON)
    Exporter(world.ledger, dict).export(tmp_path / "evidence", NOON)
    monkeypatch.chdir(tmp_path)
    world.ledger.close()
    return tmp_path / "evidence"


def faults():
    (sql,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with duckdb.connect() as connection:
        *_, found = [connection.execute(statement) for statement in connection.extract_statements(sql)]
        return [fault for (fault,) in found.fetchall()]


def events(evidence):
    return next((evidence / "events").rglob("*.parquet"))


def bend(evidence, change, *, listed):
    """Rewrite the events; with `listed` the manifest says so too, as somebody would who has no key."""
    path = events(evidence)
    table = pq.ParquetFile(path).read()
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), table.schema), path)
    if listed:
        manifest = json.loads((evidence / "manifest.json").read_text())
        manifest["files"][path.relative_to(evidence).as_posix()]["sha256"] = sha256_of(path)
        (evidence / "manifest.json").write_text(json.dumps(manifest))


def test_a_whole_export_has_no_fault(evidence):
    assert faults() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda rows: [
                *rows[:4],
                {**rows[4], "record": rows[4]["record"].replace("user.name", "user.nome")},
                *rows[5:],
            ],
            "record 5",
        ),
        (lambda rows: [*rows[:4], *rows[5:]], "record 6"),
        (lambda rows: [*rows[:4], {**rows[4], "prev": rows[3]["prev"]}, *rows[5:]], "record 5"),
        (lambda rows: rows[:-1], "the records are not those of the root"),
    ],
    ids=["changed", "left out", "bound elsewhere", "cut"],
)
def test_a_bent_export_has_the_fault_that_it_has(evidence, change, fault):
    bend(evidence, change, listed=True)
    assert [found for found in faults() if found.startswith(fault)]


def test_a_file_that_is_not_the_one_listed_is_named(evidence):
    bend(evidence, lambda rows: [{**row, "actor": "bob"} for row in rows], listed=False)
    assert faults() == [f"{events(evidence).relative_to(evidence).as_posix()} is not the file that is listed"]


def test_the_query_is_about_twenty_lines():
    (sql,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(sql.splitlines()) <= 22
