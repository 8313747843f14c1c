"""What is wrong with a policy that reads well: rules that never hold, approvals nobody can give, doors too wide. Pure."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifiers import Sensitivity, Taxonomy
from jit.interface import Need, Person
from jit.policies.conditions import lengths, of_person
from jit.policies.durations import format_duration
from jit.policies.masks import SECRET, Mask
from jit.policies.policy import Policy
from jit.policies.rules import Approvers, Rule
from jit.policies.subsume import highest, lowest, nobody, speaks_of_all
from jit.policies.windows import MIDNIGHT
from jit.quorum import short_of

ERROR, WARNING = "error", "warning"
TOO_MANY = 2000
"""Beyond so many rules they are no longer held against each other, pair by pair."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of a policy: an `error` where a rule cannot do what it says, a `warning` where it may do more or less."""

    level: str
    rule: str | None
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rules are held against. `people` is empty where the settings name none: then groups are not judged."""

    policy: Policy
    people: Mapping[str, Person]
    taxonomy: Taxonomy

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(group for person in self.people.values() for group in person.groups)


def lint(policy: Policy, people: Mapping[str, Person], taxonomy: Taxonomy) -> list[Issue]:
    """Every fault found, errors first. `people` are those the settings know; with none, sizes of groups are not judged."""
    known = _Known(policy, people, taxonomy)
    found = [issue for look in RULE_CHECKS for rule in policy.rules for issue in look(rule, known)]
    found += [issue for look in FILE_CHECKS for issue in look(known)]
    return sorted(found, key=lambda issue: (issue.level != ERROR, issue.rule or "", issue.message))


def _lengths_clash(rule: Rule, known: _Known) -> Iterator[Issue]:
    if rule.effect == "deny":
        return
    least, _, most = lengths(rule.duration, known.policy.file.defaults.duration)
    if least > most:
        yield Issue(ERROR, rule.id, f"lends at least {format_duration(least)} and at most {format_duration(most)}: never",
                    "give the rule its own duration: {max: …}")  # fmt: skip
    window = rule.window
    if window is not None and not window.always:
        open_for = 60 * ((window.end - window.start) % MIDNIGHT or MIDNIGHT)
        if open_for < least:
            yield Issue(ERROR, rule.id, f"its hours last {format_duration(open_for)}, and it lends at least "
                        f"{format_duration(least)}: never")  # fmt: skip


def _nobody(rule: Rule, _: _Known) -> Iterator[Issue]:
    if nobody(rule.who):
        yield Issue(
            ERROR,
            rule.id,
            f"{'allows' if rule.effect == 'allow' else 'denies'} nobody: every group it names is excluded by not_groups",
        )


def _impossible_sensitivity(rule: Rule, known: _Known) -> Iterator[Issue]:
    wanted = rule.what.sensitivity
    if wanted and rule.what.classes and max(wanted) < (least := lowest(rule.what.classes, known.taxonomy)):
        words = ", ".join(level.word for level in sorted(wanted))
        yield Issue(ERROR, rule.id, f"never matches: its classes are at least {least.word}, and it asks for {words}")


def _unknown_groups(rule: Rule, known: _Known) -> Iterator[Issue]:
    for group in sorted(rule.who.groups - known.groups) if known.people else ():
        near = difflib.get_close_matches(group, sorted(known.groups), n=1)
        said = "so it denies nobody by it" if rule.effect == "deny" else "so it lets nobody by it"
        yield Issue(WARNING, rule.id, f"nobody is in the group {group}, {said}",
                    f"did you mean {near[0]}?" if near else "people in datakeep.yaml says who is in which")  # fmt: skip
    for name in sorted(rule.who.people - set(known.people)) if known.people else ():
        yield Issue(WARNING, rule.id, f"nobody is called {name}")


def _anybody(rule: Rule, _: _Known) -> Iterator[Issue]:
    who = rule.who
    if rule.effect == "allow" and not (who.groups or who.people or who.roles or who.attributes):
        yield Issue(WARNING, rule.id, "speaks of everybody", "name groups under who, unless that is meant")


def _auto_on_critical(rule: Rule, known: _Known) -> Iterator[Issue]:
    if rule.auto is None:
        return
    cap = rule.auto.sensitivity_at_most or Sensitivity.CRITICAL
    reach = max(rule.what.sensitivity) if rule.what.sensitivity else highest(rule.what.classes, known.taxonomy)
    if min(cap, reach) is Sensitivity.CRITICAL:
        yield Issue(ERROR, rule.id, "approves critical data at once, and nobody looks",
                    "auto: {sensitivity_at_most: high}, or approvals alone")  # fmt: skip
    if rule.auto.per_person is not None and rule.auto.per_person.count == 0:
        yield Issue(WARNING, rule.id, "its quota is none, so it never approves at once", "leave auto out")


def _too_few(rule: Rule, known: _Known) -> Iterator[Issue]:
    """Approvals that cannot be given: each person fills one place, and the requester none. Owners are not known here."""
    named = known.policy.file.approvers
    needs = [Need(level.of, level.n) for level in rule.approvals if named[level.of].owner_of is None]
    if not known.people or not needs:
        return

    def eligible(name: str) -> set[str]:
        return members(named[name], known.people)

    if short := short_of(needs, eligible):
        yield Issue(ERROR, rule.id, f"needs {_counted(short, eligible)}: nobody can ever be approved")
        return
    for name in sorted({name for need in needs for name in eligible(need.of)}):
        if _may_ask(rule, known.people[name]) and (short := short_of(needs, eligible, name)):
            yield Issue(
                WARNING, rule.id, f"needs {_counted(short, eligible)}: {name}, one of them, can never be approved"
            )
            return


def _counted(needs: Sequence[Need], eligible: Callable[[str], set[str]]) -> str:
    pool = {name for need in needs for name in eligible(need.of)}
    return f"{sum(need.n for need in needs)} of {' and '.join(need.of for need in needs)}, who are {len(pool)}"


def _shadowed(known: _Known) -> Iterator[Issue]:
    rules = known.policy.rules
    if len(rules) > TOO_MANY:
        return
    denies = [rule for rule in rules if rule.effect == "deny"]
    for rule in rules:
        for deny in denies:
            if rule is not deny and speaks_of_all(deny, rule):
                said = "is denied by" if rule.effect == "allow" else "says nothing that is not said by"
                yield Issue(
                    ERROR if rule.effect == "allow" else WARNING,
                    rule.id,
                    f"never decides anything: all of it {said} {deny.id}",
                )
    yield from _needless(known, [rule for rule in rules if rule.effect == "allow"])


def _needless(known: _Known, allows: Sequence[Rule]) -> Iterator[Issue]:
    defaults = known.policy.file.defaults.duration
    for rule in allows:
        for other in allows:
            if rule is other or other.auto != rule.auto or not speaks_of_all(other, rule):
                continue
            least, _, most = lengths(rule.duration, defaults)
            wide_least, _, wide_most = lengths(other.duration, defaults)
            roomy = (
                wide_least <= least
                and most <= wide_most
                and (other.what.rows is None or other.what.rows == rule.what.rows)
            )
            if roomy and _levels(other) <= _levels(rule) and not (_same(rule, other) and rule.id < other.id):
                yield Issue(WARNING, rule.id, f"never needed: {other.id} lets all of it, and asks for no more")


def _levels(rule: Rule) -> set[tuple[str, int]]:
    return {(level.of, number) for level in rule.approvals for number in range(1, level.n + 1)}


def _same(one: Rule, other: Rule) -> bool:
    return speaks_of_all(one, other) and _levels(one) == _levels(other)


def _unused_approvers(known: _Known) -> Iterator[Issue]:
    used = {level.of for rule in known.policy.rules for level in rule.approvals}
    for name, who in sorted(known.policy.file.approvers.items()):
        if name not in used:
            yield Issue(WARNING, None, f"no rule asks the approvers {name}")
        for group in sorted((who.groups | who.not_groups) - known.groups) if known.people else ():
            yield Issue(WARNING, None, f"approvers {name}: nobody is in the group {group}")


def _masks(known: _Known) -> Iterator[Issue]:
    for name, kind in sorted(known.policy.file.masks.items()):
        if kind not in {Mask.REDACT, Mask.NULL} and any(one.covers(name) for one in SECRET):
            yield Issue(WARNING, None, f"masks: {name} is redacted whatever is said here: nothing of a secret is shown")


def _glass(known: _Known) -> Iterator[Issue]:
    glass = known.policy.file.break_glass
    if glass is None or not known.people:
        return
    for group in sorted((glass.groups | set(glass.notify)) - known.groups):
        yield Issue(WARNING, None, f"break_glass: nobody is in the group {group}")


def members(who: Approvers, people: Mapping[str, Person]) -> set[str]:
    """Who is meant by approvers, owners left out."""
    return {
        person.name
        for person in people.values()
        if (who.groups & person.groups or person.name in who.people or who.roles & person.roles)
        and who.not_groups.isdisjoint(person.groups)
    }


def _may_ask(rule: Rule, person: Person) -> bool:
    return all(check.passed for check in of_person(rule.who, person))


RULE_CHECKS: tuple[Callable[[Rule, _Known], Iterator[Issue]], ...] = (
    _lengths_clash, _nobody, _impossible_sensitivity, _unknown_groups, _anybody, _auto_on_critical, _too_few,
)  # fmt: skip
FILE_CHECKS: tuple[Callable[[_Known], Iterator[Issue]], ...] = (_shadowed, _unused_approvers, _masks, _glass)
