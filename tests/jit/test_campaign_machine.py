"""Access reviews as a state machine: any number at once, in any order, with what else befalls grants.

What has to hold is one line: a grant is live as long as it was lent for, and as every review that asks of it has not ended
or has had it kept, swept or not.
"""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from classifiers import DataClass
from jit import Ask, Campaigns, DeniedError, GrantState, JitError, Person, RequestState, sweep
from jit.testing import NOON, World
from jit.testing import field as known

DAY = timedelta(days=1)
POLICY = """
version: 1
defaults: {duration: {max: 30d}}
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""
PEOPLE = [
    Person("ana", frozenset({"support"})),
    Person("ben", frozenset({"support"})),
    Person("st", roles=frozenset({"steward"})),
]
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
days = st.integers(1, 12)


@dataclass
class Lent:
    """What we hold to be true of a grant. `asked` are the ends of the reviews that ask of it and have not had it kept."""

    who: str
    starts: datetime
    end: datetime
    asked: dict[str, datetime] = field(default_factory=dict)
    over: bool = False

    def live(self, now):
        return self.starts <= now < self.end and not self.over and all(now < closes for closes in self.asked.values())

    def ended(self, now):
        return self.over or now >= self.end or any(now >= max(closes, self.starts) for closes in self.asked.values())


class Reviews(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.world = World(self.folder, POLICY, PEOPLE, [known("crm/people#name", "user.name")])
        self.reviews = Campaigns(
            self.world.ledger, self.world.broker.lending, lambda: self.world.policy, self.world.shelf, self.world.people
        )
        self.now, self.lent, self.barred = NOON, {}, dict.fromkeys(("ana", "ben"))
        self.open = {}

    def teardown(self):
        assert self.world.audit.verify().complete or not self.world.types()
        self.world.ledger.close()
        shutil.rmtree(self.folder)

    def person(self, name):
        return self.world.people[name]

    @rule(who=st.sampled_from(["ana", "ben"]), length=days, later=st.sampled_from([0, 0, 3]))
    def ask(self, who, length, later):
        start = self.now + later * DAY if later else None
        given = Ask(who, (DataClass("user.name"),), reason="a customer called", seconds=length * 86_400, start=start)
        made = self.world.broker.ask(given, self.now)
        assert (made.state is RequestState.DENIED) == (self.barred[who] is not None)
        if made.grant_id:
            starts = start or self.now
            self.lent[made.grant_id] = Lent(who, starts, starts + length * DAY)

    @precondition(lambda self: self.lent)
    @rule(data=st.data(), length=days)
    def extend(self, data, length):
        name = data.draw(st.sampled_from(list(self.lent)))
        lent = self.lent[name]
        given = Ask(lent.who, reason="still on the case", seconds=length * 86_400)
        try:
            made = self.world.broker.extend(name, given, self.now)
        except DeniedError:
            return
        assert not lent.asked, "prolonged under a review"
        assert not lent.ended(self.now)
        if made.state is RequestState.APPROVED:
            lent.end = max(lent.end, made.created + timedelta(seconds=made.seconds))

    @rule(length=days)
    def review(self, length):
        try:
            made = self.reviews.open(self.person("st"), self.now, self.now + length * DAY)
        except JitError:
            assert all(lent.ended(self.now) for lent in self.lent.values())
            return
        self.open[made.id] = made.closes
        asked = {one.grant for one in self.world.ledger.questions(made.id) if one.grant}
        assert asked == {name for name, lent in self.lent.items() if not lent.ended(self.now)}
        for name in asked:
            self.lent[name].asked[made.id] = made.closes

    @precondition(lambda self: self.open)
    @rule(data=st.data(), keep=st.booleans())
    def answer(self, data, keep):
        campaign = data.draw(st.sampled_from(list(self.open)))
        asked = self.world.ledger.questions(campaign)
        asked.sort(key=lambda one: list(self.lent).index(one.grant) if one.grant else -1)  # ids are random, this is not
        self.answers(data.draw(st.sampled_from(asked)), campaign, keep=keep)

    @precondition(lambda self: len(self.open) > 1)
    @rule(data=st.data())
    def keep_every_grant(self, data):
        campaign = data.draw(st.sampled_from(list(self.open)))
        for question in self.world.ledger.questions(campaign):
            if question.grant is not None:
                self.answers(question, campaign, keep=True)

    def answers(self, question, campaign, *, keep):
        try:
            self.reviews.answer(question.id, self.person("st"), self.now, "asked the team lead", keep=keep)
        except DeniedError:
            assert question.answered_by or self.now >= self.open[campaign]
            return
        assert self.now < self.open[campaign]
        if question.grant is None:
            taken = self.barred[question.person]  # of two answers at the same moment the one that takes counts
            self.barred[question.person] = taken if keep and taken == self.now else None if keep else self.now
        elif keep:
            self.lent[question.grant].asked.pop(campaign)
        else:
            self.lent[question.grant].over = True

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def close(self, data):
        campaign = data.draw(st.sampled_from(list(self.open)))
        self.reviews.close(campaign, self.person("st"), self.now)
        self.closed(campaign)

    def closed(self, campaign):
        self.open.pop(campaign)
        for lent in self.lent.values():
            lent.over |= campaign in lent.asked
        for one in self.world.ledger.questions(campaign):
            if one.rule and one.answered_by == "datakeep":
                self.barred[one.person] = self.now

    @precondition(lambda self: self.lent)
    @rule(data=st.data())
    def revoke(self, data):
        name = data.draw(st.sampled_from(list(self.lent)))
        try:
            self.world.broker.lending.revoke(name, self.person("st"), self.now)
        except DeniedError:
            assert self.lent[name].ended(self.now)
        else:
            self.lent[name].over = True

    @rule(hours=st.sampled_from([1, 24, 24, 100]))
    def tick(self, hours):
        self.now += timedelta(hours=hours)

    @rule(reviews_first=st.booleans())
    def sweep(self, reviews_first):
        if not reviews_first:
            sweep(self.world.broker, self.now)
        for campaign in self.reviews.sweep(self.now):
            self.closed(campaign.id)
        sweep(self.world.broker, self.now)

    @invariant()
    def what_is_live_is_what_every_review_lets_live(self):
        live = {name for name, lent in self.lent.items() if lent.live(self.now)}
        lending = self.world.broker.lending
        covered = {name for who in self.barred for names in lending.covered(who, self.now).values() for name in names}
        assert covered == live
        for name, lent in self.lent.items():
            assert (lending.grant(name, self.now).state in {GrantState.EXPIRED, GrantState.REVOKED}) == lent.ended(
                self.now
            )


TestReviews = Reviews.TestCase
TestReviews.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
