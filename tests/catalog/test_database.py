import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import duckdb
import pyarrow as pa
import pytest

from catalog import Catalog, CatalogBusyError, CatalogError, NoCatalogError, Word, query_tables
from catalog.database import Database, migrations
from catalog.testing import day, record_run, unit

EMAIL = "user.contact.email"


def python(script, *arguments, **options):
    """A process of its own that runs a script."""
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)], text=True,
                            stdout=subprocess.PIPE, **options)  # fmt: skip


HOLD = """
    import sys, duckdb
    held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reading")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def filled(catalog):
    record_run(catalog, day(1), {unit(): {"id": (), "email": (EMAIL,)}})
    return catalog


@pytest.fixture
def holder(filled):
    """`holder("writing")` is another process that has the catalog open."""
    started = []

    def hold(how):
        process = python(HOLD, filled.path, how, stdin=subprocess.PIPE)
        assert process.stdout.readline() == "held\n"
        started.append(process)
        return process

    yield hold
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_a_catalog_that_stays_held_is_busy_and_the_holder_is_named(filled, taxonomy, holder):
    process = holder("writing")
    impatient = Catalog(filled.path, taxonomy, wait=0.2)

    with pytest.raises(CatalogBusyError) as refused:
        impatient.entries()
    assert f"is held by process {process.pid} (python" in str(refused.value)
    assert refused.value.__notes__ == ["it is held for moments only: try again, or end that process"]


def test_a_catalog_that_is_let_go_of_in_time_is_not_busy(filled, holder):
    process = holder("writing")
    threading.Timer(0.3, process.stdin.close).start()

    assert len(filled.entries()) == 1


def test_readers_do_not_hinder_each_other(filled, taxonomy, holder):
    holder("reading")
    assert len(Catalog(filled.path, taxonomy, wait=0.2).entries()) == 1


def test_threads_of_one_process_take_turns(filled, bo):
    errors = []

    def work(number):
        try:
            for step in range(4):
                filled.reject([f"crm/public.customers#{('id', 'email')[number % 2]}"], bo, now=day(2, step))
                filled.entries()
        except Exception as error:  # noqa: BLE001 - any error fails the test below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert filled.stats().decided_by == {"bo": 16}


def test_the_catalog_is_its_owners_alone(filled):
    assert filled.path.stat().st_mode & 0o077 == 0
    assert filled.path.parent.stat().st_mode & 0o077 == 0


def test_making_a_catalog_leaves_nothing_behind_but_its_lock(filled):
    assert {path.name for path in filled.path.parent.iterdir()} == {
        "catalog.duckdb",
        "catalog.duckdb.lock",
        "catalog.duckdb.next.lock",
    }


def test_a_catalog_without_a_place_for_its_lock_can_still_be_read(filled, taxonomy):
    lock = filled.path.with_name("catalog.duckdb.lock")
    lock.unlink()
    lock.mkdir()  # as a folder that may only be read would: the lock file cannot be opened

    assert len(Catalog(filled.path, taxonomy).entries()) == 1


def test_two_processes_that_make_the_same_catalog_make_one(tmp_path):
    script = """
        import sys
        from datetime import UTC, datetime
        from pathlib import Path
        from catalog import Catalog
        from classifiers import Taxonomy
        catalog = Catalog(Path(sys.argv[1]), Taxonomy.load())
        print(catalog.start_run(["crm"], now=datetime(2026, 11, 1, tzinfo=UTC)))
    """
    processes = [python(script, tmp_path / "catalog.duckdb") for _ in range(3)]

    assert sorted(process.communicate()[0].strip() for process in processes) == ["run-1", "run-2", "run-3"]


@pytest.mark.parametrize("damage", [b"", b"not a database", b"\0" * 100_000])
def test_a_damaged_catalog_is_said_to_be_damaged(tmp_path, taxonomy, damage):
    path = tmp_path / "catalog.duckdb"
    path.write_bytes(damage)

    with pytest.raises(CatalogError, match="cannot be opened") as refused:
        Catalog(path, taxonomy).entries()
    assert "restore a backup" in refused.value.__notes__[0]


def test_a_catalog_of_a_newer_release_is_left_alone(filled, taxonomy):
    with duckdb.connect(str(filled.path)) as newer:
        newer.execute("INSERT INTO migrations VALUES (9999, '9999_future.sql', '')")

    with pytest.raises(CatalogError, match="newer release of datakeep"):
        Catalog(filled.path, taxonomy).entries()


def test_a_duckdb_file_of_somebody_else_is_left_alone(tmp_path, taxonomy):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as theirs:
        theirs.execute("CREATE TABLE sales (x INTEGER)")

    with pytest.raises(CatalogError, match="of somebody else, no catalog"):
        Catalog(path, taxonomy).start_run(["crm"], now=day(1))
    with duckdb.connect(str(path)) as theirs:
        assert theirs.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("sales",)]


def test_every_migration_is_applied_once_and_is_in_the_ledger(filled):
    filled.entries()
    with duckdb.connect(str(filled.path), read_only=True) as inner:
        applied = inner.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()

    assert applied == [(number, name) for number, name, _ in migrations()]


def test_a_catalog_from_before_a_migration_is_brought_up_by_reading(filled, taxonomy, monkeypatch):
    later = [*migrations(), (9000, "9000_more.sql", "CREATE TABLE more (x INTEGER); INSERT INTO more VALUES (1)")]
    monkeypatch.setattr("catalog.database.migrations", lambda: later)

    Catalog(filled.path, taxonomy).entries()
    with Database(filled.path).reading() as connection:
        assert connection.value("SELECT x FROM more") == 1


def test_a_migration_that_fails_leaves_the_catalog_as_it_was(filled, taxonomy, monkeypatch):
    before = filled.entries()
    with monkeypatch.context() as patched:
        broken = [*migrations(), (9000, "9000_more.sql", "CREATE TABLE more (x INTEGER); SELECT nonsense")]
        patched.setattr("catalog.database.migrations", lambda: broken)
        with pytest.raises(duckdb.Error):
            Catalog(filled.path, taxonomy).entries()

    assert Catalog(filled.path, taxonomy).entries() == before
    with Database(filled.path).reading() as connection:
        assert connection.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'more'") == 0


def test_an_error_in_a_transaction_undoes_all_of_it(filled):
    def fail_half_way():
        with Database(filled.path).writing() as connection:
            connection.run("DELETE FROM personal")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way()
    assert len(filled.entries()) == 1


@pytest.mark.parametrize(
    "sql",
    ["COPY beliefs TO '{folder}/out.csv'", "SELECT * FROM read_text('{folder}/secret')", "ATTACH '{folder}/other.duckdb'",
     "INSTALL httpfs", "SET enable_external_access = true"],
)  # fmt: skip
def test_sql_in_the_catalog_reaches_nothing_outside(filled, tmp_path, sql):
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(duckdb.Error), Database(filled.path).writing() as connection:
        connection.run(sql.format(folder=tmp_path))

    assert not (tmp_path / "out.csv").exists()


def test_a_missing_catalog_is_not_made_by_reading(tmp_path):
    with pytest.raises(NoCatalogError), Database(tmp_path / "none.duckdb").reading():
        pass
    assert list(tmp_path.iterdir()) == []


COMMITS = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from catalog import Catalog, Word
    from classifiers import Taxonomy
    catalog = Catalog(Path(sys.argv[1]), Taxonomy.load())
    number = 0
    while True:
        number += 1
        catalog.accept(["crm/public.customers#email"], Word("bo", str(number)), now=datetime(2026, 11, 2, tzinfo=UTC))
        print(number, flush=True)
"""


def test_a_kill_at_any_point_loses_no_acknowledged_decision_and_tears_none(filled):
    expected = 0
    for attempt in range(8):
        process = python(COMMITS, filled.path)
        acknowledged = 0
        first = process.stdout.readline()
        assert first, "the process made no decision"
        time.sleep(0.05 + attempt * 0.037)
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = int(([first, *process.communicate()[0].splitlines()])[-1])
        made = list(filled.explain("crm/public.customers#email").judgements)
        here = [int(one.reason) for one in made[expected:]]
        assert here in (list(range(1, acknowledged + 1)), list(range(1, acknowledged + 2)))
        assert filled.entry("crm/public.customers#email").status == "confirmed"
        expected = len(made)


TABLES = {"people": pa.table({"name": ["ana", "bo"], "age": [1, 2]})}


def test_a_query_answers_from_the_tables_it_was_given():
    found = query_tables(TABLES, "WITH old AS (SELECT * FROM people WHERE age > 1) SELECT name FROM old;")
    assert found.to_pylist() == [{"name": "bo"}]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DELETE FROM people", "a single SELECT"),
        ("SELECT 1; SELECT 2", "a single SELECT"),
        ("", "a single SELECT"),
        ("ATTACH ':memory:' AS x", "a single SELECT"),
        ("COPY people TO 'x.csv'", "a single SELECT"),
        ("SET threads = 1", "a single SELECT"),
        ("EXPLAIN ANALYZE SELECT 1", "a single SELECT"),
        ("SELEC 1", "not SQL"),
        ("SELECT nope FROM people", "cannot be answered"),
        ("SELECT * FROM '/etc/passwd'", "cannot be answered"),
        ("SELECT * FROM read_csv('/etc/passwd')", "cannot be answered"),
        ("SELECT * FROM read_text('/etc/passwd')", "cannot be answered"),
        ("SELECT * FROM glob('/*')", "cannot be answered"),
        ("SELECT getenv('HOME')", "cannot be answered"),
        ("SELECT CAST(name AS INTEGER) FROM people", "cannot be answered"),
    ],
)
def test_a_query_that_is_more_than_a_select_is_refused(sql, said):
    with pytest.raises(CatalogError, match=said) as refused:
        query_tables(TABLES, sql)
    assert "ana" not in str(refused.value) + "".join(getattr(refused.value, "__notes__", []))


def test_a_query_without_end_is_ended():
    with pytest.raises(CatalogError, match=r"took longer than 0\.3 s"):
        query_tables(TABLES, "SELECT count(*) FROM range(1000000000) a, range(1000000000) b", seconds=0.3)


ASKS = """
    import sys
    from pathlib import Path
    from catalog.database import Database
    with Database(Path(sys.argv[1])).reading() as connection:
        print(connection.value("SELECT current_setting('enable_progress_bar')"))
"""


def test_no_progress_is_drawn_on_the_output_of_a_worker(filled):
    assert python(ASKS, filled.path).communicate()[0] == "False\n"  # such a process has no file, like a worker


@pytest.mark.parametrize("place", ["o'brien; DROP TABLE x", "zürich 東京", "a/../b", "$HOME %20"])
def test_a_catalog_may_lie_in_a_folder_of_any_name(tmp_path, taxonomy, place):
    (tmp_path / "a").mkdir()
    catalog = Catalog(tmp_path / place / "catalog.duckdb", taxonomy)
    record_run(catalog, day(1), {unit(): {"id": (), "email": (EMAIL,)}})
    catalog.accept(["crm/public.customers#email"], Word("bo"), now=day(2))

    assert [entry.decided_by for entry in catalog.entries()] == ["bo"]
    assert Catalog(catalog.backup(tmp_path / place / "copy.duckdb"), taxonomy).entries() == catalog.entries()
