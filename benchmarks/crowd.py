"""Eight processes on one catalog: one scans, four stewards decide, three requesters read; for a time, or killed at random.

Part of `./run bench catalog`. A steward's decision covers four entries at once and carries a reason of its own; it is
acknowledged in a file once the call has returned. Afterwards every acknowledged decision has to be there, whole and once.
"""

import multiprocessing
import os
import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

STEWARDS, REQUESTERS, WIDTH = 4, 3, 4
ROLES = ("scan", *["steward"] * STEWARDS, *["requester"] * REQUESTERS)
EMAIL, PHONE = "user.contact.email", "user.contact.phone_number"
FIELDS = tuple(f"email_{number}" for number in range(WIDTH))
SOONEST, LATEST = 0.02, 0.6  # seconds from one kill to the next


def content(generation: int) -> Mapping[Any, Mapping[str, tuple[str, ...]]]:
    """Ten tables, of which each run sees something else."""
    tables = [unit(f"public.table_{number}", ("id", *FIELDS)) for number in range(10)]
    found = (EMAIL,) if generation % 2 else (EMAIL, PHONE)
    return {table: {"id": (), **dict.fromkeys(FIELDS, found)} for table in tables}


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the eight: what it does until `seconds` are over, and where it notes what was acknowledged."""

    path: Path
    number: int
    seconds: float
    notes: Path

    def work(self) -> None:
        """Do it; each line of the notes is how long one call took and what it was."""
        catalog = Catalog(self.path, Taxonomy.load())
        end, step = time.monotonic() + self.seconds, 0
        with self.notes.open("a", encoding="utf-8") as notes:
            while (start := time.monotonic()) < end:
                step += 1
                try:
                    told = self.step(catalog, step)
                except Exception as refused:  # noqa: BLE001 - whatever it is, somebody would have seen it
                    told = f"error {type(refused).__name__} {refused}"
                notes.write(f"{time.monotonic() - start:.4f} {told}\n")
                notes.flush()

    def step(self, catalog: Catalog, step: int) -> str:
        """One call."""
        role = ROLES[self.number]
        if role == "scan":
            record_run(catalog, day(2), content(step))
        elif role == "steward":
            reason = f"{self.number}.{os.getpid()}.{step}"
            patterns = [f"crm/public.table_{self.number}#{field}" for field in FIELDS]
            decide = catalog.reject if step % 2 else catalog.accept
            decide(patterns, Word(f"steward-{self.number}", reason), now=day(3))
            return f"steward {reason}"
        else:
            found = catalog.entries(classes=[EMAIL], sources=["crm"])
            assert len({entry.id for entry in found}) == len(found)  # noqa: S101 - nothing is there twice
            catalog.version()
        return role


def started(worker: Worker) -> BaseProcess:
    """The worker, at work; forked, so that it starts at once."""
    process = multiprocessing.get_context("fork").Process(target=worker.work)
    process.start()
    return process


def crowd(path: Path, seconds: float) -> list[Worker]:
    """Eight workers on a catalog that has something to decide on."""
    record_run(Catalog(path, Taxonomy.load()), day(1), content(0))
    return [Worker(path, number, seconds, path.with_name(f"{path.stem}.{number}.txt")) for number in range(len(ROLES))]


def minute(path: Path, seconds: float) -> dict[str, Any]:
    """All eight for a time; what they did, what they were shown, and what of it is in the catalog."""
    workers = crowd(path, seconds)
    for process in [started(worker) for worker in workers]:
        process.join()
    return {"seconds": seconds, **told(workers), **kept(path, workers)}


def kills(path: Path, count: int) -> dict[str, Any]:
    """SIGKILL for one of the eight at a random moment, `count` times; it is started again each time."""
    made = random.Random(count)
    workers = crowd(path, 3600)
    running = [started(worker) for worker in workers]
    began = time.monotonic()
    for _ in range(count):
        time.sleep(made.uniform(SOONEST, LATEST))
        victim = made.randrange(len(workers))
        os.kill(running[victim].pid or 0, signal.SIGKILL)
        running[victim].join()
        running[victim] = started(workers[victim])
    for process in running:
        process.kill()
        process.join()
    return {"kills": count, "seconds": round(time.monotonic() - began), **told(workers), **kept(path, workers)}


def lines(worker: Worker) -> list[str]:
    """What a worker noted; the last line of one that was killed while writing may have no end."""
    noted = worker.notes.read_text(encoding="utf-8") if worker.notes.exists() else ""
    return [line for line in noted.split("\n")[:-1] if line[:1].isdigit()]


def told(workers: list[Worker]) -> dict[str, Any]:
    """Calls by role, the errors that anybody was shown, and how long a call took."""
    noted = [line.split(" ", 2) for worker in workers for line in lines(worker)]
    calls = Counter(parts[1] for parts in noted)
    errors = [" ".join(parts[1:]) for parts in noted if parts[1] == "error"]
    took = {role: sorted(float(parts[0]) for parts in noted if parts[1] == role) for role in dict.fromkeys(ROLES)}
    waits = {role: {"median": round(statistics.median(some), 3), "p99": round(some[int(len(some) * 0.99)], 3)}
             for role, some in took.items() if some}  # fmt: skip
    return {"calls": dict(calls), "errors_shown": errors, "seconds_per_call": waits}


def kept(path: Path, workers: list[Worker]) -> dict[str, Any]:
    """What of the acknowledged decisions is missing, torn or there twice; what else is wrong with the file."""
    acknowledged = [line.split(" ")[2] for worker in workers for line in lines(worker) if " steward " in line]
    catalog = Catalog(path, Taxonomy.load())
    decisions = catalog.export_tables()["decisions"].to_pylist()
    human = [(row["reason"], row["entry_id"]) for row in decisions if row["authority"] == "human"]
    by_reason = Counter(reason for reason, _ in human)
    return {
        "acknowledged": len(acknowledged),
        "on_record": len(by_reason),
        "lost": len(set(acknowledged) - set(by_reason)),
        "torn": sum(count % WIDTH != 0 for count in by_reason.values()),
        "twice": sum(count > 1 for count in Counter(human).values()),
        "faults": catalog.faults(),
    }
