"""What a full catalog of a large database costs, and costs the database: `./run bench databases`.

Starts PostgreSQL and MariaDB, makes TABLES tables of 20 columns with ROWS rows each and one table of LARGE rows, and
scans them with the command a user would type, as a role that may only read; then scans again with nothing changed; then
samples the large table by itself. Prints one JSON object per measure: seconds of wall and CPU, memory, statements, rows
and seconds as the server counted them, and every kind of lock that was seen held by the scanner's role. The large table
is loaded for MINUTES at most, and has the rows that went in by then. `--save` writes results/databases.json.
"""

import argparse
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the servers that the tests start

from scanners import Budget, Secret, Source, scanner_for
from servers.database import Database
from servers.mariadb import mariadb_server
from servers.postgres import postgres_server

PASSWORD, COLUMNS = "reads only", 20
CHUNK = 500_000  # rows of the large table per statement
RESULTS = Path(__file__).with_name("results") / "databases.json"
KINDS = (
    ("email", "CONCAT('person', {n}, '@example.org')"), ("phone", "CONCAT('+49 151 ', 10000000 + {n})"),
    ("full_name", "CONCAT('Ann Example ', {n})"), ("city", "'Berlin'"), ("amount", "{n} * 1.25"), ("state", "'open'"),
    ("note", "CONCAT('called about order ', {n})"), ("account", "4000000000000000 + {n}"),
)  # fmt: skip


def columns() -> list[tuple[str, str]]:
    """Name and expression of every column but the key."""
    return [(f"{name}_{place}", made) for place in range(COLUMNS) for name, made in [KINDS[place % len(KINDS)]]][1:]


def table(name: str) -> str:
    """The statement that makes a table."""
    kinds = {"amount": "DECIMAL(12, 2)", "account": "BIGINT"}
    shown = ", ".join(f"{column} {kinds.get(column.split('_')[0], 'VARCHAR(60)')}" for column, _ in columns())
    return f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {shown})"


def fill(name: str, numbers: str) -> str:
    """The statement that fills a table from `numbers`, a table expression with a column n."""
    made = ", ".join(expression.format(n="n") for _, expression in columns())
    return f"INSERT INTO {name} SELECT n, {made} FROM {numbers}"  # noqa: S608 - names and numbers of our own


def postgres_numbers(first: int, last: int) -> str:
    return f"generate_series({first}, {last}) AS s(n)"


def mariadb_numbers(first: int, last: int) -> str:
    return f"(SELECT seq AS n FROM seq_{first}_to_{last}) s"  # noqa: S608 - numbers


def postgres_account(database: Database) -> None:
    database.execute(f"CREATE ROLE bench LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data")


def mariadb_account(database: Database) -> None:
    database.script(
        f"CREATE USER bench@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT ON {database.name}.* TO bench@'%'",
    )


def postgres_watched(database: Database) -> None:
    database.execute("ALTER ROLE bench SET log_min_duration_statement = 0")


def mariadb_watched(database: Database) -> None:
    database.execute("SET GLOBAL userstat = 1")


DURATION = re.compile(r"duration: ([\d.]+) ms")


def postgres_counts(database: Database) -> dict[str, float]:
    """What the server counted so far; of statements and seconds, what it logged of the scanner's role."""
    asked = "SELECT sum(xact_commit + xact_rollback), sum(tup_returned) FROM pg_stat_database WHERE datname = %s"
    transactions, rows = database.execute(asked, (database.name,))[0]
    log = Path(database.execute("SHOW data_directory")[0][0]).parent / "server.log"
    times = [float(time) for time in DURATION.findall(log.read_text(errors="replace"))]
    return {"statements": len(times), "server_seconds": round(sum(times) / 1000, 2), "transactions": int(transactions),
            "rows_read": int(rows)}  # fmt: skip


def mariadb_counts(database: Database) -> dict[str, float]:
    """What the server counted so far of the scanner's account."""
    asked = """SELECT total_connections, rows_read, select_commands + other_commands, busy_time
        FROM information_schema.user_statistics WHERE user = 'bench'"""
    found = database.execute(asked) or [(0, 0, 0, 0.0)]
    connections, rows, statements, busy = found[0]
    return {"statements": int(statements), "server_seconds": round(float(busy), 2), "connections": int(connections),
            "rows_read": int(rows)}  # fmt: skip


ENGINES: dict[str, tuple[Any, ...]] = {
    "postgres": (postgres_server, postgres_account, postgres_watched, postgres_numbers, postgres_counts),
    "mariadb": (mariadb_server, mariadb_account, mariadb_watched, mariadb_numbers, mariadb_counts),
}


@contextmanager
def locks(database: Database, engine: str) -> Iterator[set[str]]:
    """The kinds of table locks that the scanner's role was seen to hold; PostgreSQL only."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        asked = """SELECT DISTINCT mode FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE usename = 'bench' AND locktype = 'relation'"""
        with psycopg.connect(database.url, autocommit=True) as connection:
            while not done.wait(0.05):
                seen.update(row[0] for row in connection.execute(asked))

    watching = threading.Thread(target=watch)
    if engine == "postgres":
        watching.start()
    try:
        yield seen
    finally:
        done.set()
        if engine == "postgres":
            watching.join()


def load(database: Database, engine: str, options: argparse.Namespace, numbers: Callable[[int, int], str]) -> int:
    """Make and fill all tables; the rows that went into the large one."""
    for place in range(options.tables):
        database.script(table(f"t{place}"), fill(f"t{place}", numbers(1, options.rows)))
    database.execute(table("large"))
    loaded, until = 0, time.monotonic() + 60 * options.minutes
    while loaded < options.large and time.monotonic() < until:
        chunk = min(CHUNK, options.large - loaded)
        database.execute(fill("large", numbers(loaded + 1, loaded + chunk)))
        loaded += chunk
    database.execute("ANALYZE large" if engine == "postgres" else "ANALYZE TABLE large")
    return loaded


def scan(settings: Path, home: Path, workers: int) -> dict[str, Any]:
    """One scan by the command, with its cost."""
    command = [sys.executable, "-m", "datakeep", "--config", settings, "--home", home, "scan", "--format", "json",
               "--workers", str(workers)]  # fmt: skip
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode not in {0, 3}:
        sys.exit(f"datakeep scan ended with {ran.returncode}: {ran.stderr[-500:]}")
    run = json.loads(ran.stdout)["items"][0]
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": after.ru_maxrss // 1024,
        "status": run["status"], "units": run["units"], "entries": run["entries"],
    }  # fmt: skip


def large(source: Source) -> dict[str, Any]:
    """One sample of the large table."""
    scanner = scanner_for(source)
    unit = next(unit for unit in scanner.units() if unit.dataset.endswith("large"))
    started = time.perf_counter()
    coverage = scanner.sample(unit, Budget())[0].coverage
    return {
        "seconds": round(time.perf_counter() - started, 2), "estimated_rows": unit.rows, "method": coverage.method,
        "rows": coverage.rows, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def measure(engine: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """All measures of one engine."""
    start, account, watched, numbers, counts = ENGINES[engine]
    with start() as server, server.database() as database, tempfile.TemporaryDirectory() as folder:
        account(database)
        started = time.perf_counter()
        loaded = load(database, engine, options, numbers)
        yield {"measure": "loading", "seconds": round(time.perf_counter() - started, 1), "large_rows": loaded}
        watched(database)
        settings = Path(folder) / "datakeep.yaml"
        settings.write_text(json.dumps({
            "version": 1,
            "sources": [{"name": "bench", "url": database.url_of("bench"), "password": "${env:BENCH_PASSWORD}"}],
        }))  # fmt: skip
        for measure in ("scan", "scan again, nothing changed"):
            before = counts(database)
            with locks(database, engine) as seen:
                cost = scan(settings, Path(folder) / "home", options.workers)
            spent = {name: round(value - before[name], 2) for name, value in counts(database).items()}
            load_average = round(os.getloadavg()[0], 1)  # other work on the machine shows here, and in the seconds
            yield {"measure": measure, **cost, **spent, "locks": sorted(seen), "load_average": load_average}
        source = Source("bench", database.url_of("bench"), password=Secret(PASSWORD))
        yield {"measure": "sample of the large table", **large(source)}


def save(results: list[dict[str, Any]]) -> None:
    """The results file: what was measured, with what."""
    packages = ("datakeep", "psycopg", "pymysql", "sqlalchemy", "duckdb", "pyarrow", "presidio-analyzer")
    about = {
        "python": platform.python_version(), "cores": os.cpu_count(),
        "packages": {name: version(name) for name in packages},
    }  # fmt: skip
    RESULTS.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


def main(say: Callable[[str], None] = print) -> None:
    """Run it, and print a line per measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, nargs="*", default=list(ENGINES))
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=200, help="of each table")
    parser.add_argument("--large", type=int, default=50_000_000, help="rows of the large table, at most")
    parser.add_argument("--minutes", type=float, default=10, help="for which the large table is loaded, at most")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--save", action="store_true", help="write the results file")
    options = parser.parse_args()
    os.environ["BENCH_PASSWORD"] = PASSWORD
    results = []
    for engine in options.engine:
        for found in measure(engine, options):
            results.append({"engine": engine, "tables": options.tables + 1, "workers": options.workers, **found})
            say(json.dumps(results[-1]))
            if options.save:
                save(results)


if __name__ == "__main__":
    main()
