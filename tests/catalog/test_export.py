import os

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog import Word, query_tables
from catalog.testing import day, record_run, unit

EMAIL, CARD = "user.contact.email", "user.financial.credit_card"
ODD = "=1+1\x1b[31m\u202e'\"; DROP"
CONTENT = {unit(): {"id": (), "email": (EMAIL, CARD)}, unit(ODD, (ODD,)): {ODD: (CARD,)}}
ENTRY = "crm/public.customers#email"

CLASSES = "list<l: struct<class: string, entity: string, confidence: double, mode: string>>"
WORDS = "list<l: string>"
TIME = "timestamp[us, tz=UTC]"

# The schema that others build on: columns may be added at the end, and nothing else.
COLUMNS = {
    "entries": [
        ("id", "string"), ("source", "string"), ("dataset", "string"), ("field", "string"), ("data_type", "string"),
        ("class", "string"), ("classes", CLASSES), ("entity", "string"), ("confidence", "double"), ("status", "string"),
        ("coverage", "string"), ("coverage_reason", "string"), ("sensitivity", "string"), ("regulations", WORDS),
        ("requirements", WORDS), ("owner", "string"), ("purpose", WORDS), ("examined", "int64"), ("distinct", "int64"),
        ("matched", "int64"), ("mode", "string"), ("first_seen", TIME), ("last_scanned", TIME), ("decided_by", "string"),
        ("decided_at", TIME), ("run_id", "string"), ("rows", "int64"), ("proposed", WORDS), ("disagrees", "bool"),
    ],
    "decisions": [
        ("version", "int64"), ("happened", TIME), ("entry_id", "string"), ("authority", "string"), ("actor", "string"),
        ("action", "string"), ("class", "string"), ("classes", CLASSES), ("seen", WORDS), ("reason", "string"),
        ("valid_until", TIME), ("serial", "int64"), ("undoes", "int64"), ("run_id", "string"),
    ],
    "coverage": [
        ("source", "string"), ("dataset", "string"), ("examined", "int64"), ("partial", "int64"),
        ("not_examined", "int64"), ("classified", "int64"), ("causes", WORDS), ("sensitivity", "string"),
        ("last_scanned", TIME), ("run_id", "string"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT, owner="team-crm", purpose=("support",))


@pytest.fixture
def filled(catalog, template, bo):
    template(catalog)
    catalog.accept([ENTRY], bo, now=day(2))
    return catalog


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_are_those_that_others_build_on(filled, name):
    found = filled.export_tables()[name]
    assert [(field.name, str(field.type)) for field in found.schema] == COLUMNS[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_are_the_same_when_there_is_nothing_in_them(catalog, name):
    catalog.start_run(["crm"], now=day(1))

    found = catalog.export_tables()[name]
    assert found.num_rows == 0
    assert [(field.name, str(field.type)) for field in found.schema] == COLUMNS[name]


def test_what_is_written_is_what_the_catalog_says(filled, tmp_path):
    written = filled.export(tmp_path / "out")

    assert [path.name for path in written] == ["entries.parquet", "decisions.parquet", "coverage.parquet"]
    found = {row["id"]: row for row in pq.read_table(tmp_path / "out" / "entries.parquet").to_pylist()}
    for entry in filled.entries(all=True):
        row, item = found.pop(entry.id), entry.as_json()
        assert {
            key: row[key] for key in ("class", "status", "owner", "purpose", "sensitivity", "regulations", "matched")
        } == {
            key: item[key] for key in ("class", "status", "owner", "purpose", "sensitivity", "regulations", "matched")
        }
        assert row["classes"] == item["classes"]
    assert not found


def test_decisions_are_the_machines_and_the_peoples_in_order(filled):
    rows = filled.export_tables()["decisions"].to_pylist()
    told = [
        (row["happened"], row["authority"], row["actor"], row["action"], row["class"])
        for row in rows
        if row["entry_id"] == ENTRY
    ]

    assert told == [(day(1), "machine", "datakeep", "classify", EMAIL), (day(2), "human", "bo", "accept", EMAIL)]


def test_pandas_and_duckdb_read_it(filled, tmp_path):
    filled.export(tmp_path)

    frame = pd.read_parquet(tmp_path / "entries.parquet")
    assert frame.loc[frame["id"] == ENTRY, "class"].item() == EMAIL
    assert filled.arrow().to_pandas()["id"].tolist() == frame["id"].tolist()
    tables = {"entries": pq.read_table(tmp_path / "entries.parquet")}
    assert query_tables(tables, "SELECT count(*) AS n FROM entries WHERE class IS NOT NULL").to_pylist() == [{"n": 2}]


def test_the_same_catalog_exports_the_same_bytes(filled, tmp_path):
    first, second = filled.export(tmp_path / "a"), filled.export(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("step", range(1, 7))
def test_an_export_that_fails_at_any_step_leaves_whole_files_and_nothing_else(filled, tmp_path, monkeypatch, step):
    filled.export(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")}
    filled.accept([f"crm/{ODD}#{ODD}"], Word("bo"), now=day(3))
    calls = iter(range(1, 100))

    def fail_at(work):
        def call(*arguments, **said):
            if next(calls) == step:
                raise OSError(28, "No space left on device")
            return work(*arguments, **said)

        return call

    monkeypatch.setattr("pyarrow.parquet.write_table", fail_at(pq.write_table))
    monkeypatch.setattr(os, "fsync", fail_at(os.fsync))
    with pytest.raises(OSError, match="No space left"):
        filled.export(tmp_path)

    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == set(before)
    for path in tmp_path.glob("*.parquet"):
        assert isinstance(pq.read_table(path), pa.Table)


def test_no_evidence_in_words_is_exported(filled, tmp_path):
    filled.export(tmp_path)
    assert b"aa@aa.aa" not in b"".join(path.read_bytes() for path in tmp_path.glob("*.parquet"))


def test_an_export_of_a_day_knows_nothing_of_the_next(filled):
    found = filled.export_tables(as_of=day(1))
    assert {row["status"] for row in found["entries"].to_pylist()} == {"proposed", "none"}
    assert {row["authority"] for row in found["decisions"].to_pylist()} == {"machine"}
    record_run(filled, day(5), {unit(): {"id": (), "email": ()}})
    assert filled.export_tables(as_of=day(1)) == found


def test_a_notebook_gets_the_entries_as_arrow_and_as_a_data_frame(filled):
    table, frame = filled.arrow(), filled.frame()

    assert table.equals(filled.export_tables()["entries"])
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == table.column_names
    assert dict(zip(frame["id"], frame["class"].fillna(""), strict=True))[ENTRY] == EMAIL
    assert len(filled.frame(as_of=day(0))) == 0
