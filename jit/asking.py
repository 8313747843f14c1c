"""An ask on its way to a request: what the policy says of it, how it goes on paper, and what its answers are bound to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from catalog import Entry
from classifiers import DataClass
from jit.change import Change
from jit.interface import Ask, Decision, DeniedError, Grant, JitError, Outcome, Person, Request, RequestState, Usage
from jit.ledger import TOLERANCE
from jit.policies.policy import Policy, decide
from jit.proof.canonical import canonical, stamp
from jit.proof.record import Event
from jit.resolve import pin


@dataclass(frozen=True, slots=True)
class Asked:
    """An ask with who asks, the fields it means, and the grant that it is to prolong, if it is."""

    ask: Ask
    person: Person
    entries: Sequence[Entry]
    extends: Grant | None = None

    def judged(self, policy: Policy, now: datetime, usage: Usage) -> Decision:
        """What the policy says. Raises DeniedError for an extension that would gain nothing."""
        decision = decide(self.ask, self.entries, policy, person=self.person, now=now, usage=usage)
        if self.extends is not None:
            _check_gain(decision, self.extends, now)
        return decision

    def request(self, name: str, decision: Decision, now: datetime) -> Request:
        """The request as it goes on record: denied, or pending until people or the policy itself approve it."""
        pending = decision.outcome is Outcome.PENDING
        return Request(
            id=name,
            state=RequestState.DENIED if decision.outcome is Outcome.DENIED else RequestState.PENDING,
            requester=self.ask.requester,
            classes=self.ask.classes,
            scope=self.ask.scope,
            entries=tuple(entry.id for entry in self.entries),
            purpose=self.ask.purpose,
            reason=self.ask.reason,
            ticket=self.ask.ticket,
            seconds=decision.seconds or self.ask.seconds or 0,
            start=self.ask.start,
            created=now,
            answers=(),
            needs=decision.needs if pending else (),
            grant_id=None,
            because=decision.because,
            digest="",
            rows=decision.rows,
            expires=now + timedelta(seconds=decision.pending_for) if pending else None,
            levels=decision.needs if pending else (),
            automatic=decision.outcome is Outcome.APPROVED,
            extends=self.extends.id if self.extends else None,
            break_glass=decision.break_glass,
            notify=decision.notify,
            review_by=now + timedelta(seconds=decision.review_within) if decision.review_within else None,
        )


def _check_gain(decision: Decision, grant: Grant, now: datetime) -> None:
    """Raise DeniedError where the policy would lend anew no longer than the grant lasts already."""
    if decision.outcome is not Outcome.DENIED and now + timedelta(seconds=decision.seconds) <= grant.expires:
        raise DeniedError(f"{grant.id} lasts as long already as the policy lends from now")


def asked_again(request: Request) -> Ask:
    """The ask that a request came from, its length as it was decided."""
    return Ask(request.requester, request.classes, request.scope, request.entries, request.purpose, request.reason,
               request.ticket, request.seconds, request.start)  # fmt: skip


def edited(
    request: Request, requester: str, *, classes: tuple[DataClass, ...] = (), scope: str | None = None,
    entries: tuple[str, ...] = (), **given: Any,
) -> Ask:  # fmt: skip
    """The ask of `request` with what is `given` in the place of what was; classes, scope and entries replace its fields.

    `given` are the other parts of an Ask; those that are None stay as they were.
    """
    same = replace(
        asked_again(request), requester=requester, **{key: part for key, part in given.items() if part is not None}
    )
    if not (classes or entries or scope):
        return same
    held = classes or (() if entries else request.classes)
    return replace(same, classes=held, scope=scope or request.scope, entries=entries)


def bound(request: Request, entries: Sequence[Entry], policy: Policy, change: Change) -> Request:
    """The request with what its answers are bound to: whether it follows the catalog, and the digest of it all."""
    follows = policy.file.defaults.drift == "follow" and bool(request.classes) and request.extends is None
    whole = replace(request, follows=follows)
    return replace(whole, digest=digest_of(whole, entries, change))


def digest_of(request: Request, entries: Sequence[Entry], change: Change) -> str:
    """What answers are bound to: who asks for which fields as they are now, for how long, why, and on which terms.

    A keyed hash, since the reason is in it.
    """
    pins = [[one.entry, list(one.classes), int(one.sensitivity or 0)] for one in sorted(map(pin, entries), key=str)]
    terms = {
        "requester": request.requester, "classes": list(request.classes), "entries": pins, "seconds": request.seconds,
        "purpose": request.purpose, "ticket": request.ticket, "reason": request.reason, "extends": request.extends,
        "follows": request.follows,
        "start": stamp(request.start) if request.start else None, "rows": request.rows,
        "levels": [[need.of, need.n] for need in request.levels],
    }  # fmt: skip
    return change.commit_to(canonical(terms).decode()) or ""


def check_start(ask: Ask, now: datetime) -> None:
    """Raise JitError for a start that is past."""
    if ask.start is not None and ask.start < now - TOLERANCE:
        raise JitError(f"the start {ask.start:%Y-%m-%d %H:%M} is past")


def check_editable(request: Request, person: Person, ask: Ask, now: datetime) -> None:
    """Raise DeniedError where `person` may not put `ask` in the place of `request`."""
    if ask.start != request.start:
        check_start(ask, now)
    if request.requester != person.name:
        raise DeniedError(f"{request.id} is {request.requester}'s request: only they edit it")
    if request.extends:
        error = DeniedError(f"{request.id} prolongs {request.extends}: there is nothing in it to edit")
        error.add_note("withdraw it, and ask for another length")
        raise error


def note_policy(policy: Policy, change: Change) -> None:
    """Put on record that another policy is in force than at the last decision."""
    before = change.kept("policy")
    if before != policy.version:
        change.record(Event("policy.changed", "datakeep", detail={"version": policy.version, "before": before}))
        change.keep("policy", policy.version)
