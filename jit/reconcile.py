"""What lending owes to time, catalog, policy and people that changed since: ends, less, or a new question.

Nothing waits for it: what is over, or holds more than was lent, is not readable from that moment, reconciled or not. Here
it comes on paper, and whoever has to decide again is asked.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import CatalogError, Entry
from classifiers import DocumentError
from jit.approval import still_open
from jit.asking import Asked, asked_again
from jit.broker import Broker
from jit.change import Change
from jit.interface import Decision, Grant, Outcome, PolicyError, Request, RequestState, UnknownError
from jit.lending import Swept, grant_event, request_event
from jit.policies.policy import Policy
from jit.quorum import lacking
from jit.resolve import find, pin, standing, withheld
from jit.states import ENDED, seen_grant, seen_request

LOG = logging.getLogger(__name__)


def sweep(broker: Broker, now: datetime) -> Swept:
    """Mark what time has done, then bring grants and requests in line with catalog, policy and people.

    Without a policy or a catalog that can be read, only the first: ends need neither. Raises LedgerError where what
    has to be on paper cannot be written; sweeping again goes on from there.
    """
    swept = broker.lending.sweep(now)
    try:
        work = Reconciliation(broker, broker.policy(), now)
        narrowed, asked = work.narrow()
        unanswerable, widened = work.close_unanswerable(), work.follow()
    except (PolicyError, DocumentError, CatalogError) as error:
        LOG.warning("grants are not compared with the catalog: %s", error)
        return swept
    return replace(swept, requests=(*swept.requests, *unanswerable), narrowed=narrowed, asked=asked, widened=widened)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One pass over what is lent and asked for, at `now`."""

    broker: Broker
    policy: Policy
    now: datetime

    def narrow(self) -> tuple[tuple[Grant, ...], tuple[Request, ...]]:
        """Suspend the fields that hold more than was lent, and ask for them again in the grantee's name."""
        grants, asked = [], []
        for grant, entries in self._lent():
            if _lost(grant, entries):
                with self.broker.ledger.write(self.now) as change:
                    held = change.grant(grant.id)
                    lost = _lost(held, entries)
                    if lost and seen_grant(held, change.now).state not in ENDED:  # nobody else was faster
                        grants.append(_narrowed(held, lost, change))
                        again = self._again(grants[-1], [entry for entry in entries if entry.id in lost], change)
                        asked += [again] if again else []
        return tuple(grants), tuple(asked)

    def close_unanswerable(self) -> tuple[Request, ...]:
        """End requests that nobody who is left could approve: denied, with the reason, and not pending for nothing."""
        closed = []
        for request in self._pending():
            eligible = self.broker.eligible(self.policy, standing(request.entries, self.broker.catalog))
            why = lacking(request.levels, request.answers, eligible, request.requester)
            if why and still_open(request.levels, request.answers, eligible, request.requester):
                with self.broker.ledger.write(self.now, narrowing=True) as change:
                    if change.request(request.id) == request:
                        closed.append(_closed(request, why, change))
        return tuple(closed)

    def follow(self) -> tuple[Grant, ...]:
        """Where the policy says `drift: follow`: take new fields of the classes in that the same approvals cover."""
        if self.policy.file.defaults.drift != "follow":
            return ()
        found = (self._widened(grant, new) for grant, entries in self._lent() if (new := self._covered(grant, entries)))
        return tuple(one for one in found if one is not None)

    def _lent(self) -> Iterator[tuple[Grant, list[Entry]]]:
        """Grants that have not ended, with what the catalog has of their fields."""
        moment = self.broker.ledger.moment(self.now)
        held = [one for one in self.broker.ledger.grants(held=True) if seen_grant(one, moment).state not in ENDED]
        known = {entry.id: entry for entry in standing({name for grant in held for name in grant.entries},
                                                       self.broker.catalog)} if held else {}  # fmt: skip
        for grant in held:
            yield grant, [known[name] for name in grant.entries if name in known]

    def _pending(self) -> list[Request]:
        moment = self.broker.ledger.moment(self.now)
        seen = (seen_request(request, moment) for request in self.broker.ledger.requests(pending=True))
        return [request for request in seen if request.state is RequestState.PENDING]

    def _again(self, grant: Grant, entries: Sequence[Entry], change: Change) -> Request | None:
        """The request for fields of `grant` that need a new decision; None where there is nothing left to ask for."""
        person, left = self.broker.people.get(grant.grantee), round((grant.expires - change.now).total_seconds())
        if person is None or not entries or left <= 0:
            return None
        before = change.request(grant.request_id)
        start = grant.starts if grant.starts > change.now else None
        seconds = min(left, round(grant.length.total_seconds()))
        ask = replace(asked_again(before), classes=(), scope="*", entries=tuple(entry.id for entry in entries),
                      seconds=seconds, start=start)  # fmt: skip
        return self.broker.put(Asked(ask, person, entries), self.policy, change)

    def _covered(self, grant: Grant, entries: Sequence[Entry]) -> list[Entry]:
        """New fields of the classes that were asked for, if the approvals that were given cover them too."""
        request, person = self.broker.ledger.request(grant.request_id), self.broker.people.get(grant.grantee)
        if person is None or not request.follows or grant.withheld:
            return []
        ask = replace(asked_again(request), entries=(), start=None)
        try:
            found = find(ask, self.broker.catalog, self.broker.taxonomy)
        except UnknownError:
            return []
        new = [entry for entry in found if entry.id not in grant.entries]
        whole = replace(ask, entries=(*grant.entries, *(entry.id for entry in new)))
        usage = replace(self.broker.ledger.usage(person.name, self.now), automatic=())
        decision = Asked(whole, person, (*entries, *new)).judged(self.policy, self.now, usage) if new else None
        return new if decision is not None and _is_within(decision, grant, request) else []

    def _widened(self, grant: Grant, new: Sequence[Entry]) -> Grant | None:
        with self.broker.ledger.write(self.now) as change:
            old = change.grant(grant.id)
            if old != grant or seen_grant(old, change.now).state in ENDED:  # somebody else was faster
                return None
            wider = replace(old, entries=tuple(sorted({*old.entries, *(entry.id for entry in new)})),
                            pins=(*old.pins, *map(pin, new)))  # fmt: skip
            change.move(old, wider, grant_event(wider, "grant.widened", "policy", "the policy says drift: follow"))
        return wider


def _is_within(decision: Decision, grant: Grant, request: Request) -> bool:
    """Whether `decision` takes nothing that was not given when `request` was approved."""
    given = {level.of: level.n for level in request.levels}
    needs = decision.needs if decision.outcome is Outcome.PENDING else ()
    approved = all(need.n <= given.get(need.of, 0) for need in needs)
    rows = decision.rows is None or (grant.rows is not None and grant.rows <= decision.rows)
    return decision.outcome is not Outcome.DENIED and approved and rows and decision.seconds >= request.seconds


def _lost(grant: Grant, entries: Sequence[Entry]) -> dict[str, str]:
    """What the catalog withholds of a grant that is not withheld on paper yet, and why."""
    return {name: why for name, why in withheld(grant, entries).items() if name not in grant.withheld}


def _narrowed(grant: Grant, lost: dict[str, str], change: Change) -> Grant:
    new = replace(grant, withheld=tuple(sorted({*grant.withheld, *lost})), because=(*grant.because, *lost.values()))
    event = grant_event(new, "grant.narrowed", "datakeep")
    change.move(grant, new, replace(event, because=tuple(lost.values()), detail={"withheld": list(new.withheld)}))
    return new


def _closed(request: Request, why: str, change: Change) -> Request:
    new = replace(request, state=RequestState.DENIED, needs=(), because=(*request.because, why))
    change.move(request, new, request_event(new, "request.denied", "datakeep"))
    return new
