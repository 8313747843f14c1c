"""What a full catalog of a large database costs, and costs the database: `./run bench databases`.

Starts PostgreSQL and MariaDB, makes TABLES tables of 20 columns with ROWS rows each and one table of LARGE rows, and
scans them with the command a user would type, as a role that may only read; then scans again with nothing changed; then
samples the large table by itself. Prints one JSON object per measure: seconds of wall and CPU, memory, statements and
rows as the server counted them, and every kind of lock that was seen held by the scanner's role.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the servers that the tests start

from scanners import Budget, Secret, Source, scanner_for
from servers.database import Database
from servers.mariadb import mariadb_server
from servers.postgres import postgres_server

PASSWORD, COLUMNS = "reads only", 20
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


def postgres_numbers(rows: int) -> str:
    return f"generate_series(1, {rows}) AS s(n)"


def mariadb_numbers(rows: int) -> str:
    return f"(SELECT seq AS n FROM seq_1_to_{rows}) s"  # noqa: S608 - a number


def postgres_account(database: Database) -> None:
    database.execute(f"CREATE ROLE bench LOGIN PASSWORD '{PASSWORD}' IN ROLE pg_read_all_data")


def mariadb_account(database: Database) -> None:
    database.script(
        f"CREATE USER bench@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT SELECT ON {database.name}.* TO bench@'%'",
    )


def postgres_counts(database: Database) -> dict[str, int]:
    """What the server counted so far."""
    asked = "SELECT sum(xact_commit + xact_rollback), sum(tup_returned) FROM pg_stat_database WHERE datname = %s"
    transactions, rows = database.execute(asked, (database.name,))[0]
    return {"transactions": int(transactions), "rows_read": int(rows)}


def mariadb_counts(database: Database) -> dict[str, int]:
    """What the server counted so far."""
    found = dict(database.execute("SHOW GLOBAL STATUS WHERE Variable_name IN ('Questions', 'Rows_read')"))
    return {"statements": int(found["Questions"]), "rows_read": int(found["Rows_read"])}


ENGINES: dict[str, tuple[Any, ...]] = {
    "postgres": (postgres_server, postgres_account, postgres_numbers, postgres_counts),
    "mariadb": (mariadb_server, mariadb_account, mariadb_numbers, mariadb_counts),
}


@contextmanager
def locks(database: Database, engine: str) -> Iterator[set[str]]:
    """The kinds of table locks that the scanner's role was seen to hold; PostgreSQL only."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        asked = """SELECT DISTINCT mode FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE usename = 'bench' AND locktype = 'relation'"""
        while not done.wait(0.05):
            seen.update(row[0] for row in database.execute(asked))

    watching = threading.Thread(target=watch)
    if engine == "postgres":
        watching.start()
    try:
        yield seen
    finally:
        done.set()
        if engine == "postgres":
            watching.join()


def scan(settings: Path, home: Path) -> dict[str, Any]:
    """One scan by the command, with its cost."""
    command = [sys.executable, "-m", "datakeep", "--config", settings, "--home", home, "scan", "--format", "json"]
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
    start, account, numbers, counts = ENGINES[engine]
    with start() as server, server.database() as database, tempfile.TemporaryDirectory() as folder:
        account(database)
        started = time.perf_counter()
        for place in range(options.tables):
            database.script(table(f"t{place}"), fill(f"t{place}", numbers(options.rows)))
        database.script(
            table("large"),
            fill("large", numbers(options.large)),
            "ANALYZE large" if engine == "postgres" else "ANALYZE TABLE large",
        )
        yield {"measure": "loading", "seconds": round(time.perf_counter() - started, 1)}
        settings = Path(folder) / "datakeep.yaml"
        settings.write_text(json.dumps({
            "version": 1,
            "sources": [{"name": "bench", "url": database.url_of("bench"), "password": "${env:BENCH_PASSWORD}"}],
        }))  # fmt: skip
        for measure in ("scan", "scan again, nothing changed"):
            before = counts(database)
            with locks(database, engine) as seen:
                cost = scan(settings, Path(folder) / "home")
            spent = {name: value - before[name] for name, value in counts(database).items()}
            yield {"measure": measure, **cost, **spent, "locks": sorted(seen)}
        source = Source("bench", database.url_of("bench"), password=Secret(PASSWORD))
        yield {"measure": "sample of the large table", **large(source)}


def main(say: Callable[[str], None] = print) -> None:
    """Run it, and print a line per measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, nargs="*", default=list(ENGINES))
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=200, help="of each table")
    parser.add_argument("--large", type=int, default=5_000_000, help="rows of the large table")
    options = parser.parse_args()
    os.environ["BENCH_PASSWORD"] = PASSWORD
    for engine in options.engine:
        for found in measure(engine, options):
            say(json.dumps({"engine": engine, "tables": options.tables, "large_rows": options.large, **found}))


if __name__ == "__main__":
    main()
