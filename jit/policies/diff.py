"""What another policy would have said of past requests: who gains, who loses. Pure; nothing is lent or taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from catalog import Entry
from jit.interface import Ask, Decision, Outcome, Person, Request, Usage
from jit.policies.policy import Policy, decide

RANK = {Outcome.DENIED: 0, Outcome.PENDING: 1, Outcome.APPROVED: 2}
NO_CAP = 2**62


class Turn(StrEnum):
    """What a new policy means for one request."""

    GAINS = "gains"
    LOSES = "loses"
    DIFFERS = "differs"  # better in one way, worse in another


@dataclass(frozen=True, slots=True)
class Past:
    """A request as it was made: by whom, when, of which entries (as the catalog has them now)."""

    request: str
    ask: Ask
    person: Person
    at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """One request that the new policy decides otherwise."""

    past: Past
    turn: Turn
    before: Decision
    after: Decision


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is `added`, `removed` or `changed`."""

    rule: str
    change: str


def past_of(request: Request, entries: Mapping[str, Entry], people: Mapping[str, Person]) -> Past:
    """A recorded request, to be replayed. Entries that are gone are left out; a person nobody knows has no groups."""
    ask = Ask(
        requester=request.requester,
        classes=request.classes,
        scope=request.scope,
        purpose=request.purpose,
        reason=request.reason,
        ticket=request.ticket,
        seconds=request.seconds or None,
        start=request.start,
    )
    person = people.get(request.requester) or Person(request.requester)
    held = tuple(entries[name] for name in request.entries if name in entries)
    return Past(request.id, ask, person, request.created, held)


def replay(old: Policy, new: Policy, pasts: Iterable[Past]) -> list[Shift]:
    """The requests that `new` decides otherwise than `old`, the oldest first.

    Each policy counts the automatic approvals that it would itself have given, in the order of time.
    """
    ordered = sorted(pasts, key=lambda past: (past.at, past.request))
    before, after = _decisions(old, ordered), _decisions(new, ordered)
    found = ((past, turn(was, now), was, now) for past, was, now in zip(ordered, before, after, strict=True))
    return [Shift(past, way, was, now) for past, way, was, now in found if way is not None]


def turn(before: Decision, after: Decision) -> Turn | None:
    """Whether the person behind a request gains or loses; None where the answer is the same to them."""
    if RANK[before.outcome] != RANK[after.outcome]:
        return Turn.GAINS if RANK[after.outcome] > RANK[before.outcome] else Turn.LOSES
    if after.outcome is Outcome.DENIED:
        return None
    ways = {
        _way(after.seconds, before.seconds),
        _way(NO_CAP if after.rows is None else after.rows, NO_CAP if before.rows is None else before.rows),
        *_levels(before, after),
    } - {None}
    return next(iter(ways)) if len(ways) == 1 else Turn.DIFFERS if ways else None


def rule_changes(old: Policy, new: Policy) -> list[RuleChange]:
    """The rules that are not the same in both, by id."""
    was, now = {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}
    words = {(True, False): "removed", (False, True): "added"}
    return [
        RuleChange(name, words.get((name in was, name in now), "changed"))
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    ]


def _decisions(policy: Policy, pasts: Sequence[Past]) -> list[Decision]:
    automatic: dict[str, tuple[datetime, ...]] = {}
    found = []
    for past in pasts:
        usage = Usage(automatic.get(past.person.name, ()))
        decision = decide(past.ask, past.entries, policy, person=past.person, now=past.at, usage=usage)
        if decision.outcome is Outcome.APPROVED:
            automatic[past.person.name] = (*usage.automatic, past.at)
        found.append(decision)
    return found


def _levels(before: Decision, after: Decision) -> set[Turn | None]:
    was, now = {need.of: need.n for need in before.needs}, {need.of: need.n for need in after.needs}
    return {_way(was.get(of, 0), now.get(of, 0)) for of in was.keys() | now.keys()}


def _way(more: int, less: int) -> Turn | None:
    """Who had `less` and has `more` gains."""
    return None if more == less else Turn.GAINS if more > less else Turn.LOSES
