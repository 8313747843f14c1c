"""What a person could ask for by the policy, whoever they have to ask and however long they wait. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog import Entry
from classifiers import DataClass
from jit.interface import Person
from jit.policies.conditions import is_denied_person, of_person
from jit.policies.exposure import Exposure, exposure
from jit.policies.policy import Policy
from jit.policies.rules import Rule


@dataclass(frozen=True, slots=True)
class Reach:
    """One class of one field that `rule` lets `person` ask for."""

    person: str
    data_class: DataClass
    entry: str
    rule: str


def reach(policy: Policy, person: Person, entries: Iterable[Entry]) -> Iterator[Reach]:
    """Everything that `person` could ask for among `entries`.

    Hours, purposes, tickets and lengths are left out: a person can wait and can say what is wanted. A deny counts
    where nothing but the person and the field decides it.
    """
    for entry in entries:
        seen = exposure(entry)
        if _denied(policy, person, seen):
            continue
        for data_class in seen.classes:
            for rule in policy.rulebook.allowing(data_class, person.groups, seen.source).values():
                if _speaks_of(rule, seen) and all(check.passed for check in of_person(rule.who, person)):
                    yield Reach(person.name, data_class, entry.id, rule.id)


def _denied(policy: Policy, person: Person, seen: Exposure) -> bool:
    """Whether a deny speaks of any class of the field: then nothing of it is lent."""
    return any(
        _always_denies(rule, person, seen)
        for data_class in seen.classes
        for rule in policy.rulebook.denying(data_class, person.groups, seen.source).values()
    )


def _always_denies(rule: Rule, person: Person, seen: Exposure) -> bool:
    purposes = rule.purpose.one_of if rule.purpose else frozenset()
    return rule.when is None and not purposes and _speaks_of(rule, seen) and is_denied_person(rule.who, person)


def _speaks_of(rule: Rule, seen: Exposure) -> bool:
    what = rule.what
    return seen.entry.id in what.within and (not what.sensitivity or seen.sensitivity in what.sensitivity)
