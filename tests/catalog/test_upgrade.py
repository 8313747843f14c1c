"""A catalog that the first release wrote with an older DuckDB opens, is brought up to date, and answers what it answered."""

import gzip
from pathlib import Path

import duckdb
import pytest

from catalog import Catalog, Status
from catalog.testing import day, record_run, unit

STORED = sorted((Path(__file__).parent / "stored").glob("*.gz"))
EMAIL, NAME, PHONE = "user.contact.email", "user.name", "user.contact.phone_number"
IDS = {field: f"crm/public.customers#{field}" for field in ("id", "email", "phone")}


@pytest.fixture(params=STORED, ids=lambda path: path.stem)
def old(request, tmp_path, taxonomy):
    path = tmp_path / "catalog.duckdb"
    path.write_bytes(gzip.decompress(request.param.read_bytes()))
    return Catalog(path, taxonomy)


def test_files_of_older_releases_of_duckdb_are_kept_here():
    assert [path.stem for path in STORED] == ["duckdb-1.3.2", "duckdb-1.5.5"]
    assert duckdb.__version__ not in {path.stem.partition("-")[2] for path in STORED}


def test_an_older_catalog_answers_every_day_as_it_did(old):
    held = {
        number: {one.field: (one.data_class, one.status) for one in old.entries(as_of=day(number))}
        for number in (1, 2, 3)
    }

    assert held[1] == {"email": (EMAIL, Status.PROPOSED), "phone": (PHONE, Status.PROPOSED)}
    assert held[2] == {"email": (EMAIL, Status.PROPOSED), "phone": (PHONE, Status.CONFIRMED)}
    assert held[3] == {"email": (NAME, Status.PROPOSED), "phone": (PHONE, Status.CONFIRMED)}
    assert [one.reason for one in old.explain(IDS["phone"]).judgements] == ["asked on day 1", "asked on day 3"]
    assert [(run.units["done"], run.entries["total"]) for run in old.runs()] == [(1, 2), (1, 2)]
    assert old.fingerprint("crm", "public.customers") == "v1"
    assert old.faults() == []


def test_an_older_catalog_is_searched_and_written_like_a_new_one(old, bo):
    assert [one.field for one in old.search("ASKED customers")] == ["phone"]
    assert [(one.ids, one.since) for one in old.queue(classes=["user"])] == [((IDS["email"],), day(1))]
    old.reclassify([IDS["id"]], [NAME], bo, now=day(5))
    record_run(old, day(6), {unit(fields=("id", "email", "phone")): {"id": (), "email": (EMAIL,), "phone": (PHONE,)}})

    assert {one.field: one.decided_by for one in old.entries()} == {"id": "bo", "email": None, "phone": "bo"}
    assert old.entry(IDS["email"], as_of=day(3)).data_class == NAME
    assert old.faults() == []


def test_a_backup_of_an_older_catalog_is_one_of_today(old, tmp_path, taxonomy):
    copy = Catalog(old.backup(tmp_path / "kept" / "copy.duckdb"), taxonomy)

    assert copy.entries(all=True) == old.entries(all=True) != []
