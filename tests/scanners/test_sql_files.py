"""Databases that are files: never made, never changed, never waited for long, and what they are not is said."""

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing

import duckdb
import pytest

from scanners import (
    Budget,
    Cause,
    Extent,
    ScanError,
    Source,
    SourceUnreachableError,
    Unit,
    UnitUnreadableError,
    scanner_for,
)

BUDGET = Budget(rows=100, seconds=5)


def made(path, *statements):
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    return Source("shop", f"sqlite:///{path}", budget=BUDGET)


def drawn(source, dataset):
    return {s.field.path: s for s in scanner_for(source).sample(Unit("shop", dataset), BUDGET)}


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_missing_file_is_an_error_and_stays_missing(tmp_path, scheme):
    with pytest.raises(ScanError, match=r"none\.db is not there"):
        list(scanner_for(Source("shop", f"{scheme}:///{tmp_path}/none.db")).units())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
@pytest.mark.parametrize("content", [b"", b"id,email\n1,ann@example.org\n" * 100, os.urandom(8192)])
def test_a_file_of_another_kind_is_an_error_or_empty(tmp_path, scheme, content):
    (tmp_path / "file.db").write_bytes(content)
    scanner = scanner_for(Source("shop", f"{scheme}:///{tmp_path}/file.db"))
    if scheme == "sqlite" and not content:
        assert list(scanner.units()) == []  # to SQLite an empty file is an empty database
        return
    with pytest.raises(ScanError, match="is no database that this scanner reads"):
        list(scanner.units())


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "duckdb://", "duckdb:///:memory:"])
def test_a_source_without_a_file_is_an_error(url):
    with pytest.raises(ScanError, match="names no file"):
        list(scanner_for(Source("shop", url)).units())


@pytest.mark.parametrize("option", ["mode=rwc", "vfs=x", "access_mode=READ_WRITE", "nolock=1"])
def test_options_that_would_lift_a_guard_are_refused(tmp_path, option):
    source = made(tmp_path / "shop.db", "CREATE TABLE a (b)")
    with pytest.raises(ScanError, match="is not allowed"):
        list(scanner_for(Source("shop", f"{source.url}?{option}")).units())


def test_a_relative_path_is_one_from_here(tmp_path, monkeypatch):
    made(tmp_path / "shop.db", "CREATE TABLE a (b)")
    monkeypatch.chdir(tmp_path)
    assert [unit.dataset for unit in scanner_for(Source("shop", "sqlite:///shop.db")).units()] == ["a"]


def test_a_scan_changes_no_byte_of_the_file_and_adds_none_beside_it(tmp_path):
    path = tmp_path / "shop.db"
    source = made(path, "CREATE TABLE a (b)", "INSERT INTO a VALUES (1)")
    before = path.read_bytes()
    scanner = scanner_for(source)
    for unit in scanner.units():
        scanner.sample(unit, BUDGET)
        scanner.read(unit, limit=1)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop.db"]


def test_a_file_that_is_being_written_is_read_as_it_was_committed(tmp_path):
    path = tmp_path / "shop.db"
    source = made(path, "PRAGMA journal_mode = WAL", "CREATE TABLE a (b)", "INSERT INTO a VALUES ('old')")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        first = next(iter(scanner_for(source).units())).fingerprint
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO a VALUES ('new')")
        assert drawn(source, "a")["b"].values.to_pylist() == ["old"]
        writer.execute("COMMIT")
        assert drawn(source, "a")["b"].values.to_pylist() == ["old", "new"]
        assert next(iter(scanner_for(source).units())).fingerprint != first


def test_every_write_changes_the_fingerprint(tmp_path):
    path = tmp_path / "shop.db"
    source = made(path, "CREATE TABLE a (b)", "INSERT INTO a VALUES ('x')")
    seen = {next(iter(scanner_for(source).units())).fingerprint}
    for number in range(20):  # as fast as they come: the file's time alone would not tell them apart
        made(path, f"UPDATE a SET b = '{number % 10}'")
        seen.add(next(iter(scanner_for(source).units())).fingerprint)
    assert len(seen) == 21


def test_a_locked_file_costs_a_moment(tmp_path):
    path = tmp_path / "shop.db"
    source = made(path, "CREATE TABLE a (b)")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(SourceUnreachableError, match="is locked"):
            list(scanner_for(source).units())
        assert time.monotonic() - started < BUDGET.seconds + 2


def test_a_duckdb_file_held_by_its_owner_is_said_to_be_locked(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as owner:
        owner.execute("CREATE TABLE a (b INT)")
        with pytest.raises(SourceUnreachableError, match="is locked"):
            list(scanner_for(Source("shop", f"duckdb:///{path}")).units())


def test_a_damaged_page_costs_its_table_only(tmp_path):
    path = tmp_path / "shop.db"
    source = made(
        path,
        "CREATE TABLE a (b)",
        "INSERT INTO a VALUES ('kept')",
        "CREATE TABLE z (b)",
        "INSERT INTO z SELECT hex(randomblob(50)) FROM (WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL "
        "SELECT n + 1 FROM r WHERE n < 2000) SELECT n FROM r)",
    )
    with path.open("r+b") as file:
        file.seek(-4096 * 10, os.SEEK_END)
        file.write(os.urandom(4096 * 10))
    assert drawn(source, "a")["b"].values.to_pylist() == ["kept"]
    with pytest.raises(UnitUnreadableError, match="shop/z") as caught:
        scanner_for(source).sample(Unit("shop", "z"), Budget(rows=5000))
    assert caught.value.cause is Cause.MALFORMED


def test_a_table_of_a_module_that_is_not_here_costs_itself_only(tmp_path):
    path = tmp_path / "shop.db"
    source = made(
        path, "CREATE TABLE a (b)", "INSERT INTO a VALUES ('kept')", "CREATE VIRTUAL TABLE z USING fts5(body)"
    )
    made(path, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = replace(sql, 'fts5', 'nix9')")
    assert {"a", "z"} <= {unit.dataset for unit in scanner_for(source).units()}
    assert drawn(source, "a")["b"].values.to_pylist() == ["kept"]
    with pytest.raises(UnitUnreadableError, match="shop/z"):
        drawn(source, "z")


def test_rows_are_found_however_they_are_numbered(tmp_path):
    many = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 2000)"
    source = made(
        tmp_path / "shop.db",
        "CREATE TABLE named (rowid TEXT, oid TEXT, email TEXT)",
        f"INSERT INTO named {many} SELECT 'r' || n, 'o' || n, n || '@example.org' FROM r",
        "CREATE TABLE taken (rowid TEXT, oid TEXT, _rowid_ TEXT)",
        f"INSERT INTO taken {many} SELECT 'r' || n, 'o' || n, n FROM r",
        "CREATE TABLE keyed (email TEXT PRIMARY KEY) WITHOUT ROWID",
        f"INSERT INTO keyed {many} SELECT n || '@example.org' FROM r",
        "CREATE TABLE gaps (id INTEGER PRIMARY KEY, email TEXT)",
        f"INSERT INTO gaps {many} SELECT n * 1000000 - 900000000, n || '@example.org' FROM r",
        "CREATE TABLE lone (id INTEGER PRIMARY KEY, email TEXT)",
        "INSERT INTO lone VALUES (-9223372036854775808, 'a@example.org'), (9223372036854775807, 'b@example.org')",
    )
    methods = {unit.dataset: None for unit in scanner_for(source).units()}
    assert all(unit.rows is None or unit.rows < 10**6 for unit in scanner_for(source).units())
    for dataset in methods:
        samples = drawn(source, dataset)
        methods[dataset] = next(iter(samples.values())).coverage.method
        assert len({len(sample.values) for sample in samples.values()}) == 1
        assert next(iter(samples.values())).coverage.rows in {2, 100}
    assert methods == {"named": "key_range", "taken": "head", "keyed": "head", "gaps": "key_range", "lone": "all"}


def test_values_of_many_types_in_one_column_are_text_together(tmp_path):
    source = made(
        tmp_path / "shop.db",
        "CREATE TABLE odd (any, broken TEXT, blob BLOB, void)",
        "INSERT INTO odd VALUES (1, CAST(x'616240ff' AS TEXT), x'616240622e6f7267', NULL)",
        "INSERT INTO odd VALUES ('two', 'plain', x'00ff', NULL)",
        "INSERT INTO odd VALUES (3.5, NULL, NULL, NULL)",
        "INSERT INTO odd VALUES (x'616263', NULL, NULL, NULL)",
    )
    samples = drawn(source, "odd")
    assert samples["any"].values.to_pylist() == ["1", "two", "3.5", "abc"]
    assert samples["broken"].values.to_pylist()[:2] == ["ab@\ufffd", "plain"]
    assert samples["blob"].values.to_pylist() == ["ab@b.org", None, None, None]
    assert (samples["blob"].coverage.extent, samples["blob"].coverage.cause) == (Extent.PARTIAL, Cause.DECODE)
    assert samples["void"].coverage.extent is Extent.NOT_EXAMINED


def test_full_text_tables_are_read_and_their_shadows_are_not(tmp_path):
    source = made(
        tmp_path / "shop.db",
        "CREATE VIRTUAL TABLE mail USING fts5(body)",
        "INSERT INTO mail VALUES ('ann@example.org')",
    )
    assert [unit.dataset for unit in scanner_for(source).units()] == ["mail"]
    assert drawn(source, "mail")["body"].values.to_pylist() == ["ann@example.org"]


def test_a_slow_query_ends_with_its_budget(tmp_path):
    many = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 200000)"
    source = made(tmp_path / "shop.db", "CREATE TABLE a (b)", f"INSERT INTO a {many} SELECT hex(n) FROM r")
    started = time.monotonic()
    try:
        samples = scanner_for(source).sample(Unit("shop", "a"), Budget(rows=200_000, seconds=0.01))
        causes = {sample.coverage.cause for sample in samples}
    except UnitUnreadableError as error:
        causes = {error.cause}
    assert causes == {Cause.TIMEOUT}
    assert time.monotonic() - started < 3


def test_no_thread_is_left_behind(tmp_path):
    before = threading.active_count()
    source = made(tmp_path / "shop.db", "CREATE TABLE a (b)")
    shutil.copy(tmp_path / "shop.db", tmp_path / "copy.db")
    list(scanner_for(source).units())
    for _ in range(100):
        if threading.active_count() <= before:
            return
        time.sleep(0.01)
    pytest.fail("a watch is still counting")
