"""Lending as a state machine, at length: `./run bench lending_machine`, with `--examples N` sequences of 50 deeds each.

With `--faults` it plants faults in the code of lending instead, one at a time, and says of each whether the machine found it:
an invariant that catches nothing proves nothing. The machine is `tests/jit/test_lending_machine.py`.
"""

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from jit import DeniedError, GrantState, approval, broker, change, gateway, is_live, ledger, lending, resolve, states

MACHINE = Path(__file__).parents[1] / "tests" / "jit" / "test_lending_machine.py"
LIVE = {GrantState.SCHEDULED, GrantState.ACTIVE}
STEPS = 50
still_open, check_answer = approval.still_open, approval.check_answer
lent = lending._lent  # noqa: SLF001 - faults are planted in the innards


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


FAULTS: dict[str, list[tuple[Any, str, Any]]] = {
    "a state is ignored (I7)": everywhere(lambda grant, now: grant.starts <= now < grant.expires),
    "live after the end (I2)": everywhere(
        lambda grant, now: grant.state in LIVE and grant.starts <= now <= grant.expires + timedelta(minutes=20)
    ),
    "live before the start (I1)": everywhere(lambda grant, now: grant.state in LIVE and now < grant.expires),
    "one's own request approved (I4)": [
        (broker, "check_answer", lambda request, *rest, **how: check_answer(replace(request, requester="-"), *rest, **how))
    ],
    "one person answers twice (I4)": [
        (broker, "check_answer", lambda request, *rest, **how: check_answer(replace(request, answers=()), *rest, **how))
    ],
    "who left still counts (I4)": [
        (broker, "still_open", lambda levels, answers, eligible, who: still_open(
            levels, answers, lambda name: {answer.person for answer in answers} | eligible(name), who))
    ],
    "two of any level are enough (I4)": [
        (broker, "still_open", lambda levels, answers, *rest: () if len(answers) > 1 else still_open(levels, answers, *rest))
    ],
    "approvals bound to nothing (I6)": [(broker.Broker, "_reviewed", lambda *_: None)],
    "what is decided is decided again (I5, I14)": [
        (broker, "_pending", lambda request, _now: request), (change, "check_move", lambda *_: None)
    ],
    "an end that grows after the end (I3)": [
        (lending, "check_extendable", lambda *_: None), (broker, "check_extendable", lambda *_: None)
    ],
    "time runs from the request (I3)": [(lending, "_lent", from_request)],
    "the catalog narrows nothing (I9)": [(resolve, "narrowed", lambda *_: None)],
    "the clock is believed (I21)": [
        (ledger, "_check_clock", lambda *_: None), (ledger.Ledger, "moment", lambda _self, now: now)
    ],
    "anybody reads through a grant (I1)": [(gateway, "admitted", admit_anybody)],
    "everybody steers (I7)": [(lending.Lending, "_check_steers", lambda *_, **__: None)],
    "a change without its record (I17, I18)": [(change.Change, "move", move_alone)],
    "typed words in a record (I20)": [(change.Change, "commit_to", lambda _self, text: text or None)],
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
    except Exception as found:  # noqa: BLE001 - whatever it is, it was found
        return f"{type(found).__name__} {str(found).splitlines()[0] if str(found) else ''}".strip()
    return None


def main() -> int:
    """Run the machine, or plant the faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--faults", action="store_true")
    given = parser.parse_args()
    if not given.faults:
        began = time.perf_counter()
        violated = run(given.examples)
        took = round(time.perf_counter() - began, 1)
        print(json.dumps({"steps": given.examples * STEPS, "seconds": took, "violated": violated}))
        return violated is not None
    missed = 0
    for name, planted in FAULTS.items():
        with ExitStack() as stack:
            for where, attribute, fault in planted:
                stack.enter_context(patch.object(where, attribute, fault))
            found = run(given.examples)
        missed += found is None
        print(json.dumps({"fault": name, "caught": found is not None, "by": found}), flush=True)
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
