"""How fast the catalog is with many fields and some history: `./run bench catalog`, or this script with `--fields`.

Writes a catalog of FIELDS fields in FIELDS / 50 datasets: a first run that sees all of it, nine that each see 1 % of the
datasets changed and the rest unchanged, and decisions in between; then asks every question some times. Prints one JSON
object per measure: median and 99th percentile in milliseconds, or a rate.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place).resolve() != HERE]  # this file has a package's name

from catalog import Catalog, Look, RunStatus, UnitState, Word  # noqa: E402
from catalog.testing import day, seen, unit  # noqa: E402
from classifiers import Taxonomy  # noqa: E402
from scanners import Unit  # noqa: E402

PER_DATASET = 50
BATCH = 100  # units per transaction, as a run of many units writes them
CLASSES = ("user.contact.email", "user.contact.phone_number", "user.financial.credit_card", "user.name")


def tables(fields: int, generation: int) -> Iterator[Unit]:
    """Every dataset there is; in each generation after the first, 1 % have another fingerprint."""
    names = [f"column_{number}" for number in range(PER_DATASET)]
    for number in range(fields // PER_DATASET):
        changed = generation if number % 100 == generation else 0
        source = f"source-{number % 20}"
        yield unit(f"schema_{number % 200}.table_{number}", names, source=source, fingerprint=f"{number}.{changed}")


def look(of: Unit, generation: int) -> Look:
    """Every tenth column holds personal data; a changed table shows other counts and one more class."""
    found = []
    for number, field in enumerate(of.fields):
        classes = (CLASSES[number // 10 % 4],) if number % 10 == 0 or (generation and number == 1) else ()
        found.append(seen(of, field.path, *classes, matched=8 - generation % 3))
    return Look(of, classifications=tuple(found), rows=1000, values=50_000)


def record(catalog: Catalog, fields: int, generation: int) -> None:
    """One whole run."""
    now = day(1 + generation)
    run_id = catalog.start_run([f"source-{number}" for number in range(20)], now=now)
    batch: list[Look] = []
    for of in tables(fields, generation):
        changed = generation == 0 or of.fingerprint.endswith(f".{generation}")
        batch.append(look(of, generation) if changed else Look(of, UnitState.UNCHANGED))
        if len(batch) == (BATCH if changed and generation == 0 else BATCH * 10):
            catalog.record_all(run_id, batch, now=now)
            batch = []
    if batch:
        catalog.record_all(run_id, batch, now=now)
    catalog.finish_run(run_id, RunStatus.COMPLETE, now=now)


def timed(name: str, work: Callable[[], Any], times: int = 15) -> None:
    """Print how long `work` takes."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    say(name, median_ms=round(statistics.median(took), 1), p99_ms=round(took[min(len(took) - 1, int(times * 0.99))], 1))


def say(name: str, **numbers: float) -> None:
    """One measure."""
    print(json.dumps({"measure": name, **numbers}), flush=True)


def questions(catalog: Catalog) -> None:
    """Everything that people ask of it."""
    timed("list one class in one source", lambda: catalog.entries(classes=["user.financial"], sources=["source-3"]))
    timed("list one dataset", lambda: catalog.entries(datasets=["schema_7.table_7"], all=True))
    timed("one entry", lambda: catalog.entry("source-7/schema_7.table_7#column_10"))
    timed("search two words", lambda: catalog.search("table_77 credit_card"))
    timed(
        "list one dataset as of day 3", lambda: catalog.entries(datasets=["schema_7.table_7"], all=True, as_of=day(3))
    )
    timed("explain", lambda: catalog.explain("source-7/schema_7.table_7#column_10"))
    timed("version", catalog.version)
    timed("fingerprint of one unit", lambda: catalog.fingerprint("source-7", "schema_7.table_7"))
    timed("coverage", catalog.coverage, 3)
    timed("runs", catalog.runs, 3)
    timed("queue", catalog.queue, 3)
    timed("export tables", catalog.export_tables, 2)
    timed("replay of all", lambda: catalog.replay({"user.contact": 0.95}, now=day(20)), 2)
    word = Word("bo", "bench")
    timed("accept one entry", lambda: catalog.accept(["source-7/schema_7.table_7#column_10"], word, now=day(20)))


def main() -> None:
    """Write, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fields", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--dir", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = (asked.dir or Path(folder)) / "catalog.duckdb"
        catalog = Catalog(path, Taxonomy.load())
        for generation in range(asked.runs):
            start = time.perf_counter()
            record(catalog, asked.fields, generation)
            seconds = time.perf_counter() - start
            share = "all" if generation == 0 else "1 %"
            say(
                f"run {generation + 1}, {share} changed",
                seconds=round(seconds, 1),
                fields_per_s=round(asked.fields / seconds),
            )
            word = Word("bo", "bench")
            catalog.accept(
                [f"source-{generation}/schema_{generation}.table_*"], word, now=day(1 + generation) + timedelta(hours=1)
            )
        say("file", megabytes=round(path.stat().st_size / 1e6, 1))
        questions(catalog)


if __name__ == "__main__":
    sys.exit(main())
