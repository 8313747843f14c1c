"""Broken glass, looked at afterwards: somebody who was told says whether it was justified."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from jit.change import Change
from jit.interface import Answer, Decision, DeniedError, GrantState, Person, Request
from jit.ledger import Ledger
from jit.lending import grant_event, request_event
from jit.proof.record import Event
from jit.resolve import check_reason
from jit.states import ENDED, seen_grant


def told(groups: Collection[str], person: str, people: Mapping[str, Person]) -> set[str]:
    """The names of who is told that `person` broke the glass, and may review it: everybody else in the groups."""
    named = frozenset(groups)
    return {one.name for one in people.values() if not named.isdisjoint(one.groups)} - {person}


def unheard(decision: Decision, person: str, people: Mapping[str, Person]) -> str | None:
    """Why `person` may not break the glass after all: nobody else would hear of it. None where somebody would."""
    if not decision.break_glass or told(decision.notify, person, people):
        return None
    return f"nobody else is told: {' and '.join(decision.notify)} has no other member"


@dataclass(frozen=True, slots=True)
class Glass:
    """The reviews of broken glass in one ledger. `people` are all who are known, by name."""

    ledger: Ledger
    people: Mapping[str, Person]

    def review(self, name: str, person: Person, now: datetime, reason: str, *, justified: bool = True) -> Request:
        """Say whether breaking the glass for request `name` was justified; where not, what is still lent ends.

        Once, by somebody who was told, never by who broke it. Raises DeniedError; a refusal is on record.
        """
        check_reason(reason)
        word = "justified" if justified else "unjustified"
        try:
            with self.ledger.write(now, narrowing=True) as change:
                request = change.request(name)
                self._check_may(request, person, reason)
                answer = Answer(person.name, approve=justified, at=change.now, reason=reason)
                because = f"reviewed by {person.name}: {word}"
                new = replace(request, answers=(answer,), because=(*request.because, because))
                event = request_event(new, "glass.reviewed", person.name, reason=change.commit_to(reason))
                change.move(request, new, replace(event, decision=word))
                if not justified:
                    _end(new, person, change)
        except DeniedError as refused:
            event = Event("request.refused", person.name, request=name, decision="review", because=(str(refused),))
            self.ledger.record(event, now, narrowing=True)
            raise
        return new

    def _check_may(self, request: Request, person: Person, reason: str) -> None:
        if not reason.strip():
            raise DeniedError("a review says why: --reason")
        if not (request.break_glass and request.review_by):
            raise DeniedError(f"{request.id} broke no glass: there is nothing to review")
        if person.name == request.requester:
            raise DeniedError(f"{request.id} is your own: somebody else reviews it")
        if request.answers:
            raise DeniedError(f"{request.id} was reviewed by {request.answers[0].person} already")
        if person.name not in told(request.notify, request.requester, self.people):
            raise DeniedError(
                f"{request.id} is reviewed by {' or '.join(request.notify)}, and {person.name} is in none"
            )


def _end(request: Request, person: Person, change: Change) -> None:
    grant = change.grant(request.grant_id) if request.grant_id else None
    if grant is None or seen_grant(grant, change.now).state in ENDED:
        return
    because = f"revoked by {person.name}: the glass was broken without need"
    new = replace(grant, state=GrantState.REVOKED, because=(*grant.because, because))
    change.move(grant, new, grant_event(new, "grant.revoked", person.name, because))
