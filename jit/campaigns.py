"""Access reviews: what is lent, and what people could ask for, stays where somebody says so before the campaign ends.

The end of a campaign is evaluated, not swept: opening one shortens each grant to it, and keeping a grant gives its time
back. A sweep only puts on paper that what nobody answered is revoked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from catalog import CatalogError
from classifiers import DataClass, DocumentError
from jit.change import Change
from jit.interface import DeniedError, Grant, GrantState, JitError, Person, PolicyError
from jit.ledger import Ledger
from jit.lending import STEERING, Lending, grant_event, new_id
from jit.policies.policy import Policy, approvers
from jit.policies.reach import reach
from jit.proof.record import Event
from jit.question import Campaign, CampaignState, Question, QuestionState
from jit.resolve import Known, check_reason, holding, standing, within
from jit.states import ENDED, seen_campaign, seen_grant

FINISHED = ENDED | {GrantState.STUCK}
"""Nothing is lent by these any more; what is stuck is being taken back already."""


@dataclass(frozen=True, slots=True)
class Campaigns:
    """The access reviews of one ledger."""

    ledger: Ledger
    lending: Lending
    policy: Callable[[], Policy]
    catalog: Known
    people: Mapping[str, Person]

    def open(
        self, person: Person, now: datetime, closes: datetime, *, classes: tuple[DataClass, ...] = (), scope: str = "*"
    ) -> Campaign:
        """Ask of every grant that has not ended, and of every rule that lets somebody ask, whether it is to stay.

        Those about `classes` within `scope`. Raises DeniedError for who has no role for it, JitError where there is
        nothing to ask, or the end is past.
        """
        _check_role(person, "open an access review")
        moment = self.ledger.moment(now)
        if closes <= moment:
            raise JitError(f"the end {closes:%Y-%m-%d %H:%M} is past")
        made = Campaign(new_id("campaign"), CampaignState.OPEN, person.name, moment, closes, classes, scope)
        found = [*self._of_grants(made, moment), *self._of_rules(made)]
        if not found:
            raise JitError("there is nothing to review: nothing is lent, and nobody could ask")
        with self.ledger.write(now) as change:
            change.add(made, _event(made, "campaign.opened", person.name))
            for number, question in enumerate(found, 1):
                numbered = replace(question, id=f"{made.id}.{number}")
                change.add(numbered, _asked(numbered, "question.asked", "datakeep"))
                if numbered.grant is not None:
                    _shorten(change.grant(numbered.grant), made, change)
        return made

    def answer(self, name: str, person: Person, now: datetime, reason: str, *, keep: bool) -> Question:
        """Say whether what a question is about stays. Once, before the campaign ends, never about oneself.

        By whoever decides about it: who could approve it, and who has the role. Keeping a grant gives it the time back
        that the campaign took; revoking ends it now, and bars the person from what the rule lets them ask for.
        """
        check_reason(reason)
        state = QuestionState.KEEP if keep else QuestionState.REVOKE
        try:
            with self.ledger.write(now, narrowing=not keep) as change:
                question = change.question(name)
                campaign = seen_campaign(change.campaign(question.campaign), change.now)
                self._check_may(question, campaign, person, reason)
                return _answered(question, state, person.name, change, reason)
        except DeniedError as refused:
            event = Event(
                "question.refused", person.name, decision=state.value, because=(str(refused),), detail={"of": name}
            )
            self.ledger.record(event, now, narrowing=True)
            raise

    def close(self, name: str, person: Person, now: datetime) -> Campaign:
        """End a campaign now: what nobody answered is revoked."""
        with self.ledger.write(now, narrowing=True) as change:
            _check_role(person, "close an access review")
            campaign = change.campaign(name)
            if campaign.state is CampaignState.CLOSED:
                raise DeniedError(f"{name} is closed already")
            return _closed(campaign, person.name, change)

    def sweep(self, now: datetime) -> tuple[Campaign, ...]:
        """Put on paper that campaigns ended: what nobody answered is revoked."""
        if not any(one.state is CampaignState.OPEN for one in self.ledger.campaigns()):
            return ()
        with self.ledger.write(now, narrowing=True) as change:
            return tuple(_closed(campaign, "datakeep", change) for campaign in change.due_campaigns())

    def may_answer(self, question: Question, person: Person) -> bool:
        """Whether it is for `person` to answer: who could approve what it is about, and who has the role."""
        if person.name == question.person:
            return False
        if person.roles & STEERING:
            return True
        if question.grant is not None:
            return self.lending.decides(self.ledger.grant(question.grant), person)
        try:
            policy = self.policy()
            entries = standing(question.entries, self.catalog)
            rule = next((one for one in policy.rules if one.id == question.rule), None)
            levels = rule.approvals if rule else ()
            return any(person.name in approvers(policy, level.of, entries, self.people) for level in levels)
        except (PolicyError, DocumentError, CatalogError):
            return False

    def _of_grants(self, campaign: Campaign, now: datetime) -> Iterator[Question]:
        taken = self._taken()
        for grant in self.ledger.grants(held=True):
            if seen_grant(grant, now).state in ENDED or not _concerns(campaign, grant):
                continue
            until = max(grant.expires, taken.get(grant.id, grant.expires))
            yield Question("", campaign.id, QuestionState.OPEN, grant.grantee, grant.classes, grant.entries,
                           grant=grant.id, until=until)  # fmt: skip

    def _taken(self) -> dict[str, datetime]:
        """The ends that grants had before other open campaigns took them."""
        found: dict[str, datetime] = {}
        for other in self.ledger.campaigns():
            for one in self.ledger.questions(other.id) if other.state is CampaignState.OPEN else ():
                if one.state is QuestionState.OPEN and one.grant is not None and one.until is not None:
                    found[one.grant] = max(one.until, found.get(one.grant, one.until))
        return found

    def _of_rules(self, campaign: Campaign) -> Iterator[Question]:
        entries = holding(campaign.classes, campaign.scope, self.catalog)
        policy = self.policy()
        for person in sorted(self.people.values(), key=lambda one: one.name):
            found: dict[str, tuple[set[DataClass], set[str]]] = defaultdict(lambda: (set(), set()))
            for one in reach(policy, person, entries):
                if _wanted(campaign.classes, one.data_class):
                    found[one.rule][0].add(one.data_class)
                    found[one.rule][1].add(one.entry)
            for rule, (classes, names) in sorted(found.items()):
                yield Question("", campaign.id, QuestionState.OPEN, person.name, tuple(sorted(classes)),
                               tuple(sorted(names)), rule=rule)  # fmt: skip

    def _check_may(self, question: Question, campaign: Campaign, person: Person, reason: str) -> None:
        if person.name == question.person:
            raise DeniedError(f"{question.id} is about you: somebody else answers it")
        if campaign.state is CampaignState.CLOSED:
            raise DeniedError(f"{campaign.id} ended at {campaign.closes:%Y-%m-%d %H:%M} UTC")
        if question.state is not QuestionState.OPEN:
            raise DeniedError(f"{question.id} was answered by {question.answered_by}: {question.state.value}")
        if not reason.strip():
            raise DeniedError("an answer says why: --reason")
        if not self.may_answer(question, person):
            raise DeniedError(f"{question.id} is not for {person.name} to answer")


def _answered(question: Question, state: QuestionState, by: str, change: Change, reason: str = "") -> Question:
    new = replace(question, state=state, answered_by=by, answered=change.now, reason=reason)
    change.move(question, new, _asked(new, "question.answered", by, change.commit_to(reason)))
    if question.grant is not None and question.until is not None:
        grant = change.grant(question.grant)
        lent = seen_grant(grant, change.now).state not in ENDED  # perhaps by a later end than the question knows
        if grant.state not in FINISHED and (lent or question.until > change.now):
            _apply(grant, new, question.until, by, change)
    return new


def _apply(grant: Grant, question: Question, until: datetime, by: str, change: Change) -> None:
    """Give a kept grant its time back, up to where another open campaign ends it, and end one that is revoked."""
    end = min([until, *(max(one.closes, grant.starts) for one in change.reviewing(grant.id))])
    if question.state is QuestionState.REVOKE:
        words = f"revoked by {by}" if by != "datakeep" else "revoked: nobody said that it is to stay"
        because = f"{words} ({question.id})"
        new = replace(grant, state=GrantState.REVOKED, because=(*grant.because, because))
        change.move(grant, new, grant_event(new, "grant.revoked", by, because))
    elif end > grant.expires:
        because = f"kept by {by} ({question.id})"
        new = replace(grant, expires=end, because=(*grant.because, because))
        change.move(grant, new, grant_event(new, "grant.kept", by, because))


def _shorten(grant: Grant, campaign: Campaign, change: Change) -> None:
    """The grant ends with the campaign, unless somebody keeps it; one that starts later lends nothing until then."""
    end = max(campaign.closes, grant.starts)
    if end < grant.expires and grant.state not in FINISHED:
        because = f"ends with {campaign.id}, unless somebody keeps it"
        new = replace(grant, expires=end, because=(*grant.because, because))
        change.move(grant, new, grant_event(new, "grant.shortened", "datakeep", because))


def _closed(campaign: Campaign, by: str, change: Change) -> Campaign:
    open_ones = change.open_questions(campaign.id)
    for question in open_ones:
        _answered(question, QuestionState.REVOKE, "datakeep", change)
    new = replace(campaign, state=CampaignState.CLOSED)
    event = _event(new, "campaign.closed", by)
    change.move(campaign, new, replace(event, detail={"unanswered": len(open_ones)}))
    return new


def _event(campaign: Campaign, kind: str, actor: str) -> Event:
    return Event(kind, actor, classes=campaign.classes, decision=campaign.state.value)


def _asked(question: Question, kind: str, actor: str, reason: str | None = None) -> Event:
    detail = {"campaign": question.campaign, "person": question.person, "rule": question.rule}
    return Event(kind, actor, None, question.grant, question.entries, question.classes, question.state.value,
                 detail=detail | ({"reason": reason} if reason else {}))  # fmt: skip


def _check_role(person: Person, what: str) -> None:
    if not person.roles & STEERING:
        raise DeniedError(f"{person.name} may not {what}: that takes the role {' or '.join(sorted(STEERING))}")


def _concerns(campaign: Campaign, grant: Grant) -> bool:
    return any(
        within(campaign.scope, pin.entry)
        and (not campaign.classes or any(_wanted(campaign.classes, one) for one in pin.classes))
        for pin in grant.pins
    )


def _wanted(classes: Iterable[DataClass], held: DataClass) -> bool:
    wanted = tuple(classes)
    return not wanted or any(one.covers(held) for one in wanted)
