"""The sample data is what its script makes, and what it expects to be found is there to be found."""

import csv
import gzip
import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from classifiers import Taxonomy
from datakeep.settings import load
from scanners import Budget, Extent, scanner_for

FOLDER = Path(__file__).parents[2] / "sample_data"
MADE = ("shop.db", "lake", "exports", "logs")


@pytest.fixture(scope="module")
def anew(tmp_path_factory):
    """The sample data, made once more."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, FOLDER / "make.py", folder], check=True, env={"PYTHONDONTWRITEBYTECODE": "1"})
    return folder


def files(folder):
    found = [folder / name for name in MADE]
    return sorted(
        path.relative_to(folder)
        for one in found
        for path in ([one] if one.is_file() else one.rglob("*"))
        if path.is_file()
    )


def content(path):
    """What a file says, whatever the version of the library that wrote it."""
    if path.suffix == ".db":
        with sqlite3.connect(path) as shop:
            said = list(shop.iterdump())
        shop.close()
        return said
    if path.suffix == ".parquet":
        return pq.ParquetFile(path).read().to_pylist()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_the_script_makes_the_very_data_that_is_committed(anew):
    assert files(anew) == files(FOLDER)
    for path in files(FOLDER):
        assert content(anew / path) == content(FOLDER / path), path


def expected():
    with (FOLDER / "expected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_class_expected_is_one_of_the_taxonomy():
    known = Taxonomy.load()
    for row in expected():
        assert known.get(row["class"])
        assert row["mode"] in {"value", "contains"}


@pytest.fixture(scope="module")
def sampled():
    """Every field of every source: its id and how far it was examined."""
    found = {}
    for one in load(FOLDER / "datakeep.yaml").sources:
        scanner = scanner_for(one.source)
        for unit in scanner.units():
            for sample in scanner.sample(unit, Budget()):
                found[str(sample.field)] = sample.coverage
    return found


def test_every_entry_expected_is_a_field_with_values(sampled):
    missing = [row["entry"] for row in expected() if row["entry"] not in sampled]
    assert missing == []
    assert [row["entry"] for row in expected() if not sampled[row["entry"]].values] == []


def test_the_empty_and_the_null_are_there_and_not_called_examined(sampled):
    assert sampled["shop/newsletter_imports#email"].extent is Extent.NOT_EXAMINED
    assert sampled["shop/customers#fax"].values == 0


def test_a_rotated_log_is_one_with_its_siblings(sampled):
    logs = {name.partition("#")[0] for name in sampled if name.startswith(("web/", "app/"))}
    assert logs == {"web/access.log", "app/app.log", "app/api.jsonl"}
