"""Lending as a state machine, at length: `./run bench lending_machine`, with `--examples N` sequences of 50 deeds each.

Then it plants faults in the code of lending, one at a time, at least one for each invariant that concerns paper (I1 to I19 and
I21 to I27 of the design), and says of each whether the machine found it: an invariant that catches nothing proves nothing.
I10, I12 and I16 speak of what stands in target systems, which are tested there. The machine is `tests/jit/test_lending_machine.py`.
Options: --examples N --fault-examples N --only steps|faults --json FILE.
"""

import argparse
import importlib.util
import json
import logging
import platform
import resource
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from jit import (
    DeniedError,
    GrantState,
    approval,
    asking,
    broker,
    change,
    gateway,
    is_live,
    ledger,
    lending,
    reconcile,
    resolve,
    states,
)
from jit.policies import conditions, judgement, policy, rulebook
from jit.proof import chain, merkle

MACHINE = Path(__file__).parents[1] / "tests" / "jit" / "test_lending_machine.py"
LIVE = {GrantState.SCHEDULED, GrantState.ACTIVE}
STEPS = 50
SLICE = 100  # sequences between two words about how far it is
still_open, check_answer = approval.still_open, approval.check_answer
explain = import_module("jit.policies.explain")  # the face has a function of that name
lent, record, move = lending._lent, change.Change.record, change.Change.move  # noqa: SLF001 - faults are planted in the innards
fits, rulebook_of, accounts = conditions.Case.fits, rulebook.Rulebook.of, explain._accounts  # noqa: SLF001 - as above


def everywhere(answer: Callable[..., bool]) -> list[tuple[Any, str, Any]]:
    """`is_live` replaced wherever it is asked."""
    return [(module, "is_live", answer) for module in (lending, gateway, states)]


def admit_anybody(grant: Any, _person: Any, now: Any) -> Any:
    """Only the time is looked at."""
    if not is_live(grant, now):
        raise DeniedError("over")
    return grant


def move_alone(self: Any, old: Any, new: Any, _event: Any) -> None:
    """A change without its record."""
    swap = f"UPDATE {change._table(new)} SET document = ? WHERE id = ?"  # noqa: S608, SLF001 - our own names
    self._connection.execute(swap, (change.document(new), old.id))


def from_request(request: Any, entries: Any, now: Any) -> Any:
    """The time runs from the request."""
    return replace(lent(request, entries, now), expires=request.created + timedelta(seconds=request.seconds))


def newest_only(self: Any, person: str, now: Any) -> dict[str, tuple[str, ...]]:
    """Only the newest grant counts."""
    live = [grant for grant in self.ledger.grants(person) if is_live(grant, self.ledger.moment(now))][:1]
    return {entry: (grant.id,) for grant in live for entry in grant.entries if entry not in grant.withheld}


def half_done(self: Any, connection: Any) -> None:
    """What failed half way stays."""
    self._connection = connection
    if connection.in_transaction:
        connection.execute("COMMIT")


def follow_always(self: Any) -> tuple[Any, ...]:
    """New fields are taken in, whatever the policy says."""
    found = []
    for grant, _ in self._lent():
        fields = self.broker.catalog.fields.values()
        new = [one for one in fields if one.id not in grant.entries and set(one.classes) & set(grant.classes)]
        found += [self._widened(grant, new)] if new else []
    return tuple(found)


def without(kind: str) -> Callable[..., Any]:
    """Records of one type are not written."""
    return lambda self, event: None if event.type == kind else record(self, event)


def same_version(self: Any, old: Any, new: Any, event: Any) -> None:
    """A change that does not count as one."""
    move(self, old, new, event)
    self._connection.execute(f"UPDATE {change._table(new)} SET version = 1 WHERE id = ?", (old.id,))  # noqa: S608, SLF001 - ours


def careless_walk(rows: Any, start: Any) -> Any:
    """A walk that believes every record."""
    tree = merkle.Growth(start.tree)
    for _, text, digest in rows:
        if text:
            tree.add(bytes.fromhex(digest))
            yield json.loads(text), tree


def easy(case: Any, rules: Any, *_: Any) -> Any:
    """An approval at once looks at no condition."""
    return (rule for rule in rules if rule.auto or judgement._hold(conditions.of_request(rule, case)))  # noqa: SLF001


def lenient(self: Any, pattern: str) -> bool:
    """A condition that cannot be evaluated is one that does not hold."""
    try:
        return bool(fits(self, pattern))
    except Exception:  # noqa: BLE001 - the fault
        return False


def in_file_order(rules: Any, defaults: Any) -> Any:
    """The rule that stands first in the file wins."""
    found = list(rules)
    book = rulebook_of(found, defaults)
    return replace(book, rank={rule.id: place for place, rule in enumerate(found)})


def unexplained(*given: Any, **how: Any) -> Any:
    """An explanation that says that nothing is missing."""
    told = accounts(*given, **how)
    return (replace(one, missing=(), rules=()) for one in told)


Planted = list[tuple[Any, str, Any]]
FAULTS: dict[str, tuple[str, Planted]] = {
    "anybody reads through a grant": ("I1", [(gateway, "admitted", admit_anybody)]),
    "live before the start": ("I1", everywhere(lambda grant, now: grant.state in LIVE and now < grant.expires)),
    "live after the end": ("I2", everywhere(
        lambda grant, now: grant.state in LIVE and grant.starts <= now <= grant.expires + timedelta(minutes=20))),
    "the end grows after the end": ("I3", [(lending, "check_extendable", lambda *_: None), (broker, "check_extendable", lambda *_: None)]),
    "time runs from the request": ("I3", [(lending, "_lent", from_request)]),
    "one's own request approved": ("I4", [
        (broker, "check_answer", lambda request, *rest, **how: check_answer(replace(request, requester="-"), *rest, **how))]),
    "one person answers twice": ("I4", [
        (broker, "check_answer", lambda request, *rest, **how: check_answer(replace(request, answers=()), *rest, **how))]),
    "who left still counts": ("I4", [(broker, "still_open", lambda levels, answers, eligible, who: still_open(
        levels, answers, lambda name: {answer.person for answer in answers} | eligible(name), who))]),
    "two of any level are enough": ("I4", [
        (broker, "still_open", lambda levels, answers, *rest: () if len(answers) > 1 else still_open(levels, answers, *rest))]),
    "what is decided is decided again": ("I5", [
        (broker, "_pending", lambda request, _now: request), (change, "check_move", lambda *_: None)]),
    "approvals are bound to nothing": ("I6", [(broker.Broker, "_reviewed", lambda *_: None)]),
    "a digest of nothing": ("I6", [(asking, "digest_of", lambda *_: "")]),
    "a state is ignored": ("I7", everywhere(lambda grant, now: grant.starts <= now < grant.expires)),
    "everybody steers": ("I7", [(lending.Lending, "_check_steers", lambda *_, **__: None)]),
    "only the newest grant counts": ("I8", [(lending.Lending, "covered", newest_only)]),
    "the catalog narrows nothing": ("I9", [(resolve, "narrowed", lambda *_: None)]),
    "new fields are taken in unasked": ("I9", [(reconcile.Reconciliation, "follow", follow_always)]),
    "what failed half way stays": ("I11", [(ledger.Ledger, "_undo", half_done)]),
    "an end ends twice": ("I13", [(lending, "ENDED", frozenset()), (change, "check_move", lambda *_: None)]),
    "a change that does not count": ("I14", [(change.Change, "move", same_version)]),
    "only a sweep ends a grant": ("I15", everywhere(lambda grant, now: grant.state in LIVE and grant.starts <= now)),
    "read before it is recorded": ("I17", [(change.Change, "record", without("read.allowed"))]),
    "a change without its record": ("I18", [(change.Change, "move", move_alone)]),
    "a log that is believed": ("I19", [(chain, "walk", careless_walk)]),
    "typed words in a record": ("I20", [(change.Change, "commit_to", lambda _self, text: text or None)]),
    "the clock is believed": ("I21", [(ledger, "_check_clock", lambda *_: None), (ledger.Ledger, "moment", lambda _self, now: now)]),
    "a deny is not looked for": ("I22", [(policy, "denials", lambda *_: iter(()))]),
    "an error is no denial": ("I23", [(conditions.Case, "fits", lenient)]),
    "a class that no rule allows is let through": ("I24", [(policy, "missing_words", lambda *_: ())]),
    "at once, whatever the conditions": ("I25", [(judgement, "_passing", easy)]),
    "the first rule of the file wins": ("I26", [(rulebook.Rulebook, "of", staticmethod(in_file_order))]),
    "an explanation that keeps silent": ("I27", [(explain, "_accounts", unexplained)]),
}  # fmt: skip


def machine() -> Any:
    """The state machine of the tests."""
    spec = importlib.util.spec_from_file_location("lending_machine_under_test", MACHINE)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]  # the file is there
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)  # type: ignore[union-attr]  # as above
    return module.Lending


def run(examples: int) -> str | None:
    """Run so many sequences; what was violated, if anything was."""
    how = settings(max_examples=examples, stateful_step_count=STEPS, deadline=None, phases=[Phase.generate], database=None,
                   suppress_health_check=list(HealthCheck), print_blob=False)  # fmt: skip
    try:
        run_state_machine_as_test(machine(), settings=how)
    except (Exception, pytest.fail.Exception) as found:  # noqa: BLE001 - whatever it is, it was found
        frames = [one for one in traceback.extract_tb(found.__traceback__) if one.filename == str(MACHINE)]
        return f"{type(found).__name__} in {frames[-1].name}: {frames[-1].line}" if frames else type(found).__name__
    return None


def planted(name: str, examples: int) -> dict[str, Any]:
    """Whether the machine finds the fault of that name."""
    invariant, faults = FAULTS[name]
    with ExitStack() as stack:
        for where, attribute, fault in faults:
            stack.enter_context(patch.object(where, attribute, fault))
        began = time.perf_counter()
        found = run(examples)
    took = round(time.perf_counter() - began, 1)
    return {"fault": name, "invariant": invariant, "caught": found is not None, "by": found, "seconds": took}


def walked(examples: int) -> Iterator[dict[str, Any]]:
    """Run so many sequences, a slice at a time: how many steps were taken so far, and what was violated."""
    clock, processor, violated, done = time.perf_counter(), time.process_time(), None, 0
    while done < examples and violated is None:
        violated = run(min(SLICE, examples - done))
        done += min(SLICE, examples - done)
        seconds, spent = time.perf_counter() - clock, time.process_time() - processor
        yield {"steps": done * STEPS, "violated": violated, "seconds": round(seconds), "cpu_seconds": round(spent)}


def main() -> int:
    """Run the machine, then plant the faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--fault-examples", type=int, default=400)
    parser.add_argument("--only", choices=["steps", "faults"])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    result: dict[str, Any] = (
        json.loads(given.json.read_text(encoding="utf-8")) if given.json and given.json.exists() else {}
    )
    if given.only != "faults":
        for result["machine"] in walked(given.examples):
            print(json.dumps(result["machine"]), flush=True)
    if given.only != "steps":
        result["faults"] = []
        for name in FAULTS:
            result["faults"].append(planted(name, given.fault_examples))
            print(json.dumps(result["faults"][-1]), flush=True)
    result |= {
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "versions": {"python": platform.python_version(), "hypothesis": version("hypothesis"), "sqlite": sqlite3.sqlite_version},
    }  # fmt: skip
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return bool(result.get("machine", {}).get("violated")) or not all(one["caught"] for one in result.get("faults", ()))


if __name__ == "__main__":
    sys.exit(main())
