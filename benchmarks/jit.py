"""What lending costs: deciding, asking, recording, verifying, and the state at very many grants; `./run bench jit`.

`decide` is asked with RULES rules over 200 groups, every class of the taxonomy and 20 sources (one in ten is a deny), for 1 to 50
of FIELDS fields from all over the catalog, by a person in four groups: what it is given is what was resolved, never the
whole catalog. All else runs on a real ledger with full durability, below `--home`, whose disk's own speed (append 4 KB,
fsync) is measured beside it. Each figure is the median of ROUNDS rounds; seconds of the clock and of the processor.
Options: --rules --fields --requests --records --grants --rounds --home DIR --json FILE.
"""

import argparse
import json
import os
import platform
import random
import resource
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classifiers import DataClass, Taxonomy
from jit import Ask, Audit, Event, Person, Policy, Usage, decide, explain, is_live
from jit.interface import Grant, GrantState
from jit.ledger import Ledger
from jit.policies.rules import PolicyFile
from jit.testing import NOON, World, field

GROUPS, SOURCES, PER_DATASET = 200, 20, 50
HOUR = timedelta(hours=1)
HOURS = [
    {"days": "mon-fri", "hours": hours, "zone": "Europe/Berlin"}
    for hours in ("06:00-22:00", "07:00-19:00", "08:00-18:00")
]
NAMES = """
version: 1
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""
SEEN = Event("read.served", "ana", "req-1", "grant-1", ("crm/public.customers#email",), ("user.contact.email",), "allowed",
             detail={"dataset": "crm/public.customers", "rows": 20, "columns": 8})  # fmt: skip


def took(work: Callable[[], Any]) -> tuple[float, float]:
    """How long it takes once: seconds of the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def rate(count: int, rounds: list[tuple[float, float]]) -> dict[str, Any]:
    """So many a second by the clock, and processor microseconds for each: medians."""
    clock, processor = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"count": count, "per_second": round(count / clock), "cpu_us_each": round(processor / count * 1e6, 1)}


def spread(milliseconds: list[float]) -> dict[str, Any]:
    """The median and the 99th percentile."""
    cuts = statistics.quantiles(milliseconds, n=100)
    return {
        "calls": len(milliseconds),
        "p50_ms": round(statistics.median(milliseconds), 3),
        "p99_ms": round(cuts[98], 3),
    }


def rule(number: int, classes: list[str], chance: random.Random) -> dict[str, Any]:
    """One rule as a file has it: most are allows with hours, a ticket and two levels of approval."""
    scope = [f"source-{number % SOURCES}/*", f"source-{number % 17}/*"]
    what = {"classes": chance.sample(classes, 2), "scope": scope}
    who = {"groups": chance.sample([f"group-{one}" for one in range(GROUPS)], 2), "not_groups": ["contractors"]}
    if number % 10 == 9:
        return {"id": f"r{number}", "effect": "deny", "who": {"groups": ["external"]}, "what": what, "because": "no"}
    return {
        "id": f"r{number}", "effect": "allow", "who": who, "what": {**what, "rows": 500}, "when": HOURS[number % 3],
        "purpose": {"one_of": ["care", "billing"], "ticket": "^(SUP|INC)-[0-9]+$"},
        "duration": {"max": f"{1 + number % 4}h"},
        "auto": {"sensitivity_at_most": "medium", "fields_at_most": 20, "per_person": "5/7d"},
        "approvals": [{"of": "owners", "n": 1}, {"of": "privacy", "n": 1 + number % 3}],
    }  # fmt: skip


def policy(count: int, classes: list[str], chance: random.Random) -> Policy:
    """A policy of `count` rules."""
    named = {"owners": {"owner_of": "entry"}, "privacy": {"groups": ["privacy"]}}
    rules = [rule(number, classes, chance) for number in range(count)]
    return Policy.of(PolicyFile.model_validate({"version": 1, "approvers": named, "rules": rules}))


def asked(count: int, fields: int, size: int, classes: list[str], chance: random.Random) -> list[tuple[Any, ...]]:
    """Requests for 1 to `size` fields of one to three classes, from all over the catalog."""
    models = {name: field("source/t#x", name) for name in classes}
    found = []
    for _ in range(count):
        wanted = chance.sample(classes, chance.randint(1, 3))
        numbers = chance.sample(range(fields), chance.randint(1, size))
        entries = [_named(models[wanted[index % len(wanted)]], number) for index, number in enumerate(numbers)]
        person = Person("ana", frozenset(f"group-{one}" for one in chance.sample(range(GROUPS), 4)))
        held = tuple(DataClass(one) for one in wanted[: len(entries)])
        found.append((Ask("ana", held, purpose="care", ticket="SUP-1", reason="a case", seconds=3600), entries, person))
    return found


def _named(model: Any, number: int) -> Any:
    return replace(model, id=f"source-{number % SOURCES}/schema.table_{number // PER_DATASET}#column_{number}")


def answered(call: Callable[..., Any], policy: Policy, requests: list[tuple[Any, ...]], rounds: int) -> dict[str, Any]:
    """Milliseconds of processor time for each request, the median of its rounds, after one to warm up."""

    def once(request: tuple[Any, ...]) -> float:
        ask, entries, person = request
        return took(lambda: call(ask, entries, policy, person=person, now=NOON, usage=Usage()))[1]

    times = [statistics.median([once(request) for _ in range(rounds + 1)][1:]) for request in requests]
    return spread([1000 * seconds for seconds in times])


def deciding(given: argparse.Namespace) -> dict[str, Any]:
    """decide() and explain() with very many rules and fields."""
    chance, classes = random.Random(7), [str(info.key) for info in Taxonomy.load()]
    made: list[Policy] = []
    load = took(lambda: made.append(policy(given.rules, classes, chance)))
    few, some = (asked(given.requests // part, given.fields, 50, classes, chance) for part in (1, 10))
    return {
        "rules": given.rules, "fields": given.fields, "fields_per_request": "1-50",
        "load_seconds": round(load[1], 2), "decide": answered(decide, made[0], few, given.rounds),
        "explain": answered(explain, made[0], some, given.rounds),
    }  # fmt: skip


def disk(home: Path, rounds: int) -> dict[str, Any]:
    """What the disk gives: 4 KB appended and synced, and the least that SQLite commits durably, a second."""

    def synced() -> None:
        with (home / "floor").open("ab", buffering=0) as file:
            for _ in range(200):
                file.write(b"x" * 4096)
                os.fsync(file.fileno())

    base = sqlite3.connect(home / "floor.sqlite", isolation_level=None)
    base.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x)")

    def committed() -> None:
        for _ in range(200):
            base.execute("INSERT INTO t VALUES (1)")

    found = {"append_and_fsync": rate(200, [took(synced) for _ in range(rounds)])["per_second"],
             "sqlite_commits": rate(200, [took(committed) for _ in range(rounds)])["per_second"]}  # fmt: skip
    base.close()
    return found


def recording(home: Path, records: int, rounds: int) -> dict[str, Any]:
    """Durable audit records one by one and in batches; then the verification of what is there."""
    one, many = Ledger(home / "single"), Ledger(home / "batched")
    few = max(1, records // 50)

    def batches() -> None:
        for _ in range(max(1, records // 1000 // rounds)):
            with many.write(NOON) as change:
                for _ in range(1000):
                    change.record(SEEN)

    one.record(SEEN, NOON)
    single = rate(few, [took(lambda: [one.record(SEEN, NOON) for _ in range(few)]) for _ in range(rounds)])
    batched = rate(max(1, records // 1000 // rounds) * 1000, [took(batches) for _ in range(rounds)])
    checked = {
        name: rate(ledger.tip().seq, [took(Audit(ledger).verify) for _ in range(rounds)])
        for name, ledger in (("verify", many), ("verify_where_each_has_a_checkpoint", one))
    }
    prove = took(lambda: Audit(many).prove(records // 2))[0]
    for ledger in (one, many):
        ledger.close()
    return {"single": single, "batches_of_1000": batched, **checked, "prove_seconds": round(prove, 2)}


def asking(home: Path, count: int) -> dict[str, Any]:
    """Milliseconds of the clock from the ask to an active grant on paper."""
    world = World(home, NAMES, [Person("ana", frozenset({"support"}))], [field("crm/people#name", "user.name")])
    ask = Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=600)
    world.broker.ask(ask, NOON)
    found = spread([1000 * took(lambda: world.broker.ask(ask, NOON))[0] for _ in range(count)])
    world.ledger.close()
    return found


def many_grants(home: Path, count: int, rounds: int) -> dict[str, Any]:
    """The state at very many grants: listed, one person's access, whether each is live, and a sweep that ends them all."""
    world = World(home, NAMES, [Person("ana")], [])

    def fill(start: int) -> None:
        with world.ledger.write(NOON) as change:
            for number in range(start, min(start + 1000, count)):
                person, entry = f"person-{number % 5000}", f"crm/public.t{number % 300}#email"
                lent = Grant(f"grant-{number}", GrantState.ACTIVE, person, (DataClass("user.contact.email"),), (entry,), NOON,
                             NOON + HOUR, "gateway", ())  # fmt: skip
                change.add(lent, Event("grant.started", person, grant=lent.id, entries=(entry,)))

    filled = took(lambda: [fill(start) for start in range(0, count, 1000)])
    lending, grants = world.broker.lending, world.ledger.grants()
    found = {
        "grants": count, "put_on_paper_per_second": rate(count, [filled])["per_second"],
        "list_all_seconds": _seconds(lambda: lending.grants(NOON), rounds),
        "access_of_one_person_ms": 1000 * _seconds(lambda: lending.covered("person-7", NOON), rounds),
        "one_grant_ms": 1000 * _seconds(lambda: lending.grant("grant-7", NOON), rounds),
        "is_live_of_all_ms": 1000 * _seconds(lambda: [is_live(grant, NOON) for grant in grants], rounds),
        "sweep_that_ends_none_ms": 1000 * _seconds(lambda: lending.sweep(NOON), rounds),
        "sweep_that_ends_all_seconds": _seconds(lambda: lending.sweep(NOON + 2 * HOUR), 1),
        "verify_seconds": _seconds(world.audit.verify, 1), "records": world.ledger.tip().seq,
    }  # fmt: skip
    world.ledger.close()
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}


def _seconds(work: Callable[[], Any], rounds: int) -> float:
    return statistics.median(took(work)[0] for _ in range(rounds))


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in {
        "rules": 10_000,
        "fields": 1_000_000,
        "requests": 1000,
        "records": 100_000,
        "grants": 100_000,
        "rounds": 3,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--home", type=Path, help="where the ledgers are made [a temporary folder]")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    began, home = time.process_time(), Path(tempfile.mkdtemp(dir=given.home))
    try:
        result = {
            "deciding": deciding(given), "disk_per_second": disk(home, given.rounds),
            "recording": recording(home, given.records, given.rounds), "ask_to_active": asking(home / "asking", 300),
            "many_grants": many_grants(home / "grants", given.grants, given.rounds),
        }  # fmt: skip
    finally:
        shutil.rmtree(home)
    result |= {
        "rounds": given.rounds, "cpu_seconds": round(time.process_time() - began, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load_average": [round(one, 2) for one in os.getloadavg()],
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version,
                     **{name: version(name) for name in ("cryptography", "pydantic", "google-re2")}},
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
