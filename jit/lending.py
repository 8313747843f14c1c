"""Grants: what is lent for an approved request, and how it ends. Whatever narrows goes ahead, policy or not."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from catalog import Entry
from jit.change import Change
from jit.interface import DeniedError, Grant, GrantState, LedgerError, Person, Request, RequestState, Usage, is_live
from jit.ledger import Ledger
from jit.proof.record import Event
from jit.resolve import check_reason, pin
from jit.states import ENDED, seen_grant

LOG = logging.getLogger(__name__)
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: none of them is taken for another
LIVE = frozenset({GrantState.SCHEDULED, GrantState.ACTIVE})
STEERING = frozenset({"approver", "steward"})  # roles that may end anybody's grant


def new_id(kind: str) -> str:
    """A name that is never used again: 50 random bits, and the ledger refuses a second one."""
    return f"{kind}-{''.join(secrets.choice(LETTERS) for _ in range(10))}"


def request_event(request: Request, kind: str, actor: str, *, reason: str | None = None) -> Event:
    """The audit event of something that befell a request; `reason` is a keyed hash of what was typed."""
    return Event(kind, actor, request.id, request.grant_id, request.entries, request.classes,
                 request.state.value, request.because, {"reason": reason} if reason else {})  # fmt: skip


def grant_event(grant: Grant, kind: str, actor: str, because: str = "", *, reason: str | None = None) -> Event:
    """The audit event of something that befell a grant."""
    return Event(kind, actor, grant.request_id, grant.id, grant.entries, grant.classes, grant.state.value,
                 (because,) if because else (), {"reason": reason} if reason else {})  # fmt: skip


def lend(request: Request, entries: Sequence[Entry], change: Change, actor: str) -> Request:
    """Approve the request and put what is lent on paper, in the transaction of `change`.

    The time runs from the approval, or from the start asked for where that is later; never from the request.
    """
    grant = _prolonged(request, change) if request.extends else _lent(request, entries, change.now)
    approved = replace(request, state=RequestState.APPROVED, needs=(), grant_id=grant.id, expires=None)
    change.move(request, approved, request_event(approved, "request.approved", actor))
    if request.extends:
        change.move(change.grant(grant.id), grant, grant_event(grant, "grant.extended", actor))
    else:
        change.add(grant, grant_event(grant, "grant.started", actor))
    return approved


def _lent(request: Request, entries: Sequence[Entry], now: datetime) -> Grant:
    starts = max(request.start or now, now)
    return Grant(
        id=new_id("grant"),
        state=GrantState.SCHEDULED if starts > now else GrantState.ACTIVE,
        grantee=request.requester,
        classes=request.classes,
        entries=request.entries,
        starts=starts,
        expires=starts + timedelta(seconds=request.seconds),
        provisioner="gateway",
        because=request.because,
        request_id=request.id,
        rows=request.rows,
        purpose=request.purpose,
        pins=tuple(map(pin, entries)),
    )


def _prolonged(request: Request, change: Change) -> Grant:
    """The grant with its later end: that of the ask, however long the answer took."""
    grant = change.grant(str(request.extends))
    check_extendable(grant, request.requester, change.now, change.usage(request.requester))
    return replace(grant, expires=max(grant.expires, request.created + timedelta(seconds=request.seconds)))


def check_extendable(grant: Grant, person: str, now: datetime, usage: Usage) -> None:
    """Raise DeniedError where `person` cannot have `grant` prolonged: a later end would outlive an open access review."""
    if grant.grantee != person:
        raise DeniedError(f"{grant.id} is {grant.grantee}'s, not yours to extend")
    seen = seen_grant(grant, now)
    if seen.state not in LIVE:
        error = DeniedError(f"{grant.id} is {seen.state.value}")
        error.add_note("`datakeep request create` asks for a new one")
        raise error
    if grant.id in usage.reviewed:
        raise DeniedError(f"{grant.id} is under review: it is prolonged once somebody has said that it stays")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep put in order: requests that are over, grants that began, ended, and lend less or more by the catalog.

    `asked` are the requests made for fields that need a new decision.
    """

    requests: tuple[Request, ...] = ()
    begun: tuple[Grant, ...] = ()
    ended: tuple[Grant, ...] = ()
    narrowed: tuple[Grant, ...] = ()
    widened: tuple[Grant, ...] = ()
    asked: tuple[Request, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody does to a grant: the type of its record, the word for it, who, when, and why."""

    kind: str
    what: str
    person: Person
    now: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Lending:
    """The life of grants after they were lent. `decides` says whether a person may steer a grant by the policy."""

    ledger: Ledger
    people: Mapping[str, Person]
    decides: Callable[[Grant, Person], bool]

    def grant(self, name: str, now: datetime) -> Grant:
        """The grant as it stands at `now`, swept or not. Raises UnknownError."""
        return seen_grant(self.ledger.grant(name), self.ledger.moment(now))

    def grants(self, now: datetime, grantee: str | None = None) -> list[Grant]:
        """Every grant, or one person's, as it stands at `now`, the newest first."""
        moment = self.ledger.moment(now)
        return [seen_grant(grant, moment) for grant in self.ledger.grants(grantee)]

    def covered(self, person: str, now: datetime) -> dict[str, tuple[str, ...]]:
        """What `person` may read at `now`: entries with the live grants that cover each.

        Access is the union of live grants, so ending one never takes what another covers, and ending the last does.
        """
        moment = self.ledger.moment(now)
        found: dict[str, tuple[str, ...]] = {}
        for grant in self.ledger.grants(person):
            if is_live(grant, moment):
                lent = (entry for entry in grant.entries if entry not in grant.withheld)
                found |= {entry: (*found.get(entry, ()), grant.id) for entry in lent}
        return found

    def give_back(self, name: str, person: Person, now: datetime, reason: str = "") -> Grant:
        """End one's own grant early. Raises DeniedError for another's."""
        word = Word("grant.returned", "returned", person, now, reason)
        with self._refusals_on_record(name, word):
            grant = self.ledger.grant(name)
            if grant.grantee != person.name:
                raise DeniedError(f"{name} is another person's grant: `grant revoke` is for those who decide")
            return self._ended(grant, word)

    def revoke(self, name: str, person: Person, now: datetime, reason: str = "") -> Grant:
        """End a grant now, for good. By its grantee, its approvers, and whoever has the role for it."""
        word = Word("grant.revoked", "revoked", person, now, reason)
        with self._refusals_on_record(name, word):
            grant = self.ledger.grant(name)
            self._check_steers(grant, person, own=True)
            return self._ended(grant, word)

    def suspend(self, name: str, person: Person, now: datetime, reason: str = "") -> Grant:
        """Stop reading through a grant until somebody resumes it; its end stays where it is."""
        word = Word("grant.suspended", "suspended", person, now, reason)
        with self._refusals_on_record(name, word):
            self._check_steers(self.ledger.grant(name), person, own=True)
            return self._moved(name, GrantState.SUSPENDED, word)

    def resume(self, name: str, person: Person, now: datetime, reason: str = "") -> Grant:
        """Let a suspended grant go on. Never by its grantee."""
        word = Word("grant.resumed", "resumed", person, now, reason)
        with self._refusals_on_record(name, word):
            grant = self.ledger.grant(name)
            self._check_steers(grant, person, own=False)
            if seen_grant(grant, self.ledger.moment(now)).state is not GrantState.SUSPENDED:
                raise DeniedError(f"{name} is not suspended")
            return self._moved(name, GrantState.ACTIVE, word)

    def sweep(self, now: datetime) -> Swept:
        """Mark on paper what time has done already: lapsed requests, begun and ended grants."""
        with self.ledger.write(now, narrowing=True) as change:
            requests, grants = change.due()
            lapsed = tuple(self._lapsed(request, change) for request in requests)
            ended = tuple(_to(grant, GrantState.EXPIRED, "grant.expired", change) for grant in grants)
            begun = tuple(_to(grant, GrantState.ACTIVE, "grant.activated", change) for grant in change.begun())
        return Swept(lapsed, begun, ended)

    def _lapsed(self, request: Request, change: Change) -> Request:
        new = replace(request, state=RequestState.EXPIRED, needs=())
        change.move(request, new, request_event(new, "request.expired", "datakeep"))
        return new

    def _ended(self, grant: Grant, word: Word) -> Grant:
        """End a grant; where the ledger cannot be written the end is spooled, and on paper before anything else then."""
        try:
            return self._moved(grant.id, GrantState.REVOKED, word)
        except LedgerError:
            if grant.state in ENDED:
                raise DeniedError(f"{grant.id} is {grant.state.value} already") from None
            self.ledger.spool.add(grant.id, word.person.name, word.reason, word.now)
            LOG.warning(
                "the ledger cannot be written: that %s ended is kept aside, and nothing is read meanwhile", grant.id
            )
            return replace(grant, state=GrantState.REVOKED)

    def _moved(self, name: str, state: GrantState, word: Word) -> Grant:
        check_reason(word.reason)
        with self.ledger.write(word.now, narrowing=state is not GrantState.ACTIVE) as change:
            grant = change.grant(name)
            seen = seen_grant(grant, change.now)
            if seen.state in ENDED:
                raise DeniedError(f"{name} is {seen.state.value} already")
            to = GrantState.SCHEDULED if state is GrantState.ACTIVE and grant.starts > change.now else state
            because = f"{word.what} by {word.person.name}"
            notes = (*grant.notes, *filter(None, [word.reason]))
            new = replace(grant, state=to, because=(*grant.because, because), notes=notes)
            event = grant_event(new, word.kind, word.person.name, because, reason=change.commit_to(word.reason))
            change.move(grant, new, event)
        return new

    def _check_steers(self, grant: Grant, person: Person, *, own: bool) -> None:
        if grant.grantee == person.name:
            if own:
                return
            raise DeniedError(f"{grant.id} is your own grant: somebody else resumes it")
        if not (person.roles & STEERING or self.decides(grant, person)):
            raise DeniedError(f"{grant.id} is {grant.grantee}'s grant, and {person.name} does not decide about it")

    @contextmanager
    def _refusals_on_record(self, name: str, word: Word) -> Iterator[None]:
        try:
            yield
        except DeniedError as refused:
            event = Event("grant.refused", word.person.name, grant=name, decision=word.what, because=(str(refused),))
            self.ledger.record(event, word.now, narrowing=True)
            raise


def _to(grant: Grant, state: GrantState, kind: str, change: Change) -> Grant:
    new = replace(grant, state=state)
    change.move(grant, new, grant_event(new, kind, "datakeep"))
    return new
