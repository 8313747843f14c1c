"""A production database is left in peace: busy servers are waited for, replicas read in its place, views left alone."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from scanners import Budget, Cause, Scanner, Secret, Source, SourceUnreachableError, UnitUnreadableError, scanner_for
from scanners.sql.postgres import Postgres
from scanners.sql.slots import SlotsTakenError, slot
from scanners.sql.watch import StalledError
from servers.postgres import postgres_standby

PASSWORD = "reads only"
BUDGET = Budget(rows=100, seconds=10)


@pytest.fixture
def crm(postgres_database):
    """A role that reads, and may be connected once."""
    role = f"scanner_{uuid4().hex[:8]}"
    postgres_database.script(
        "CREATE TABLE people (id int PRIMARY KEY, email text)",
        "INSERT INTO people SELECT n, 'p' || n || '@example.org' FROM generate_series(1, 50) AS n",
        f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 1 IN ROLE pg_read_all_data",
    )
    return Source("crm", postgres_database.url_of(role), password=Secret(PASSWORD), budget=BUDGET)


def people(source, budget=BUDGET):
    scanner: Scanner = scanner_for(source)
    (unit,) = [unit for unit in scanner.units() if unit.dataset.endswith("people")]
    return scanner.sample(unit, budget)


@contextmanager
def after(seconds, release):
    timer = threading.Timer(seconds, release)
    timer.start()
    try:
        yield
    finally:
        timer.join()


def test_a_server_without_a_free_connection_is_waited_for(crm):
    held = psycopg.connect(crm.url.replace("@", f":{PASSWORD.replace(' ', '%20')}@"))
    with after(0.6, held.close):
        assert len(people(crm)[0].values) == 50


def test_a_locked_table_is_waited_for(crm, postgres_database):
    scanner = scanner_for(crm)
    (unit,) = scanner.units()
    with closing(psycopg.connect(postgres_database.url)) as holder:
        holder.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        with after(1.5, holder.rollback):
            assert len(scanner.sample(unit, BUDGET)[0].values) == 50


def test_waiting_ends_with_the_budget_and_the_reason(crm, postgres_database):
    scanner = scanner_for(crm)
    (unit,) = scanner.units()
    with closing(psycopg.connect(postgres_database.url)) as holder:
        holder.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        with pytest.raises(UnitUnreadableError, match="is locked") as caught:
            scanner.sample(unit, replace(BUDGET, seconds=4))
        assert time.monotonic() - started < 5
        assert caught.value.cause is Cause.TIMEOUT
        queued = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        assert postgres_database.execute(queued) == [(0,)], "nobody waits in the queue after us"


def test_no_more_connections_are_open_than_the_source_allows():
    source = Source("crm", f"postgresql://{uuid4().hex}/crm", connections=2)
    open_now, most, lock = [], [], threading.Lock()

    def look(number):
        with slot(source, 10):
            with lock:
                open_now.append(number)
                most.append(len(open_now))
            time.sleep(0.02)
            with lock:
                open_now.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(look, range(24)))
    assert max(most) == 2


def test_many_workers_share_the_one_connection_of_a_role_that_has_no_second(crm):
    with ThreadPoolExecutor(5) as pool:
        assert [len(samples[0].values) for samples in pool.map(people, [replace(crm, connections=1)] * 5)] == [50] * 5


def test_a_slot_is_free_again_and_not_before():
    source = Source("crm", f"postgresql://{uuid4().hex}/crm", connections=2)
    with slot(source, 1), slot(source, 1), pytest.raises(SlotsTakenError), slot(source, 0.1):
        pass
    with slot(source, 0.1), slot(replace(source, name="other", connections=None), 0.1):
        pass


def test_a_replica_is_read_in_the_place_of_its_primary(postgres, postgres_database, crm):
    writes = next(iter(scanner_for(crm).units())).fingerprint
    with postgres_standby(postgres) as standby:
        url = crm.url.replace(f":{postgres.port}/", f":{standby.port}/")
        closed = crm.url.replace(f":{postgres.port}/", ":1/")
        copy = replace(crm, url=closed, replica=url)
        assert len(people(copy)[0].values) == 50, "whatever the primary does"
        (unit,) = scanner_for(copy).units()
        assert writes is not None
        assert unit.fingerprint is None, "a standby counts no writes, so nothing says that nothing changed"
        assert scanner_for(copy).read(unit, limit=3).num_rows == 3


def test_a_replica_that_is_gone_is_no_reason_to_read_the_primary(crm, postgres):
    gone = replace(crm, replica=crm.url.replace(f":{postgres.port}/", ":1/"))
    with pytest.raises(SourceUnreachableError, match="crm: its replica does not answer"):
        people(gone)


@pytest.fixture(params=["postgres", "mariadb", "sqlite", "duckdb"])
def viewed(request, tmp_path):
    """A table of two rows and a view of one of them, on each engine."""
    engine = request.param
    statements = (
        "CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(60))",
        "INSERT INTO people VALUES (1, 'ann@example.org'), (2, 'bob@example.org')",
        "CREATE VIEW friends AS SELECT email FROM people WHERE id = 2",
    )
    if engine in {"postgres", "mariadb"}:
        database = request.getfixturevalue(f"{engine}_database")
        database.script(*statements)
        return Source("crm", database.bare_url, password=Secret(database.password), allow_superuser=True)
    connect = pytest.importorskip("sqlite3" if engine == "sqlite" else "duckdb").connect
    with closing(connect(str(tmp_path / "crm.db"))) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return Source("crm", f"{engine}:///{tmp_path}/crm.db")


def test_views_are_listed_and_read_only_when_asked_for(viewed):
    def names(scanner):
        return {unit.dataset.rpartition(".")[2]: unit for unit in scanner.units()}

    assert set(names(scanner_for(viewed))) == {"people"}
    asking = scanner_for(replace(viewed, views=True))
    view = names(asking)["friends"]
    (sample,) = asking.sample(view, BUDGET)
    assert sample.values.to_pylist() == ["bob@example.org"]
    assert asking.read(view, limit=5).column(0).to_pylist() == ["bob@example.org"]
    with pytest.raises(UnitUnreadableError, match="is gone"):
        scanner_for(viewed).sample(view, BUDGET)


def test_a_server_does_not_work_on_for_a_scanner_that_is_gone(crm, postgres_database):
    running = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{crm.url.split('//')[1].split('@')[0]}'"
    with ThreadPoolExecutor(1) as pool, Postgres().open(crm, 60) as session:
        looking = pool.submit(session.rows, "SELECT pg_sleep(50)")
        while (1,) not in postgres_database.execute(f"{running} AND query LIKE '%pg_sleep%'"):
            time.sleep(0.05)
        session._watch._fire()  # the line is cut, as where a worker is killed
        with pytest.raises(StalledError):
            looking.result()
    until = time.monotonic() + 10
    while postgres_database.execute(running) != [(0,)]:
        assert time.monotonic() < until, "the statement is still running"
        time.sleep(0.1)


def test_every_statement_says_whose_it_is(crm, postgres_database):
    with closing(psycopg.connect(postgres_database.url)) as holder:
        holder.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        scanner = scanner_for(crm)
        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(lambda: scanner.sample(next(iter(scanner.units())), replace(BUDGET, seconds=2)))
            seen = set()
            asked = (
                "SELECT query FROM pg_stat_activity WHERE application_name = 'datakeep' AND wait_event_type = 'Lock'"
            )
            while not looking.done() and not seen:
                seen = {row[0] for row in postgres_database.execute(asked)}
            assert looking.exception() is not None
    assert seen
    assert all("/* datakeep */" in query for query in seen)
