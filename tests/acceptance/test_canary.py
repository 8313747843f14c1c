"""No value of the sample data is in anything that datakeep writes or says, in whatever form."""

import base64
import csv
import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from acceptance.traces import SHORTEST, Traces
from catalog import exporters
from datakeep.cli import cli
from datakeep.cli.errors import explained
from datakeep.settings import load
from scanners import Budget, scanner_for

SAMPLE = Path(__file__).parents[2] / "sample_data"
COMMON = ("user.demographic.gender", "user.contact.address.country", "user.contact.address.city")  # words of any text
GRANTED = 5  # customers whose mail address the demo lends, and shows


@pytest.fixture(scope="module")
def values():
    """Every value of the sample data that is personal, and long enough not to be met by chance."""
    with (SAMPLE / "expected.csv").open(encoding="utf-8", newline="") as file:
        personal = {row["entry"] for row in csv.DictReader(file) if row["class"] not in COMMON}
    found = set()
    for one in load(SAMPLE / "datakeep.yaml").sources:
        scanner = scanner_for(one.source)
        for unit in scanner.units():
            for sample in scanner.sample(unit, Budget(rows=100_000)):
                if str(sample.field) in personal:
                    found |= {str(value) for value in sample.values.to_pylist() if value is not None}
    return {value for value in found if len(value) >= SHORTEST}


@pytest.fixture(scope="module")
def traces(values):
    return Traces.of(values)


@pytest.fixture(scope="module")
def granted():
    with sqlite3.connect(SAMPLE / "shop.db") as shop:
        first = [mail for (mail,) in shop.execute("SELECT email FROM customers ORDER BY id LIMIT ?", (GRANTED,))]
    shop.close()
    return first


def written(demo):
    """Every file that the demo made: those of the sample data it was given are not among them."""
    given = {path.relative_to(SAMPLE) for path in SAMPLE.rglob("*")}
    made = [path for path in demo.folder.rglob("*") if path.is_file() and path.relative_to(demo.folder) not in given]
    return made + [path for path in demo.home.rglob("*") if path.is_file()]


def tables(path, tmp_path):
    """What a store holds, in words: its bytes alone would hide what is compressed."""
    if path.suffix == ".parquet":
        return str(pq.ParquetFile(path).read().to_pylist())
    if path.suffix == ".sqlite":
        with sqlite3.connect(path) as store:
            said = "\n".join(store.iterdump())
        store.close()
        return said
    if path.suffix == ".duckdb":
        copied = tmp_path / path.name
        copied.write_bytes(path.read_bytes())
        with duckdb.connect(str(copied), read_only=True) as store:
            names = store.sql("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
            return "\n".join(
                str(store.table(f'"{schema}"."{name}"').to_arrow_table().to_pylist()) for schema, name in names
            )
    return ""


def test_there_is_something_to_look_for_and_somewhere_to_look(values, demo):
    assert len(values) > 3000
    assert {"ebba.hassan@example.com", "151 Banksia Street", "742-30-2511", "52259452W"} <= values
    suffixes = [path.suffix for path in written(demo)]
    assert suffixes.count(".duckdb") == 1
    assert suffixes.count(".sqlite") == 1
    assert suffixes.count(".parquet") >= 5


def test_no_value_is_in_any_file_that_is_written(traces, demo, tmp_path):
    betrayed = {}
    for path in written(demo):
        found = traces.found(path.read_bytes()) | traces.found(tables(path, tmp_path).encode())
        if found:
            betrayed[path.relative_to(demo.folder.parent.parent).as_posix()] = sorted(found)[:5]
    assert betrayed == {}


def test_the_demo_shows_what_was_granted_and_no_other_value(traces, granted, demo):
    said = demo.out
    for mail in granted:
        assert said.count(mail) == 1
        said = said.replace(mail, "")
    assert sorted(traces.found(said.encode())) == []
    assert sorted(traces.found(demo.err.encode())) == []


def test_no_value_is_in_the_answer_to_any_question(traces, demo, tmp_path):
    program = Path(sys.executable).with_name("datakeep")
    for question in (["catalog", "list", "--all"], ["catalog", "explain", "shop/customers#email"], ["catalog", "coverage"],
                     ["run", "list"], ["request", "list"], ["grant", "list"], ["audit", "list"], ["review", "list"]):  # fmt: skip
        ran = subprocess.run([program, *question, "--format", "json"], cwd=demo.folder, capture_output=True, check=True)
        assert len(ran.stdout) > 20, question
        assert sorted(traces.found(ran.stdout + ran.stderr)) == [], question


TOLD = (
    ["catalog", "coverage", "--map"], ["catalog", "search", "customers"], ["catalog", "show", "shop/*"], ["catalog", "diff"],
    ["review", "stats"], ["review", "next"], ["review", "auto", "--plan"], ["report", "ropa"], ["report", "gaps"],
    ["report", "coverage"], ["config", "show"],
)  # fmt: skip


@pytest.mark.parametrize("question", TOLD, ids=" ".join)
def test_no_value_is_in_what_a_steward_or_an_auditor_is_told(traces, demo, monkeypatch, capsys, question):
    monkeypatch.chdir(demo.folder)
    assert explained(cli, [*question, "--format", "csv"]) in {0, 2}  # there may be one run only
    said = capsys.readouterr()
    assert sorted(traces.found((said.out + said.err).encode())) == []


@pytest.mark.parametrize("name", exporters())
def test_no_value_is_in_what_other_catalogs_are_told(traces, demo, monkeypatch, tmp_path, name):
    monkeypatch.chdir(demo.folder)
    assert explained(cli, ["catalog", "export", "--to", name, "--out", str(tmp_path)]) == 0
    written = list(tmp_path.iterdir())
    assert sum(path.stat().st_size for path in written) > 500
    assert {path.name: sorted(traces.found(path.read_bytes())) for path in written} == {
        path.name: [] for path in written
    }


PLANTED = "Zoë.Test-4711@example.org"
FORMS = {
    "as it stands": PLANTED.encode(),
    "in small letters": PLANTED.lower().encode(),
    "in capitals": PLANTED.upper().encode(),
    "as JSON": rb"{'a': 'Zo\u00eb.Test-4711@example.org'}",
    "in a URL": b"?m=Zo%C3%AB.Test-4711%40example.org",
    "in UTF-16": PLANTED.encode("utf-16-le"),
    "in Latin-1": PLANTED.encode("latin-1"),
    "in hexadecimal": PLANTED.encode().hex().encode(),
    "in capital hexadecimal": PLANTED.encode().hex().upper().encode(),
    "in base 64": base64.b64encode(PLANTED.encode()),
    "in base 64 behind one sign": base64.b64encode(b"x" + PLANTED.encode()),
    "in base 64 behind two signs": base64.urlsafe_b64encode(b"xy" + PLANTED.encode() + b"z"),
    "as MD5": hashlib.md5(PLANTED.encode(), usedforsecurity=False).hexdigest().encode(),
    "as the bytes of its SHA-256": hashlib.sha256(PLANTED.encode()).digest(),
    "as SHA-1 of small letters": hashlib.sha1(PLANTED.lower().encode(), usedforsecurity=False).hexdigest().encode(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", range(9))
def test_the_search_finds_a_value_in_every_form(form, place):
    haystack = b"." * place + FORMS[form] + b"." * 20
    assert {value for value, _ in Traces.of([PLANTED, "something else"]).found(haystack)} == {PLANTED}


def test_the_search_finds_the_digits_of_a_number():
    assert Traces.of(["4000 0036 1501 6637"]).found(b"pan=4000003615016637") == {("4000 0036 1501 6637", "as_digits")}


def test_the_search_takes_no_part_of_a_longer_number_for_a_date():
    traces = Traces.of(["1970-09-20"])
    assert traces.found(b"hash 18197009204411230987") == set()
    assert traces.found(b"born=19700920;") == {("1970-09-20", "as_digits")}


def test_the_search_finds_nothing_where_nothing_is():
    assert Traces.of([PLANTED]).found(b"zoe.test@example.org" * 100) == set()
