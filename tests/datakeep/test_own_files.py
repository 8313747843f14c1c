"""What datakeep itself writes is no source, by whatever name it is reached."""

import os
import shutil
from datetime import UTC, datetime

import pytest

from datakeep import settings
from datakeep.assembly import House
from scanners import ScanError, Source

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = House(settings.load(home=tmp_path / "home"))
    made.make_home()
    made.catalog.start_run(["shop"], now=NOON)
    return made


def names(tmp_path, path):
    os.link(path, tmp_path / "hard.db")
    (tmp_path / "soft.db").symlink_to(path)
    return [path, path.parent / ".." / path.parent.name / path.name, tmp_path / "hard.db", tmp_path / "soft.db"]


def test_the_catalog_is_no_source(house, tmp_path):
    for path in names(tmp_path, house.settings.catalog):
        with pytest.raises(ScanError, match="datakeep's own"):
            house.scanner_for(Source("mine", f"duckdb:///{path}"))
        with pytest.raises(ScanError, match="datakeep's own"):
            house.scanner_for(Source("mine", "duckdb:///other.db", replica=f"duckdb:///{path}"))


def test_the_ledger_is_no_source(house, tmp_path):
    house.ledger.path.touch()
    for path in names(tmp_path, house.ledger.path):
        with pytest.raises(ScanError, match="datakeep's own"):
            house.scanner_for(Source("mine", f"sqlite:///{path}"))


def test_a_copy_of_them_is_somebody_elses(house, tmp_path):
    shutil.copy(house.settings.catalog, tmp_path / "copy.db")
    assert house.scanner_for(Source("copy", f"duckdb:///{tmp_path}/copy.db"))
