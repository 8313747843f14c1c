"""The nearest request that would fare better: the fewest changes after which `decide` itself says so. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations

from catalog import Entry
from jit.interface import Ask, Decision, Outcome
from jit.policies.conditions import Case
from jit.policies.durations import format_duration
from jit.policies.exposure import Exposure, exposure
from jit.policies.judgement import denials, judge, seconds_lent
from jit.policies.policy import Policy, decide
from jit.policies.rulebook import Rulebook
from jit.policies.rules import Defaults, Rule

MOST = 3
"""So many changes are tried together; more would be another request."""
TRIES = 400
"""So many requests are tried at most: an explanation answers in a blink."""
PADDING = "."
RANK = {Outcome.DENIED: 0, Outcome.PENDING: 1, Outcome.APPROVED: 2}


@dataclass(frozen=True, slots=True)
class Draft:
    """A request as it might have been: what is asked, of which fields, by which policy (a fitting ticket is assumed)."""

    ask: Ask
    entries: tuple[Entry, ...]
    policy: Policy


@dataclass(frozen=True, slots=True)
class Nearest:
    """The smallest change that helps: what to do differently, in words, and what would come of it."""

    outcome: Outcome
    changes: tuple[str, ...]
    seconds: int
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    kind: str
    words: str
    apply: Callable[[Draft], Draft]


def nearest(case: Case, entries: Sequence[Entry], policy: Policy, decision: Decision) -> Nearest | None:
    """The fewest changes that lead to a better outcome than `decision`; of as few, those with the best outcome."""
    if case.ask.break_glass:
        return None
    exposures = [exposure(entry) for entry in entries]
    rules = _speaking(case, exposures, policy)
    denies = _forbidding(case, exposures, policy)
    small = replace(policy, rulebook=Rulebook.of([*rules, *denies], policy.file.defaults))
    start = Draft(case.ask, tuple(entries), small)
    changes = list(_changes(case, exposures, small, rules))
    tried = 0
    for size in range(1, MOST + 1):
        found: list[Nearest] = []
        for chosen in combinations(changes, size):
            if len({change.kind for change in chosen}) < size or tried >= TRIES:
                continue
            tried += 1
            better = _tried(case, start, chosen)
            if RANK[better.outcome] > RANK[decision.outcome]:
                found.append(better)
        if found:
            return max(found, key=lambda one: (RANK[one.outcome], len(one.entries), one.seconds))
    return None


def _tried(case: Case, draft: Draft, chosen: Sequence[_Change]) -> Nearest:
    for change in chosen:
        draft = change.apply(draft)
    said = decide(draft.ask, draft.entries, draft.policy, person=case.person, now=case.now, usage=case.usage)
    return Nearest(
        said.outcome, tuple(change.words for change in chosen), said.seconds, tuple(one.id for one in draft.entries)
    )


def _changes(case: Case, exposures: Sequence[Exposure], policy: Policy, rules: Sequence[Rule]) -> Iterator[_Change]:
    yield from _lengths(case, rules)
    yield from _purposes(case, rules)
    yield from _tickets([*rules, *_forbidding(case, exposures, policy)], case.defaults)
    yield from _starts(case, rules)
    yield from _fields(case, exposures, policy, rules)
    least = case.defaults.reason.min_chars
    if len(case.ask.reason.strip()) < least:
        yield _Change("reason", f"give a reason of at least {least} characters", _asking(reason=PADDING * least))


def _speaking(case: Case, exposures: Sequence[Exposure], policy: Policy) -> list[Rule]:
    """The allows for the person's groups on any class asked for, where it is asked for."""
    found: dict[str, Rule] = {}
    for data_class, source in {(data_class, one.source) for one in exposures for data_class in one.classes}:
        found |= policy.rulebook.allowing(data_class, case.person.groups, source)
    return [found[name] for name in sorted(found)]


def _forbidding(case: Case, exposures: Sequence[Exposure], policy: Policy) -> list[Rule]:
    found: dict[str, Rule] = {}
    for data_class, source in {(data_class, one.source) for one in exposures for data_class in one.classes}:
        found |= policy.rulebook.denying(data_class, case.person.groups, source)
    return [found[name] for name in sorted(found)]


def _lengths(case: Case, rules: Sequence[Rule]) -> Iterator[_Change]:
    reaches = {reach for rule in rules for reach in _reaches(case, rule)}
    asked = case.ask.seconds
    for reach in sorted(reaches - {asked}, key=lambda reach: (asked is not None and reach > asked, -reach))[:4]:
        yield _Change("length", f"ask for {format_duration(reach)}", _asking(seconds=reach))


def _reaches(case: Case, rule: Rule) -> Iterator[int]:
    least, _, most = case.span(rule)
    left = case.left(rule.window)
    yield least
    yield min(most, left) if left else most


def _purposes(case: Case, rules: Sequence[Rule]) -> Iterator[_Change]:
    known = {purpose for rule in rules if rule.purpose for purpose in rule.purpose.one_of}
    for purpose in sorted(known - {case.ask.purpose})[:4]:
        yield _Change("purpose", f"say --purpose {purpose}", _asking(purpose=purpose))


def _tickets(rules: Sequence[Rule], defaults: Defaults) -> Iterator[_Change]:
    """A ticket that fits: nobody can make one up, so the rules that ask for it are taken not to."""
    for pattern in sorted({rule.purpose.ticket for rule in rules if rule.purpose and rule.purpose.ticket})[:3]:
        book = Rulebook.of((_without_ticket(rule, pattern) for rule in rules), defaults)
        yield _Change("ticket", f"name a --ticket that matches {pattern}", partial(_by, book))


def _by(rulebook: Rulebook, draft: Draft) -> Draft:
    return replace(draft, policy=replace(draft.policy, rulebook=rulebook))


def _without_ticket(rule: Rule, pattern: str) -> Rule:
    if rule.purpose is None or rule.purpose.ticket != pattern:
        return rule
    return rule.model_copy(update={"purpose": rule.purpose.model_copy(update={"ticket": None})})


def _starts(case: Case, rules: Sequence[Rule]) -> Iterator[_Change]:
    opening = {window.opens(case.start) for rule in rules if (window := rule.window) is not None}
    for moment in sorted(opening - {case.start})[:3]:
        yield _Change("start", f"start at {moment.isoformat(timespec='minutes')}", _asking(start=moment))


def _fields(case: Case, exposures: Sequence[Exposure], policy: Policy, rules: Sequence[Rule]) -> Iterator[_Change]:
    judgement = judge(case, exposures, policy.rulebook)
    denied = denials(case, exposures, policy.rulebook, seconds_lent(case, judgement.rules))
    bad = {one.entry.id for _, one in judgement.missing} | {one.entry.id for _, one in denied}
    slow = bad | {choice.exposure.entry.id for choice in judgement.manual}
    for left_out in (bad, slow):
        if 0 < len(left_out) < len(exposures):
            yield _Change("fields", f"leave out {_some(sorted(left_out))}", _without(left_out))
    for most in sorted({rule.auto.fields_at_most for rule in rules if rule.auto and rule.auto.fields_at_most}):
        if most < len(exposures):
            over = {one.entry.id for one in exposures[most:]}
            yield _Change("fields", f"ask for at most {most} fields at a time", _without(over))


def _without(names: set[str]) -> Callable[[Draft], Draft]:
    def apply(draft: Draft) -> Draft:
        entries = tuple(entry for entry in draft.entries if entry.id not in names)
        held = [exposure(entry).classes for entry in entries]
        classes = tuple(
            one for one in draft.ask.classes if any(one.covers(data_class) for found in held for data_class in found)
        )
        return replace(draft, entries=entries, ask=replace(draft.ask, classes=classes))

    return apply


def _asking(**changes: object) -> Callable[[Draft], Draft]:
    return lambda draft: replace(draft, ask=replace(draft.ask, **changes))  # type: ignore[arg-type]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
