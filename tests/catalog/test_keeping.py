import shutil
import stat

import duckdb
import pytest

from catalog import Catalog, CatalogError, NoCatalogError
from catalog.integrity import INVARIANTS
from catalog.testing import day, unit

EMAIL = "user.contact.email"
ENTRY = "crm/public.customers#email"

PLANTED = {
    "a field has two current beliefs": "INSERT INTO personal SELECT * REPLACE (since + 1 AS since) FROM personal WHERE until IS NULL",
    "a field's beliefs overlap in time or leave a gap": "UPDATE personal SET until = until - 1 WHERE until IS NOT NULL",
    "a field's last belief was ended by nothing": "UPDATE personal SET until = since + 1 WHERE until IS NULL",
    "a belief belongs to no commit": "UPDATE other SET since = 99 WHERE until IS NULL",
    "a belief about personal data is not kept with the others": "INSERT INTO other FROM personal",
    "a decision belongs to no commit": "UPDATE decisions SET version = 99",
    "a belief rests on a decision that is not on record": "DELETE FROM decisions",
    "decisions are missing from the record": "DELETE FROM decisions WHERE id = 1",
    "commits are missing from the record": "DELETE FROM commits WHERE version = 2",
    "a look belongs to no run": "DELETE FROM runs",
}


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), {unit(): {"id": (), "email": (EMAIL,)}})


@pytest.fixture
def filled(catalog, template, bo):
    template(catalog)
    catalog.accept([ENTRY], bo, now=day(2))
    catalog.reclassify([ENTRY], [EMAIL, "user.name"], bo, now=day(3))
    return catalog


def test_a_sound_catalog_has_no_faults(filled, scan):
    scan(day(4), {unit(): {"email": ()}})
    assert filled.faults() == []


@pytest.mark.parametrize("what", INVARIANTS)
def test_every_invariant_is_seen_to_break(filled, what):
    with duckdb.connect(str(filled.path)) as inner:
        inner.execute(PLANTED[what])

    assert any(fault.startswith(what) for fault in filled.faults())


def test_a_backup_is_the_catalog_as_it_stood_and_can_be_put_back(filled, bo, tmp_path, taxonomy):
    before = filled.entries(all=True)
    copy = filled.backup(tmp_path / "backups" / "monday.duckdb")
    filled.reject(["crm/public.customers#id"], bo, now=day(4))
    after = filled.entries(all=True)

    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert Catalog(copy, taxonomy).entries(all=True) == before != after
    shutil.copy2(copy, filled.path)
    assert filled.entries(all=True) == before
    assert [path.name for path in copy.parent.iterdir() if not path.name.endswith(".lock")] == ["monday.duckdb"]


def test_a_backup_holds_what_a_killed_process_had_acknowledged(filled, tmp_path, taxonomy):
    with duckdb.connect(str(filled.path)) as inner:
        inner.execute("PRAGMA disable_checkpoint_on_shutdown")
        inner.execute("UPDATE personal SET owner = 'ana' WHERE until IS NULL")
        inner.execute("UPDATE other SET owner = 'ana' WHERE until IS NULL")
    assert filled.path.with_name("catalog.duckdb.wal").exists()

    copy = filled.backup(tmp_path / "copy.duckdb")
    assert {entry.owner for entry in Catalog(copy, taxonomy).entries(all=True)} == {"ana"}


def test_there_is_no_backup_of_nothing(catalog, tmp_path):
    with pytest.raises(NoCatalogError):
        catalog.backup(tmp_path / "copy.duckdb")


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9])
def test_a_truncated_catalog_is_an_error_or_a_fault_but_never_silence(filled, at):
    whole = filled.path.read_bytes()
    filled.path.write_bytes(whole[: int(len(whole) * at)])

    try:
        told = filled.faults()
    except CatalogError as refused:
        told = [str(refused)]
    assert told
