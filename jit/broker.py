"""Requests: what was asked, what the policy said, who answered, and what is lent for it. On paper, in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import CatalogError, Entry
from classifiers import DocumentError, Taxonomy
from jit.approval import Eligible, check_answer, still_open
from jit.asking import Asked, asked_again, bound, check_editable, check_start, note_policy
from jit.change import Change, unknown
from jit.dossier import Dossier, dossier
from jit.glass import told, unheard
from jit.interface import (
    Answer,
    Ask,
    Decision,
    DeniedError,
    Grant,
    Outcome,
    Person,
    PolicyError,
    Request,
    RequestState,
    Usage,
)
from jit.ledger import Ledger
from jit.lending import Lending, check_extendable, lend, new_id, request_event
from jit.policies.policy import Policy, approvers, decide
from jit.proof.canonical import stamp
from jit.proof.record import Event
from jit.quorum import lacking
from jit.resolve import Known, check_reason, check_words, find, standing
from jit.states import seen_request

DRY = "dry-run"


@dataclass(frozen=True, slots=True)
class Broker:
    """Takes asks and answers, asks the policy, and lends.

    `policy` is called when a policy is needed and not before: a policy file that cannot be read stops lending, never
    an end. `people` are all who are known, by name. `now` is passed in; the ledger knows a later time better.
    """

    ledger: Ledger
    policy: Callable[[], Policy]
    catalog: Known
    people: Mapping[str, Person]
    taxonomy: Taxonomy

    @property
    def lending(self) -> Lending:
        """What becomes of grants once they are lent."""
        return Lending(self.ledger, self.people, self._decides)

    def ask(self, ask: Ask, now: datetime, *, dry_run: bool = False) -> Request:
        """Put an ask on record with what the policy says of it, and lend at once where it approves.

        A dry run is the same without the record; its request is called `dry-run`. Raises UnknownError for a person,
        class or entry that nobody knows, JitError for words that cannot be kept.
        """
        check_words(ask)
        check_start(ask, now)
        person = self._person(ask.requester)
        entries = find(ask, self.catalog, self.taxonomy)
        return self._decided(Asked(ask, person, entries), now, dry_run=dry_run)

    def extend(self, name: str, ask: Ask, now: datetime, *, dry_run: bool = False) -> Request:
        """Ask to prolong a grant by `ask.seconds`: a request of its own, judged as if all were lent anew from now.

        So an extended grant never ends later than a new one would. Fields, purpose and ticket are those of before
        where the ask names none. Raises DeniedError for another's grant and for one that has ended.
        """
        grant = self.ledger.grant(name)
        before = self.ledger.request(grant.request_id)
        moment = self.ledger.moment(now)
        left = max(0, round((grant.expires - moment).total_seconds()))
        whole = replace(ask, classes=grant.classes, scope=before.scope, entries=grant.entries, start=None,
                        purpose=ask.purpose or before.purpose, ticket=ask.ticket or before.ticket,
                        seconds=left + (ask.seconds or 0))  # fmt: skip
        check_words(whole)
        person = self._person(ask.requester)
        entries = standing(grant.entries, self.catalog)
        with self.refusals_on_record(Event("request.refused", person.name, grant=name), now):
            check_extendable(grant, person.name, moment, self.ledger.usage(person.name, moment))
            return self._decided(Asked(whole, person, entries, grant), now, dry_run=dry_run)

    def edit(self, name: str, ask: Ask, now: datetime) -> Request:
        """Put `ask` in the place of one's own pending request: judged anew, and every answer so far is void.

        Raises DeniedError for another's request, one that is decided, one that prolongs a grant, and for an ask that
        the policy denies: the request stays as it was then.
        """
        check_words(ask)
        person = self._person(ask.requester)
        entries = find(ask, self.catalog, self.taxonomy)
        policy = self.policy()
        event = Event("request.refused", person.name, request=name, decision="edit")
        with self.refusals_on_record(event, now), self.ledger.write(now) as change:
            note_policy(policy, change)
            before = _pending(change.request(name), change.now)
            check_editable(before, person, ask, change.now)
            asked = Asked(ask, person, entries)
            decision = self.judged(asked, policy, change.now, change.usage(person.name))
            if decision.outcome is Outcome.DENIED:
                raise DeniedError(f"the policy denies it, {name} stays as it was: {decision.because[-1]}")
            made = asked.request(name, decision, change.now)
            made = bound(replace(made, created=before.created), entries, policy, change)
            reason = change.commit_to(ask.reason)
            change.move(before, made, request_event(made, "request.edited", person.name, reason=reason))
            return lend(made, entries, change, "policy") if made.automatic else made

    def approve(self, name: str, person: Person, now: datetime, reason: str = "") -> Request:
        """Count `person`'s approval; the last one that was needed lends. Raises DeniedError for who may not.

        The policy and the catalog are asked again: where they changed since the ask, the approvals given so far are
        void and the approvers look at what it is now.
        """
        check_reason(reason)
        request = self.ledger.request(name)
        entries = standing(request.entries, self.catalog)
        policy = self.policy()
        event = Event("request.refused", person.name, request=name, decision="approve")
        with self.refusals_on_record(event, now):
            with self.ledger.write(now) as change:
                note_policy(policy, change)
                request = _pending(change.request(name), change.now)
                fresh = self._reviewed(request, entries, policy, change)
                if fresh is None:
                    answer = Answer(person.name, approve=True, at=change.now, reason=reason)
                    return self._counted(request, entries, answer, self.eligible(policy, entries), change)
                change.move(request, fresh, request_event(fresh, "request.changed", "datakeep"))
            error = DeniedError(f"{name} is not what it was: the policy or the catalog changed since")
            error.add_note(f"approvals so far are void; `datakeep request show {name}` shows what it is now")
            raise error

    def deny(self, name: str, person: Person, now: datetime, reason: str = "") -> Request:
        """Reject a pending request; one denial is enough. Raises DeniedError for who may not."""
        check_reason(reason)
        entries = standing(self.ledger.request(name).entries, self.catalog)
        policy = self.policy()
        event = Event("request.refused", person.name, request=name, decision="deny")
        with self.refusals_on_record(event, now), self.ledger.write(now, narrowing=True) as change:
            request = _pending(change.request(name), change.now)
            level = check_answer(request, person.name, self.eligible(policy, entries), approve=False)
            answers = (*request.answers, Answer(person.name, approve=False, at=change.now, reason=reason, level=level))
            because = (*request.because, f"rejected by {person.name}")
            new = replace(request, state=RequestState.REJECTED, answers=answers, needs=(), because=because)
            change.move(
                request, new, request_event(new, "request.rejected", person.name, reason=change.commit_to(reason))
            )
        return new

    def withdraw(self, name: str, person: Person, now: datetime, reason: str = "") -> Request:
        """Take one's own pending request back. Raises DeniedError for another's, and once it is decided."""
        check_reason(reason)
        event = Event("request.refused", person.name, request=name, decision="withdraw")
        with self.refusals_on_record(event, now), self.ledger.write(now, narrowing=True) as change:
            request = _pending(change.request(name), change.now)
            if request.requester != person.name:
                raise DeniedError(f"{name} is {request.requester}'s request: only they withdraw it")
            new = replace(request, state=RequestState.WITHDRAWN, needs=())
            change.move(
                request, new, request_event(new, "request.withdrawn", person.name, reason=change.commit_to(reason))
            )
        return new

    def request(self, name: str, now: datetime) -> Request:
        """The request as it stands at `now`. Raises UnknownError."""
        return seen_request(self.ledger.request(name), self.ledger.moment(now))

    def requests(self, now: datetime) -> list[Request]:
        """Every request as it stands at `now`, the newest first."""
        moment = self.ledger.moment(now)
        return [seen_request(request, moment) for request in self.ledger.requests()]

    def dossier(self, request: Request) -> Dossier:
        """What an approver has to know of `request`: its fields as they are now, and what was lent and read before."""
        ledger = self.ledger
        entries = standing(request.entries, self.catalog)
        return dossier(request, entries, ledger.grants(), ledger.requests(), ledger.reads_of(request.requester))

    def may_decide(self, request: Request, person: Person) -> bool:
        """Whether `person` could approve `request` at some level: whose queue it is in."""
        entries = standing(request.entries, self.catalog)
        eligible = self.eligible(self.policy(), entries)
        return person.name != request.requester and any(person.name in eligible(need.of) for need in request.needs)

    @contextmanager
    def refusals_on_record(self, event: Event, now: datetime) -> Iterator[None]:
        """A refusal inside is a record too, in a transaction of its own: nothing else of the attempt remains."""
        try:
            yield
        except DeniedError as refused:
            self.ledger.record(replace(event, decision="refused", because=(str(refused),)), now, narrowing=True)
            raise

    def judged(self, asked: Asked, policy: Policy, now: datetime, usage: Usage) -> Decision:
        """What the policy says; denied where it asks for people, or tells people, whom there are not."""
        decision = asked.judged(policy, now, usage)
        if decision.outcome is Outcome.PENDING:
            why = lacking(decision.needs, (), self.eligible(policy, asked.entries), asked.person.name)
        else:
            why = unheard(decision, asked.person.name, self.people)
        return replace(decision, outcome=Outcome.DENIED, because=(*decision.because, why)) if why else decision

    def put(self, asked: Asked, policy: Policy, change: Change) -> Request:
        """Put an ask on record in `change`, with what the policy says of it; lend where it approves."""
        note_policy(policy, change)
        decision = self.judged(asked, policy, change.now, change.usage(asked.person.name))
        request = asked.request(new_id("req"), decision, change.now)
        request = bound(request, asked.entries, policy, change)
        kind = "request.denied" if decision.outcome is Outcome.DENIED else "request.created"
        reason = change.commit_to(asked.ask.reason)
        change.add(request, request_event(request, kind, asked.person.name, reason=reason))
        if request.break_glass:
            heard = {"notify": list(request.notify), "told": sorted(told(request.notify, request.requester, self.people)),
                    "review_by": stamp(request.review_by or change.now)}  # fmt: skip
            change.record(replace(request_event(request, "glass.broken", asked.person.name), detail=heard))
        return lend(request, asked.entries, change, "policy") if request.automatic else request

    def _decided(self, asked: Asked, now: datetime, *, dry_run: bool) -> Request:
        policy = self.policy()
        if dry_run:
            moment = self.ledger.moment(now)
            decision = self.judged(asked, policy, moment, self.ledger.usage(asked.person.name, moment))
            request = asked.request(DRY, decision, moment)
            return replace(request, state=RequestState.APPROVED) if request.automatic else request
        with self.ledger.write(now) as change:
            return self.put(asked, policy, change)

    def _reviewed(self, request: Request, entries: Sequence[Entry], policy: Policy, change: Change) -> Request | None:
        """The request as policy and catalog would have it now, where that is something else; else None."""
        person = self._person(request.requester)
        ask = asked_again(request)
        usage = replace(change.usage(person.name), automatic=())
        decision = decide(ask, entries, policy, person=person, now=change.now, usage=usage)
        if decision.outcome is Outcome.DENIED or not entries:
            error = DeniedError(f"the policy denies {request.id} now")
            for sentence in decision.because[:1]:
                error.add_note(sentence)
            raise error
        levels = decision.needs if decision.outcome is Outcome.PENDING else request.levels
        now = replace(request, entries=tuple(entry.id for entry in entries), seconds=decision.seconds,
                      rows=decision.rows, levels=levels, needs=levels, answers=(), because=decision.because)  # fmt: skip
        fresh = bound(now, entries, policy, change)
        return None if fresh.digest == request.digest else fresh

    def _counted(
        self, request: Request, entries: Sequence[Entry], answer: Answer, eligible: Eligible, change: Change
    ) -> Request:
        answer = replace(answer, level=check_answer(request, answer.person, eligible, approve=True))
        answers = (*request.answers, answer)
        needs = still_open(request.levels, answers, eligible, request.requester)
        self._check_rest(request, answers, eligible)
        new = replace(request, answers=answers, needs=needs)
        reason = change.commit_to(answer.reason)
        change.move(request, new, request_event(new, "request.answered", answer.person, reason=reason))
        return new if needs else lend(new, entries, change, answer.person)

    def _check_rest(self, request: Request, answers: Sequence[Answer], eligible: Eligible) -> None:
        """Raise DeniedError where the last answer takes somebody whom a later level cannot do without."""
        people = (eligible, request.requester)
        if lacking(request.levels, answers, *people) and not lacking(request.levels, request.answers, *people):
            raise DeniedError(
                f"{answers[-1].person} is needed for a later level of {request.id}: somebody else answers now"
            )

    def _decides(self, grant: Grant, person: Person) -> bool:
        """Whether the policy lets `person` steer `grant`: who could have approved it. A broken policy names nobody."""
        try:
            request = self.ledger.request(grant.request_id)
            entries = standing(request.entries, self.catalog)
            eligible = self.eligible(self.policy(), entries)
            return any(person.name in eligible(need.of) for need in request.levels)
        except (PolicyError, DocumentError, CatalogError):
            return False

    def eligible(self, policy: Policy, entries: Sequence[Entry]) -> Eligible:
        """Who may decide at a level, by the level's name, for these entries."""
        return lambda name: approvers(policy, name, entries, self.people)

    def _person(self, name: str) -> Person:
        if name not in self.people:
            raise unknown("person", name, ["the settings name the people under people:"])
        return self.people[name]


def _pending(request: Request, now: datetime) -> Request:
    """The request, while it can still be decided. Raises DeniedError after that."""
    seen = seen_request(request, now)
    if seen.state is not RequestState.PENDING:
        error = DeniedError(f"{request.id} is {seen.state.value} already")
        if seen.grant_id is not None:
            error.add_note(f"`datakeep grant revoke {seen.grant_id}` ends what was lent")
        raise error
    return request
