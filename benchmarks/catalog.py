"""How fast the catalog is with many fields and some history: `./run bench catalog [--fields N] [--json FILE]`.

Writes a catalog of `estate.py`'s FIELDS fields in FIELDS / 50 datasets: a first run that sees all of it, nine that each
see 1 % of the datasets changed and the rest unchanged, and decisions in between; then asks every question some times.
`--crowd SECONDS` puts eight processes on one catalog, `--kills N` kills them at random points (`crowd.py`).
"""

import argparse
import json
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place).resolve() != HERE]  # this file has a package's name
sys.path.append(str(HERE))

import crowd  # noqa: E402
import estate  # noqa: E402

from catalog import Catalog, RunStatus, Status, Word  # noqa: E402
from catalog.testing import day  # noqa: E402
from classifiers import Taxonomy  # noqa: E402

BATCH = 100  # examined units per transaction
BO = Word("bo", "bench")
T = TypeVar("T")
CPU, WALL = time.process_time, time.perf_counter


def record(catalog: Catalog, fields: int, generation: int) -> "Clock":
    """One whole run, as a scan records it: what is unchanged source by source, then what was examined."""
    now, clock = day(1 + generation), Clock()
    run_id = clock.time(lambda: catalog.start_run([f"source-{n}" for n in range(estate.SOURCES)], now=now))
    for source, members in groupby(estate.units(fields, generation), lambda unit: unit.source):
        looks = [estate.look(unit, generation) for unit in members]
        same = [look for look in looks if not look.classifications]
        examined = [look for look in looks if look.classifications]
        clock.time(lambda: catalog.record_all(run_id, same, now=now))  # noqa: B023 - called at once
        for start in range(0, len(examined), BATCH):
            some = examined[start : start + BATCH]
            clock.time(lambda: catalog.record_all(run_id, some, now=now))  # noqa: B023
        clock.time(lambda: catalog.retire(run_id, source, [look.unit.dataset for look in looks], now=now))  # noqa: B023
    clock.time(lambda: catalog.correlate(run_id, now=now))
    clock.time(lambda: catalog.finish_run(run_id, RunStatus.COMPLETE, now=now))
    return clock


@dataclass
class Clock:
    """How long the catalog took: what makes up the looks does not count."""

    seconds: float = 0.0
    cpu: float = 0.0

    def time(self, work: Callable[[], T]) -> T:
        """Do it, and add it up."""
        start, busy = WALL(), CPU()
        result = work()
        self.seconds += WALL() - start
        self.cpu += CPU() - busy
        return result


def timed(work: Callable[[], Any], times: int = 15) -> dict[str, float]:
    """How long `work` takes, in milliseconds: median and 99th percentile on the clock, and the median of CPU time.

    And how many things it answers with, where it answers with a list.
    """
    took, spent, answer = [], [], None
    for _ in range(times):
        start, busy = WALL(), CPU()
        answer = work()
        took.append((WALL() - start) * 1000)
        spent.append((CPU() - busy) * 1000)
    took.sort()
    last = took[min(len(took) - 1, int(times * 0.99))]
    numbers = {"median_ms": statistics.median(took), "p99_ms": last, "cpu_median_ms": statistics.median(spent)}
    size = {"answers": len(answer)} if isinstance(answer, Sequence) else {}
    return {name: round(number, 1) for name, number in numbers.items()} | size


def say(results: dict[str, Any], name: str, numbers: Any) -> None:
    """Print one measure, and keep it."""
    results[name] = numbers
    print(json.dumps({name: numbers}), flush=True)


def runs(catalog: Catalog, fields: int, count: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Write the history: runs, and a bulk decision after each."""
    for generation in range(count):
        clock, share = record(catalog, fields, generation), "all" if generation == 0 else "1 %"
        numbers = {"seconds": clock.seconds, "cpu_s": clock.cpu, "fields_per_s": fields / clock.seconds}
        yield f"run {generation + 1}, {share} changed", {name: round(number, 1) for name, number in numbers.items()}
        catalog.accept([f"source-{generation}/*#*email*"], BO, now=day(1 + generation) + timedelta(hours=1))


def questions(catalog: Catalog, times: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Everything that people ask of it."""
    some = catalog.entries(sources=["source-7"])[0]
    last = catalog.runs()[-1].run_id
    place = {"sources": [some.source], "datasets": [some.dataset], "all": True}
    asked: dict[str, tuple[Callable[[], Any], int]] = {
        "version": (catalog.version, times),
        "list one class in one source": (
            lambda: catalog.entries(classes=["user.financial"], sources=["source-3"]),
            times,
        ),
        "list one class, the first 100": (lambda: catalog.entries(classes=["user.financial"], limit=100), times),
        "list one dataset": (lambda: catalog.entries(**place), times),
        "list one dataset as of day 3": (lambda: catalog.entries(**place, as_of=day(3)), times),
        "list what somebody rejected": (lambda: catalog.entries(statuses=[Status.REJECTED]), times),
        "one entry": (lambda: catalog.entry(some.id), times),
        "one entry as of day 3": (lambda: catalog.entry(some.id, as_of=day(3)), times),
        "search a dataset's name": (lambda: catalog.search(some.dataset), times),
        "search two words": (lambda: catalog.search("iban source-7 order"), times),
        "search, the first 100": (lambda: catalog.search("billing_email", limit=100), times),
        "explain": (lambda: catalog.explain(some.id), times),
        "fingerprint of one unit": (lambda: catalog.fingerprint(some.source, some.dataset), times),
        "fingerprints of one source": (lambda: catalog.fingerprints(some.source), times),
        "coverage of one source": (lambda: catalog.coverage(sources=["source-7"]), times),
        "coverage map of all": (catalog.coverage_map, times),
        "coverage of all": (catalog.coverage, 5),
        "runs": (catalog.runs, times),
        "changes of one run": (lambda: catalog.run_changes(last), times),
        "queue of one source": (lambda: catalog.queue(sources=["source-7"]), times),
        "queue of all, the first 20": (lambda: catalog.queue(limit=20), times),
        "queue of all, the first 100": (lambda: catalog.queue(limit=100), times),
        "queue of all": (catalog.queue, 5),
        "review stats": (catalog.stats, times),
        "accept one entry": (lambda: catalog.accept([some.id], BO, now=day(20)), times),
        "replay of all": (lambda: catalog.replay({"user.contact": 0.95}, now=day(20)), 1),
        "export of all": (lambda: export(catalog), 1),
    }
    yield from ((name, timed(*what)) for name, what in asked.items())


def export(catalog: Catalog) -> None:
    """As parquet, to a folder."""
    with tempfile.TemporaryDirectory() as folder:
        catalog.export(Path(folder))


def speed(path: Path, asked: argparse.Namespace, results: dict[str, Any]) -> None:
    """The history, where there is none yet; then the questions."""
    catalog = Catalog(path, Taxonomy.load())
    if not path.exists():
        for name, numbers in runs(catalog, asked.fields, asked.runs):
            say(results, name, numbers)
    say(results, "file_mb", round(path.stat().st_size / 1e6, 1))
    say(results, "peak_memory_mb, with what makes the history", peak())
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as another:
        for name, numbers in another.submit(answers, path, asked.times).result().items():
            say(results, name, numbers)


def answers(path: Path, times: int) -> dict[str, Any]:
    """The questions, in a process that did nothing else."""
    found: dict[str, Any] = dict(questions(Catalog(path, Taxonomy.load()), times))
    return found | {"peak_memory_mb": peak()}


def peak() -> int:
    """The most memory that this process had, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Do what is asked, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fields", type=int, default=1_000_000, help="0: no questions")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--crowd", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--dir", type=Path, help="keep the catalog there; one that is there already is asked as it is")
    parser.add_argument("--times", type=int, default=15, help="how often a quick question is asked")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    results: dict[str, Any] = {"versions": {"duckdb": version("duckdb"), "python": platform.python_version()}}
    with tempfile.TemporaryDirectory() as folder:
        if asked.fields:
            say(results, "fields", asked.fields)
            speed((asked.dir or Path(folder)) / "catalog.duckdb", asked, results)
        if asked.crowd:
            say(results, "eight processes", crowd.minute(Path(folder) / "crowd.duckdb", asked.crowd))
        if asked.kills:
            say(results, "kills", crowd.kills(Path(folder) / "kills.duckdb", asked.kills))
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
