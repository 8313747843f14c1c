"""The tests that a policy file brings along: each a request made up for it, and the outcome it should have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalog import Entry, Status
from classifiers import DataClass, Label, Taxonomy
from jit.interface import Ask, Decision, Outcome, Person, Usage
from jit.policies.policy import Policy, decide
from jit.policies.rules import UNCLASSIFIED, UNEXAMINED, Given, PolicyTest
from scanners import Extent

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
"""The Wednesday noon of tests that say no time."""
ANY_REASON = "a reason that is long enough for any policy: " * 12


@dataclass(frozen=True, slots=True)
class Tested:
    """One test of the file, its number counted from 1, and the decision it met."""

    number: int
    test: PolicyTest
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether the outcome, and the rule where one is named, are the expected ones."""
        return self.decision.outcome == Outcome(self.test.expect) and (
            self.test.rule is None or self.test.rule in self.decision.rules
        )


def run_tests(policy: Policy, taxonomy: Taxonomy) -> list[Tested]:
    """Every test of the file, in its order. Reads no catalog, no settings and no clock."""
    return [
        Tested(number, test, _decided(test.given, policy, taxonomy)) for number, test in enumerate(policy.file.tests, 1)
    ]


def _decided(given: Given, policy: Policy, taxonomy: Taxonomy) -> Decision:
    now = given.at or NOON
    person = Person(given.who, given.groups, given.roles, tuple(sorted(given.attributes.items())))
    ask = Ask(
        requester=given.who,
        classes=tuple(one for one in given.classes if one not in {UNCLASSIFIED, UNEXAMINED}),
        scope=given.scope,
        purpose=given.purpose,
        reason=ANY_REASON if given.reason is None else given.reason,
        ticket=given.ticket,
        seconds=given.length,
        start=given.start,
        break_glass=given.break_glass,
    )
    usage = Usage(tuple(now - timedelta(minutes=1) for _ in range(given.used)))
    return decide(ask, list(made_up(given, taxonomy)), policy, person=person, now=now, usage=usage)


def made_up(given: Given, taxonomy: Taxonomy) -> Iterator[Entry]:
    """Fields as the test has them: of each class so many, in the scope, where any text stands for `*` and `?`.

    A scope without either is one field, which holds all the classes.
    """
    places: dict[str, list[DataClass]] = {}
    for number, data_class in enumerate(one for one in given.classes for _ in range(given.fields)):
        places.setdefault(_place(given.scope, number), []).append(data_class)
    for entry_id, classes in places.items():
        yield _entry(entry_id, tuple(dict.fromkeys(classes)), given, taxonomy)


def _place(scope: str, number: int) -> str:
    filled = scope.replace("*", f"x{number}").replace("?", "x")
    whole = filled if "/" in filled else f"{filled}/x"
    return whole if "#" in whole else f"{whole}#x{number}" if whole != scope else f"{whole}#x"


def _entry(entry_id: str, classes: tuple[DataClass, ...], given: Given, taxonomy: Taxonomy) -> Entry:
    source, _, rest = entry_id.partition("/")
    dataset, _, field = rest.partition("#")
    known = [taxonomy.get(one) for one in classes if one not in {UNCLASSIFIED, UNEXAMINED}]
    decided = Status.CONFIRMED if known else Status.REJECTED
    return Entry(
        id=entry_id,
        source=source,
        dataset=dataset,
        field=field,
        data_type="text",
        data_class=known[0].key if known else None,
        labels=tuple(Label(one.key, "TEST", 1.0) for one in known),
        entity=None,
        confidence=1.0 if known else None,
        status=decided if given.reviewed else Status.PROPOSED if known else Status.NONE,
        coverage=Extent.NOT_EXAMINED if UNEXAMINED in classes else Extent.EXAMINED,
        coverage_reason=None,
        sensitivity=max((one.sensitivity for one in known), default=None),
        regulations=(),
        requirements=(),
        owner=given.owner,
        purpose=given.declared,
        examined=1,
        distinct=1,
        matched=1,
        mode=None,
        first_seen=NOON,
        last_scanned=NOON,
        decided_by="test" if given.reviewed else None,
        decided_at=None,
        run_id="test",
    )
