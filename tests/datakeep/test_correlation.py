"""Two fields of one scan that share their values, from the databases to `catalog explain`."""

import sqlite3
import stat
from contextlib import closing

import pytest

HANDLES = [f"kx{number * 7919 % 100003:05d}q" for number in range(300)]  # no shape that anybody knows
CONTACTS = HANDLES[:270] + [f"zz{number:05d}w" for number in range(30)]
SETTINGS = """
version: 1
sources:
  - {name: crm, url: "sqlite:///crm.db"}
  - {name: erp, url: "sqlite:///erp.db"}
people: [{name: bo, roles: [steward]}]
"""


@pytest.fixture
def scanned(folder, call):
    for name, table, column, values in (
        ("crm", "users", "member", HANDLES),
        ("erp", "orders", "contact_ref", CONTACTS),
    ):
        with closing(sqlite3.connect(folder / f"{name}.db")) as database:
            database.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {column} TEXT)")
            database.executemany(f"INSERT INTO {table} ({column}) VALUES (?)", [(value,) for value in values])
            database.commit()
    (folder / "datakeep.yaml").write_text(SETTINGS)
    assert call("scan").code == 0
    done = call("review", "reclassify", "crm/users#member", "--class", "user.account.username", "--reason", "they log in so",
                "--as", "bo")  # fmt: skip
    assert done.code == 0
    assert call("scan", "--full").code == 0
    return folder


def test_a_field_under_an_opaque_name_is_proposed_what_its_values_are_elsewhere(scanned, call):
    told = call("catalog", "explain", "erp/orders#contact_ref", "--format", "json").items[0]
    notes = [one["note"] for one in told["evidence"] if one["detector"] == "shared values"]

    assert (told["class"], told["status"]) == ("user.account.username", "proposed")
    assert len(notes) == 1
    assert notes[0].endswith("of its values with crm/users#member")


def test_no_value_and_no_key_is_in_what_was_kept(scanned, call):
    key = scanned / ".datakeep" / "sketch.key"
    call("catalog", "export", "--to", "parquet", "--out", "out")
    call("catalog", "backup", "copy.duckdb")
    kept = [path for path in (scanned / ".datakeep", scanned / "out", scanned / "copy.duckdb")
            for path in ([path] if path.is_file() else path.rglob("*")) if path.is_file() and path != key]  # fmt: skip

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(kept) >= 5
    for path in kept:
        content = path.read_bytes()
        assert not [value for value in HANDLES if value.encode() in content], path
        assert key.read_bytes() not in content
        assert bytes.fromhex(key.read_text()) not in content
