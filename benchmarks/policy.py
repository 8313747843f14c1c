"""How fast a policy decides with very many rules: `./run bench policy`, or this script with `--rules` and `--fields`.

Makes RULES rules over 200 groups, every class of the taxonomy and 400 scopes (one in ten is a deny), then asks for
classes within datasets of a catalog of FIELDS fields, each request for 1 to 50 of them by a person in four groups. The
fields of a request are made when it is asked: what `decide` is given is what was resolved, never the whole catalog.
Prints one JSON object per measure: median and 99th percentile in milliseconds of
processor time, so that what else runs on the machine does not count.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from classifiers import DataClass, Taxonomy
from jit import Ask, Person, Policy, Usage, decide, explain
from jit.rules import PolicyFile
from jit.testing import field

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GROUPS, SCOPES, PER_DATASET = 200, 400, 50
WEEKDAYS = {"days": "mon-fri", "hours": "06:00-22:00", "zone": "Europe/Berlin"}


def rule(number: int, classes: list[str], chance: random.Random) -> dict[str, Any]:
    """One rule as a file has it: most are allows with hours, a ticket and two levels of approval."""
    what = {
        "classes": chance.sample(classes, 2),
        "scope": [f"source-{number % SCOPES % 20}/*", f"source-{number % SCOPES % 17}/*"],
    }
    who = {"groups": chance.sample([f"group-{one}" for one in range(GROUPS)], 2), "not_groups": ["contractors"]}
    if number % 10 == 9:
        return {"id": f"r{number}", "effect": "deny", "who": {"groups": ["external"]}, "what": what, "because": "no"}
    return {
        "id": f"r{number}", "effect": "allow", "who": who, "what": {**what, "rows": 500}, "when": WEEKDAYS,
        "purpose": {"one_of": ["care", "billing"], "ticket": "^(SUP|INC)-[0-9]+$"}, "duration": {"max": "2h"},
        "auto": {"sensitivity_at_most": "medium", "fields_at_most": 20, "per_person": "5/7d"},
        "approvals": [{"of": "owners", "n": 1}, {"of": "privacy", "n": 1 + number % 3}],
    }  # fmt: skip


def policy(count: int, classes: list[str], chance: random.Random) -> Policy:
    """A policy of `count` rules."""
    named = {"owners": {"owner_of": "entry"}, "privacy": {"groups": ["privacy"]}}
    rules = [rule(number, classes, chance) for number in range(count)]
    return Policy.of(PolicyFile.model_validate({"version": 1, "approvers": named, "rules": rules}))


def requests(count: int, fields: int, size: int, classes: list[str], chance: random.Random) -> list[tuple[Any, ...]]:
    """Requests for up to `size` fields of one to three classes, from all over the catalog."""
    models = {name: field("source/t#x", name) for name in classes}
    found = []
    for _ in range(count):
        wanted = chance.sample(classes, chance.randint(1, 3))
        numbers = chance.sample(range(fields), chance.randint(1, size) if size <= 50 else size)
        entries = [named(models[wanted[index % len(wanted)]], number) for index, number in enumerate(numbers)]
        person = Person("ana", frozenset(f"group-{one}" for one in chance.sample(range(GROUPS), 4)))
        held = tuple(DataClass(one) for one in wanted[: len(entries)])
        found.append((Ask("ana", held, purpose="care", ticket="SUP-1", reason="a case", seconds=3600), entries, person))
    return found


def named(model: Any, number: int) -> Any:
    """The field of that number: twenty sources, fifty fields a dataset."""
    return replace(model, id=f"source-{number % 20}/schema.table_{number // PER_DATASET}#column_{number}")


def measured(name: str, asked: list[tuple[Any, ...]], call: Callable[..., Any], **facts: Any) -> None:
    """Call it once for each request, after a few to warm up, and print what it took."""
    took, outcomes = [], dict.fromkeys(("approved", "pending", "denied"), 0)
    for index, (ask, entries, person) in enumerate([*asked[:5], *asked]):
        start = time.thread_time()
        said = call(ask, entries, person)
        if index >= 5:
            took.append((time.thread_time() - start) * 1000)
            outcomes[getattr(said, "decision", said).outcome.value] += 1
    cuts = statistics.quantiles(took, n=100)
    print(json.dumps({"measure": name, **facts, "calls": len(took), "p50_ms": round(statistics.median(took), 3),
                      "p99_ms": round(cuts[98], 3), **outcomes}))  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--fields", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=2000)
    options = parser.parse_args()
    chance = random.Random(7)
    classes = [str(info.key) for info in Taxonomy.load()]
    start = time.thread_time()
    made = policy(options.rules, classes, chance)
    print(json.dumps({"measure": "load", "rules": options.rules, "seconds": round(time.thread_time() - start, 2)}))

    def deciding(ask: Ask, entries: Any, person: Person) -> Any:
        return decide(ask, entries, made, person=person, now=NOW, usage=Usage())

    def explaining(ask: Ask, entries: Any, person: Person) -> Any:
        return explain(ask, entries, made, person=person, now=NOW, usage=Usage())

    facts = {"rules": options.rules, "fields": options.fields}
    measured(
        "decide", requests(options.requests, options.fields, 50, classes, chance), deciding, **facts, per_request="1-50"
    )
    measured("decide", requests(200, options.fields, 1000, classes, chance), deciding, **facts, per_request="1000")
    measured("explain", requests(200, options.fields, 50, classes, chance), explaining, **facts, per_request="1-50")
    return 0


if __name__ == "__main__":
    sys.exit(main())
