"""The conditions of one rule, each held against one request: whether it passed, and in words why. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from classifiers import DataClass, Sensitivity
from jit.interface import Ask, Person, Usage
from jit.policies.durations import format_duration
from jit.policies.exposure import Exposure
from jit.policies.notation import Quota, compiled
from jit.policies.rules import Defaults, Length, Purpose, Rule, When, Who
from jit.policies.windows import Window

SHORTEST, USUAL, LONGEST = 300, 3600, 8 * 3600
"""Five minutes, an hour, eight hours: what is lent where neither the rule nor the defaults say."""
Span = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a rule: which it is, whether it passed, and in words why. The words are made when asked for."""

    condition: str
    passed: bool
    say: Callable[[], str] = field(compare=False, repr=False)

    @property
    def words(self) -> str:
        """Why it passed or failed."""
        return self.say()


@dataclass(frozen=True, slots=True)
class Case:
    """A request with all that decides it.

    `start` is when access would begin; `fields` how many fields are asked for;
    `by_owner` the approvers that are the owners of what is asked.
    """

    ask: Ask
    person: Person
    usage: Usage
    now: datetime
    start: datetime
    fields: int
    defaults: Defaults
    by_owner: frozenset[str] = frozenset()
    _left: dict[int, timedelta | None] = field(default_factory=dict, compare=False)
    _fits: dict[str, bool] = field(default_factory=dict, compare=False)

    def left(self, window: Window | None) -> int | None:
        """Seconds until the window shuts; None where it never does."""
        if window is None:
            return None
        if id(window) not in self._left:  # windows are shared between rules and live as long as they do
            self._left[id(window)] = window.left(self.start)
        left = self._left[id(window)]
        return None if left is None else int(left.total_seconds())

    def fits(self, pattern: str) -> bool:
        """Whether the whole ticket matches `pattern`."""
        if pattern not in self._fits:
            ticket = self.ask.ticket
            self._fits[pattern] = ticket is not None and compiled(pattern).fullmatch(ticket) is not None
        return self._fits[pattern]

    def span(self, rule: Rule) -> Span:
        """The least, the usual and the most seconds that `rule` lends, the file's defaults filled in."""
        return lengths(rule.duration, self.defaults.duration)


def lengths(own: Length, defaults: Length) -> Span:
    """Min, default and max of a rule, where it says nothing from the defaults."""
    most = own.max or defaults.max or LONGEST
    least = own.min or min(defaults.min or SHORTEST, most)
    usual = own.default or defaults.default or USUAL
    return least, min(max(usual, least), most), most


def of_request(rule: Rule, case: Case) -> Iterator[Check]:
    """The conditions of an allow that are the same for every field asked for."""
    yield from of_person(rule.who, case.person)
    if rule.id in case.usage.barred:
        yield Check("barred", passed=False, say=lambda: f"an access review took {rule.id} from {case.person.name}")
    if rule.purpose is not None:
        yield from _purpose(rule.purpose, case)
    if rule.when is not None:
        yield _hours(rule.when, case)
    yield _duration(rule, case)


def of_person(who: Who, person: Person) -> Iterator[Check]:
    """Who it is, part by part."""
    name, groups = person.name, person.groups
    if who.groups:
        passed = not who.groups.isdisjoint(groups)
        yield Check("who", passed, lambda: f"{name} is {_in(who.groups & groups) or 'not in ' + _any(who.groups)}")
    if who.not_groups:
        passed = who.not_groups.isdisjoint(groups)
        yield Check(
            "who", passed, lambda: f"{name} is {_in(who.not_groups & groups) or 'not in ' + _any(who.not_groups)}"
        )
    if who.people:
        yield Check("who", name in who.people, lambda: f"{name} is {_not(name in who.people)}one of {_any(who.people)}")
    if who.roles:
        has = not who.roles.isdisjoint(person.roles)
        yield Check("who", has, lambda: f"{name} has {_not(has)}the role {_any(who.roles)}")
    for attribute, wanted in who.attributes.items():
        yield _attribute(person, attribute, wanted)


def is_denied_person(who: Who, person: Person) -> bool:
    """Whether a deny speaks of the person. An attribute that nobody stated may be any: it counts as the denied one."""
    known = dict(person.attributes)
    return (
        (not who.groups or not who.groups.isdisjoint(person.groups))
        and who.not_groups.isdisjoint(person.groups)
        and (not who.people or person.name in who.people)
        and (not who.roles or not who.roles.isdisjoint(person.roles))
        and all(known.get(name, wanted[0]) in wanted for name, wanted in who.attributes.items())
    )


def of_field(rule: Rule, data_class: DataClass, exposure: Exposure, case: Case) -> Iterator[Check]:
    """The conditions of an allow on one class of one field."""
    entry, what = exposure.entry, rule.what
    if what.scope:
        inside = entry.id in what.within
        yield Check("scope", inside, lambda: f"{entry.id} is {_not(inside)}within {_any(what.scope)}")
    if what.sensitivity:
        level = exposure.sensitivity
        yield Check(
            "sensitivity", level in what.sensitivity, lambda: f"{entry.id} counts as {level.word}{_doubt(exposure)}"
        )
    if rule.purpose is not None and rule.purpose.declared:
        passed = case.ask.purpose is not None and case.ask.purpose in entry.purpose
        known = entry.purpose
        yield Check(
            "purpose",
            passed,
            lambda: f"{data_class} of {entry.id} is processed for {_any(known) or 'no purpose on record'}",
        )


def of_auto(rule: Rule, exposure: Exposure, case: Case) -> Iterator[Check]:
    """The conditions under which `rule` approves at once, for one field. A rule without auto has one that fails."""
    auto = rule.auto
    if auto is None:
        yield Check("auto", passed=False, say=lambda: "never approves at once")
        return
    if not auto.unreviewed:
        yield Check("reviewed", exposure.reviewed, lambda: f"{exposure.entry.id} is {_reviewed(exposure)}")
    if (most := auto.sensitivity_at_most) is not None:
        level = exposure.stated if auto.unreviewed else exposure.sensitivity
        yield Check("sensitivity", level <= most, lambda: _levels(exposure, level, most))
    if (count := auto.fields_at_most) is not None:
        yield Check(
            "fields", case.fields <= count, lambda: f"{_count(case.fields, 'field')} asked for, at once up to {count}"
        )
    if auto.per_person is not None:
        yield _quota(auto.per_person, case)


def _attribute(person: Person, name: str, wanted: tuple[str, ...]) -> Check:
    passed = dict(person.attributes).get(name) in wanted
    return Check("who", passed, lambda: f"{person.name}'s {name} is {_not(passed)}{_any(wanted)}")


def _quota(quota: Quota, case: Case) -> Check:
    since = case.now - timedelta(seconds=quota.seconds)
    used = sum(1 for moment in case.usage.automatic if moment > since)
    return Check("quota", used < quota.count, lambda: _used(used, quota))


def _used(used: int, quota: Quota) -> str:
    return f"{used} of {quota.count} automatic approvals used in {format_duration(quota.seconds)}"


def _levels(exposure: Exposure, level: Sensitivity, most: Sensitivity) -> str:
    return f"{exposure.entry.id} counts as {level.word}, at once up to {most.word}"


def _purpose(purpose: Purpose, case: Case) -> Iterator[Check]:
    ask = case.ask
    if purpose.one_of:
        good = ask.purpose in purpose.one_of
        given = f"the purpose is {_not(good)}" if ask.purpose else "no purpose is given: it is to be "
        yield Check("purpose", good, lambda: f"{given}{_any(purpose.one_of)}")
    if purpose.ticket is not None:
        fits = case.fits(purpose.ticket)
        said = (
            "the ticket matches"
            if fits
            else "the ticket does not match"
            if ask.ticket
            else "a ticket is needed that matches"
        )
        yield Check("ticket", fits, lambda: f"{said} {purpose.ticket}")


def _hours(when: When, case: Case) -> Check:
    shut = case.left(when.window) == 0
    return Check("when", not shut, lambda: _hours_words(when, case, shut=shut))


def _hours_words(when: When, case: Case, *, shut: bool) -> str:
    days = ",".join(when.days) if isinstance(when.days, tuple) else when.days
    said = " ".join(filter(None, (days, when.hours, when.zone)))
    opens = when.window.opens(case.start).isoformat(timespec="minutes")
    return f"it is not within {said}, which begins at {opens}" if shut else f"it is within {said}"


def _duration(rule: Rule, case: Case) -> Check:
    least, usual, most = case.span(rule)
    left = case.left(rule.window)
    reach = most if not left else min(most, left)
    asked = case.ask.seconds
    length = min(usual, reach) if asked is None else asked
    return Check("duration", least <= length <= reach, lambda: _duration_words(length, least, most, reach))


def _duration_words(length: int, least: int, most: int, reach: int) -> str:
    said = format_duration(length)
    if length < least:
        return f"{said} is under the {format_duration(least)} it lends at least"
    if length > most:
        return f"{said} is over the {format_duration(most)} it lends at most"
    if length > reach:
        return f"{said} is over the {format_duration(reach)} that are left until its hours end"
    return f"{said} is within {format_duration(least)} to {format_duration(reach)}"


def _reviewed(exposure: Exposure) -> str:
    return "confirmed by a steward" if exposure.reviewed else f"not confirmed by a steward{_contradicted(exposure)}"


def _doubt(exposure: Exposure) -> str:
    return "" if exposure.reviewed else f", as no steward has confirmed it{_contradicted(exposure)}"


def _contradicted(exposure: Exposure) -> str:
    return " since the machine contradicted the decision" if exposure.entry.disagrees else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _not(passed: bool) -> str:
    return "" if passed else "not "


def _in(names: frozenset[str]) -> str:
    return f"in {', '.join(sorted(names))}" if names else ""


def _any(names: frozenset[str] | tuple[str, ...]) -> str:
    return " or ".join(sorted(names))
