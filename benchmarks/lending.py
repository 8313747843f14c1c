"""What lending costs: `./run bench lending`, or this script with `--records`, `--grants` and `--home DIR`.

Measures, on a real ledger with full durability in a folder of the disk that DIR is on: durable audit records a second, one by
one and in batches; a request from ask to active grant on paper; verification of the whole log; and the state at
many grants: listing, one person's access, a sweep that ends them all. Prints one JSON object per measure.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from classifiers import DataClass
from jit import Ask, Audit, Event, Person
from jit.interface import Grant, GrantState
from jit.ledger import Ledger
from jit.testing import NOON, World, field

POLICY = """
version: 1
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""
SEEN = Event("read.served", "ana", "req-1", "grant-1", ("crm/public.customers#email",), ("user.contact.email",), "allowed",
             detail={"dataset": "crm/public.customers", "rows": 20, "columns": 8})  # fmt: skip


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def say(what: str, **figures: object) -> None:
    """Print a measure."""
    print(json.dumps({"measure": what, **figures}), flush=True)


def appends(home: Path, records: int) -> Ledger:
    """Single and batched records a second."""
    ledger = Ledger(home)
    ledger.record(SEEN, NOON)
    single = min(2000, records)
    took = seconds(lambda: [ledger.record(SEEN, NOON) for _ in range(single)])
    say("durable audit records, one by one", per_second=round(single / took))

    def batch() -> None:
        with ledger.write(NOON) as change:
            for _ in range(1000):
                change.record(SEEN)

    took = seconds(lambda: [batch() for _ in range(records // 1000)])
    say("durable audit records, 1,000 at a time", per_second=round(records // 1000 * 1000 / took))
    return ledger


def verification(ledger: Ledger) -> None:
    """Records verified a second, checkpoints and state included."""
    found = []
    took = seconds(lambda: found.append(Audit(ledger).verify()))
    say("verify", records=found[0].records, seconds=round(took, 2), per_second=round(found[0].records / took))
    took = seconds(lambda: Audit(ledger).prove(found[0].records // 2))
    say("prove one record", records=found[0].records, seconds=round(took, 2))


def requests(home: Path, count: int) -> None:
    """From the ask to an active grant on paper."""
    fields = [field("crm/people#name", "user.name")]
    world = World(home, POLICY, [Person("ana", frozenset({"support"}))], fields)
    ask = Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=600)
    world.broker.ask(ask, NOON)
    took = sorted(1000 * seconds(lambda: world.broker.ask(ask, NOON)) for _ in range(count))
    say(
        "request to active on paper", p50_ms=round(statistics.median(took), 2), p99_ms=round(took[int(0.99 * count)], 2)
    )


def many_grants(home: Path, count: int) -> None:
    """The state at very many grants."""
    world = World(home, POLICY, [Person("ana")], [])
    hour = timedelta(hours=1)

    def fill(start: int) -> None:
        with world.ledger.write(NOON) as change:
            for number in range(start, min(start + 1000, count)):
                person, entry = f"person-{number % 5000}", f"crm/public.t{number % 300}#email"
                lent = Grant(f"grant-{number}", GrantState.ACTIVE, person, (DataClass("user.contact.email"),), (entry,), NOON,
                             NOON + hour, "gateway", ())  # fmt: skip
                change.add(lent, Event("grant.started", person, grant=lent.id, entries=(entry,)))

    took = seconds(lambda: [fill(start) for start in range(0, count, 1000)])
    say("grants put on paper, 1,000 at a time", grants=count, per_second=round(count / took))
    lending = world.broker.lending
    say("access of one person", grants=count, ms=round(1000 * seconds(lambda: lending.covered("person-7", NOON)), 1))
    say("one grant", grants=count, ms=round(1000 * seconds(lambda: lending.grant("grant-77", NOON)), 2))
    say("list of all grants", grants=count, seconds=round(seconds(lambda: lending.grants(NOON)), 2))
    took = seconds(lambda: lending.sweep(NOON + 2 * hour))
    say("sweep that ends them all", grants=count, seconds=round(took, 2), per_second=round(count / took))
    say("verify", seconds=round(seconds(world.audit.verify), 2), records=world.ledger.tip().seq)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--grants", type=int, default=100_000)
    parser.add_argument("--home", type=Path, default=None, help="where the ledgers are made [a temporary folder]")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(dir=given.home))
    try:
        ledger = appends(home / "appends", given.records)
        verification(ledger)
        requests(home / "requests", 300)
        many_grants(home / "grants", given.grants)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
