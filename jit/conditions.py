"""The conditions of one rule, each held against one request: whether it passed, and in words why. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from catalog import matches
from classifiers import DataClass
from jit.durations import format_duration
from jit.exposure import Exposure
from jit.interface import Ask, Person, Usage
from jit.notation import compiled
from jit.rules import Defaults, Length, Rule, Who
from jit.windows import Window

SHORTEST, USUAL, LONGEST = 300, 3600, 8 * 3600
"""Five minutes, an hour, eight hours: what is lent where neither the rule nor the defaults say."""
Span = tuple[int, int, int]

glob_matches = lru_cache(maxsize=65_536)(matches)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a rule: which it is, whether it passed, and in words why."""

    condition: str
    passed: bool
    words: str


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
    _left: dict[Window, timedelta | None] = field(default_factory=dict, compare=False)

    def left(self, window: Window | None) -> int | None:
        """Seconds until the window shuts; None where it never does."""
        if window is None:
            return None
        if window not in self._left:
            self._left[window] = window.left(self.start)
        left = self._left[window]
        return None if left is None else int(left.total_seconds())

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
    if rule.purpose is not None:
        yield from _purpose(rule, case)
    if rule.window is not None:
        yield _hours(rule, rule.window, case)
    yield _duration(rule, case)


def of_person(who: Who, person: Person) -> Iterator[Check]:
    """Who it is, part by part."""
    if who.groups:
        words = f"{person.name} is {_in(who.groups & person.groups) or 'not in ' + _any(who.groups)}"
        yield Check("who", not who.groups.isdisjoint(person.groups), words)
    if who.not_groups:
        words = f"{person.name} is {_in(who.not_groups & person.groups) or 'not in ' + _any(who.not_groups)}"
        yield Check("who", who.not_groups.isdisjoint(person.groups), words)
    if who.people:
        passed = person.name in who.people
        yield Check("who", passed, f"{person.name} is {'' if passed else 'not '}one of {_any(who.people)}")
    if who.roles:
        passed = not who.roles.isdisjoint(person.roles)
        yield Check("who", passed, f"{person.name} has {'' if passed else 'not '}the role {_any(who.roles)}")
    for name, wanted in who.attributes.items():
        passed = dict(person.attributes).get(name) in wanted
        yield Check("who", passed, f"{person.name}'s {name} is {'' if passed else 'not '}{_any(wanted)}")


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
    entry = exposure.entry
    if rule.what.sensitivity:
        passed = exposure.sensitivity in rule.what.sensitivity
        yield Check("sensitivity", passed, f"{entry.id} counts as {exposure.sensitivity.word}{_doubt(exposure)}")
    if rule.what.scope:
        passed = in_scope(rule, entry.id)
        words = f"{entry.id} is {'' if passed else 'not '}within {_any(rule.what.scope)}"
        yield Check("scope", passed, words)
    if rule.purpose is not None and rule.purpose.declared:
        passed = case.ask.purpose is not None and case.ask.purpose in entry.purpose
        words = f"{data_class} of {entry.id} is processed for {_any(entry.purpose) or 'no purpose that is recorded'}"
        yield Check("purpose", passed, words)


def of_auto(rule: Rule, exposure: Exposure, case: Case) -> Iterator[Check]:
    """The conditions under which `rule` approves at once, for one field. A rule without auto has one that fails."""
    auto = rule.auto
    if auto is None:
        yield Check("auto", passed=False, words="never approves at once")
        return
    if not auto.unreviewed:
        words = (
            "confirmed by a steward" if exposure.reviewed else f"not confirmed by a steward{_contradicted(exposure)}"
        )
        yield Check("reviewed", exposure.reviewed, f"{exposure.entry.id} is {words}")
    if auto.sensitivity_at_most is not None:
        level = exposure.stated if auto.unreviewed else exposure.sensitivity
        words = f"{exposure.entry.id} counts as {level.word}, at once up to {auto.sensitivity_at_most.word}"
        yield Check("sensitivity", level <= auto.sensitivity_at_most, words)
    if auto.fields_at_most is not None:
        words = f"{_count(case.fields, 'field')} asked for, at once up to {auto.fields_at_most}"
        yield Check("fields", case.fields <= auto.fields_at_most, words)
    if auto.per_person is not None:
        since = case.now - timedelta(seconds=auto.per_person.seconds)
        used = sum(1 for moment in case.usage.automatic if moment > since)
        span = format_duration(auto.per_person.seconds)
        words = f"{used} of {auto.per_person.count} automatic approvals used in {span}"
        yield Check("quota", used < auto.per_person.count, words)


def in_scope(rule: Rule, entry_id: str) -> bool:
    """Whether the entry lies in the rule's scope: globs over entry ids, sources and datasets by their names."""
    return not rule.what.scope or any(
        glob_matches(pattern, entry_id) or entry_id.startswith((f"{pattern}/", f"{pattern}#"))
        for pattern in rule.what.scope
    )


def _purpose(rule: Rule, case: Case) -> Iterator[Check]:
    purpose = rule.purpose
    if purpose is not None and purpose.one_of:
        given = "the purpose is" if case.ask.purpose else "no purpose is given: it is to be"
        passed = case.ask.purpose in purpose.one_of
        yield Check(
            "purpose", passed, f"{given} {'' if passed or not case.ask.purpose else 'not '}{_any(purpose.one_of)}"
        )
    if purpose is not None and purpose.ticket is not None:
        passed = case.ask.ticket is not None and compiled(purpose.ticket).fullmatch(case.ask.ticket) is not None
        said = (
            "the ticket matches"
            if passed
            else "the ticket does not match"
            if case.ask.ticket
            else "a ticket is needed that matches"
        )
        yield Check("ticket", passed, f"{said} {purpose.ticket}")


def _hours(rule: Rule, window: Window, case: Case) -> Check:
    left = case.left(window)
    said = " ".join(filter(None, (_days(rule), rule.when.hours if rule.when else None, window.zone)))
    if left == 0:
        opens = window.opens(case.start).isoformat(timespec="minutes")
        return Check("when", passed=False, words=f"it is not within {said}, which begins at {opens}")
    return Check("when", passed=True, words=f"it is within {said}")


def _days(rule: Rule) -> str | None:
    days = rule.when.days if rule.when else None
    return ",".join(days) if isinstance(days, tuple) else days


def _duration(rule: Rule, case: Case) -> Check:
    least, usual, most = case.span(rule)
    left = case.left(rule.window)
    asked = case.ask.seconds
    reach = most if left is None or left == 0 else min(most, left)
    length = format_duration(min(usual, reach) if asked is None else asked)
    if (reach if asked is None else asked) < least:
        return Check(
            "duration", passed=False, words=f"{length} is under the {format_duration(least)} it lends at least"
        )
    if asked is not None and asked > most:
        return Check("duration", passed=False, words=f"{length} is over the {format_duration(most)} it lends at most")
    if asked is not None and asked > reach:
        words = f"{length} is over the {format_duration(reach)} that are left until its hours end"
        return Check("duration", passed=False, words=words)
    return Check(
        "duration", passed=True, words=f"{length} is within {format_duration(least)} to {format_duration(reach)}"
    )


def _doubt(exposure: Exposure) -> str:
    return "" if exposure.reviewed else f", as no steward has confirmed it{_contradicted(exposure)}"


def _contradicted(exposure: Exposure) -> str:
    return " since the machine contradicted the decision" if exposure.entry.disagrees else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _in(names: frozenset[str]) -> str:
    return f"in {', '.join(sorted(names))}" if names else ""


def _any(names: frozenset[str] | tuple[str, ...]) -> str:
    return " or ".join(sorted(names))
