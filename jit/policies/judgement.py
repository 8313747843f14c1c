"""How rules become one answer: each class of each field finds the rule that lets it, and the strictest of all holds.

For one class of one field any rule that allows is enough, and of several the easiest is taken, so that a newer or
narrower rule never hides a wider one. Across classes and fields everything must be allowed, the shortest time holds,
and approvals add up. Nothing here depends on the order of rules, fields or classes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from classifiers import DataClass
from jit.interface import Need
from jit.policies.conditions import Case, Check, is_denied_person, of_auto, of_field, of_request
from jit.policies.durations import format_duration
from jit.policies.exposure import Exposure
from jit.policies.rulebook import Rulebook
from jit.policies.rules import Rule


@dataclass(frozen=True, slots=True)
class Choice:
    """The rule that lets one class of one field, and whether it does so at once."""

    data_class: DataClass
    exposure: Exposure
    rule: Rule
    auto: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of every class of every field: who lets it, what nobody lets, and what is denied."""

    choices: tuple[Choice, ...]
    missing: tuple[tuple[DataClass, Exposure], ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules it rests on, by id."""
        found = {choice.rule.id: choice.rule for choice in self.choices}
        return tuple(found[name] for name in sorted(found))

    @property
    def manual(self) -> tuple[Choice, ...]:
        """The choices that people have to approve."""
        return tuple(choice for choice in self.choices if not choice.auto)


def judge(case: Case, exposures: Iterable[Exposure], rulebook: Rulebook) -> Judgement:
    """Find the rule that lets each class of each field."""
    choices: list[Choice] = []
    missing: list[tuple[DataClass, Exposure]] = []
    passed: dict[int, bool] = {}
    live: dict[tuple[DataClass, str], list[Rule]] = {}
    for exposure in exposures:
        for data_class in exposure.classes:
            place = (data_class, exposure.source)
            if place not in live:
                found = rulebook.allowing(data_class, case.person.groups, place[1])
                live[place] = rulebook.easiest(_passing(case, found.values(), rulebook.terms, passed))
            choice = _choose(case, data_class, exposure, live[place])
            if choice is None:
                missing.append((data_class, exposure))
            else:
                choices.append(choice)
    return Judgement(tuple(choices), tuple(missing))


def denials(
    case: Case, exposures: Iterable[Exposure], rulebook: Rulebook, seconds: int
) -> Iterator[tuple[Rule, Exposure]]:
    """Every deny that speaks of the person, of a field asked for, and of any moment that would be lent."""
    live: dict[tuple[DataClass, str], list[Rule]] = {}
    for exposure in exposures:
        for data_class in exposure.classes:
            place = (data_class, exposure.source)
            if place not in live:
                found = rulebook.denying(data_class, case.person.groups, place[1]).values()
                live[place] = [rule for rule in found if _speaks(rule, case, seconds)]
            for rule in live[place]:
                if _sensitive(rule, exposure) and exposure.entry.id in rule.what.within:
                    yield rule, exposure


def seconds_lent(case: Case, rules: Sequence[Rule]) -> int:
    """What is lent: what was asked for, else the least of what the rules usually lend and their hours leave."""
    if case.ask.seconds is not None:
        return case.ask.seconds
    return min((min(case.span(rule)[1], _most(case, rule)) for rule in rules), default=0)


def contradiction(case: Case, rules: Sequence[Rule], seconds: int) -> str | None:
    """Why no length suits all `rules` at once, where none does."""
    for rule in rules:
        least = case.span(rule)[0]
        if seconds < least:
            shortest = min(rules, key=lambda one: (_most(case, one), one.id))
            return (
                f"{rule.id} lends at least {format_duration(least)}, {shortest.id} at most "
                f"{format_duration(_most(case, shortest))}: ask for them apart"
            )
    return None


def needs_of(case: Case, manual: Sequence[Choice]) -> tuple[Need, ...]:
    """The levels of all rules together: each of the approvers once, with the largest number any rule asks of them.

    A level stands as late as any rule has it. Where fields of several owners are asked for, each owner is a level.
    """
    place: dict[str, tuple[int, int]] = {}
    owners: dict[str, set[str]] = {}
    for rule, exposure in {
        (choice.rule.id, choice.exposure.entry.owner): (choice.rule, choice.exposure) for choice in manual
    }.values():
        for index, level in enumerate(rule.approvals):
            before = place.get(level.of, (0, 0))
            place[level.of] = (max(index, before[0]), max(level.n, before[1]))
            if level.of in case.by_owner:
                owners.setdefault(level.of, set()).add(exposure.entry.owner or "")
    ordered = sorted(place, key=lambda name: (place[name][0], name))
    return tuple(Need(of, place[name][1]) for name in ordered for of in _split(name, sorted(owners.get(name, ()))))


def _split(name: str, owners: Sequence[str]) -> list[str]:
    return [f"{name}:{owner}" for owner in owners] if len(owners) > 1 else [name]


def _passing(case: Case, rules: Iterable[Rule], terms: Mapping[str, int], passed: dict[int, bool]) -> Iterator[Rule]:
    """Those of `rules` whose conditions on the request hold; `passed` remembers what equal terms gave."""
    for rule in rules:
        term = terms[rule.id]
        if term not in passed:
            passed[term] = _hold(of_request(rule, case))
        if passed[term]:
            yield rule


def _hold(checks: Iterable[Check]) -> bool:
    """Whether all of them passed; asked so often that a generator over them would be half the cost."""
    for check in checks:  # noqa: SIM110 - see above
        if not check.passed:
            return False
    return True


def _choose(case: Case, data_class: DataClass, exposure: Exposure, rules: Iterable[Rule]) -> Choice | None:
    manual: Choice | None = None
    for rule in rules:
        if not _hold(of_field(rule, data_class, exposure, case)):
            continue
        if rule.auto is not None and _hold(of_auto(rule, exposure, case)):
            return Choice(data_class, exposure, rule, auto=True)
        if manual is None and rule.approvals and not orphaned(rule, exposure, case):
            manual = Choice(data_class, exposure, rule, auto=False)
    return manual


def orphaned(rule: Rule, exposure: Exposure, case: Case) -> bool:
    """Whether the rule needs the owner of a field that has none."""
    return exposure.entry.owner is None and any(level.of in case.by_owner for level in rule.approvals)


def _most(case: Case, rule: Rule) -> int:
    left = case.left(rule.window)
    most = case.span(rule)[2]
    return most if left is None else min(most, left)


def _speaks(rule: Rule, case: Case, seconds: int) -> bool:
    if not is_denied_person(rule.who, case.person):
        return False
    purposes = rule.purpose.one_of if rule.purpose else frozenset()
    if purposes and case.ask.purpose is not None and case.ask.purpose not in purposes:
        return False
    end = case.start + timedelta(seconds=max(seconds, 1))
    return rule.window is None or rule.window.touches(case.start, end)


def _sensitive(rule: Rule, exposure: Exposure) -> bool:
    return not rule.what.sensitivity or exposure.sensitivity in rule.what.sensitivity
