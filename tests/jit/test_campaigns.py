"""Access reviews: kept with a reason or revoked, by somebody else, and revoked where nobody said anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from classifiers import DataClass, DocumentError
from jit import Ask, Campaigns, DeniedError, GrantState, JitError, Person, RequestState, is_live
from jit.testing import NOON, World, field

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
defaults: {duration: {max: 30d}}
rules:
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy}]}
  - {id: no-externals, effect: deny, who: {groups: [external]}, what: {classes: [user.contact]}}
"""
PEOPLE = [
    Person("ana", frozenset({"support"})), Person("bo", frozenset({"privacy"})),
    Person("eve", frozenset({"support", "external"})), Person("st", roles=frozenset({"steward"})), Person("none"),
]  # fmt: skip


@pytest.fixture
def world(tmp_path):
    fields = [field("crm/people#name", "user.name"), field("hr/staff#mail", "user.contact.email")]
    made = World(tmp_path, POLICY, PEOPLE, fields)
    made.campaigns = Campaigns(made.ledger, made.broker.lending, lambda: made.policy, made.shelf, made.people)
    yield made
    made.ledger.close()


def lend(world, days=14, now=NOON, who="ana", **parts):
    ask = Ask(who, (DataClass("user.name"),), reason="a customer called", seconds=days * 86_400, **parts)
    return world.broker.ask(ask, now)


def opened(world, **parts):
    return world.campaigns.open(world.people["st"], NOON, NOON + WEEK, **parts)


def questions(world, campaign):
    return {one.grant or f"{one.person}/{one.rule}": one for one in world.ledger.questions(campaign.id)}


def answer(world, question, who="st", now=NOON, *, keep):
    return world.campaigns.answer(question.id, world.people[who], now, "asked the team lead", keep=keep)


def grant(world, name, now=NOON):
    return world.broker.lending.grant(name, now)


def test_a_campaign_asks_of_every_grant_and_of_everybody_who_could_ask(world):
    over, live = lend(world, days=1, now=NOON - DAY).grant_id, lend(world).grant_id
    asked = questions(world, opened(world))
    assert set(asked) == {live, "ana/mails", "ana/names", "eve/names"}
    assert over not in asked
    assert asked["ana/mails"].entries == ("hr/staff#mail",)
    assert world.audit.verify().complete


def test_it_asks_only_about_its_classes_and_scope(world):
    lend(world)
    assert set(questions(world, opened(world, classes=(DataClass("user.contact"),)))) == {"ana/mails"}
    assert set(questions(world, opened(world, scope="hr"))) == {"ana/mails"}
    with pytest.raises(JitError, match="nothing to review"):
        opened(world, scope="nowhere")


def test_a_grant_ends_with_the_campaign_unless_it_is_kept_and_then_has_its_time_back(world):
    kept, left = lend(world).grant_id, lend(world).grant_id
    asked = questions(world, opened(world))
    assert {grant(world, name).expires for name in (kept, left)} == {NOON + WEEK}
    answer(world, asked[kept], keep=True)
    assert grant(world, kept).expires == NOON + 2 * WEEK
    later = NOON + WEEK
    assert set(world.broker.lending.covered("ana", later).values()) == {(kept,)}  # evaluated: nothing was swept yet
    (closed,) = world.campaigns.sweep(later)
    assert (grant(world, left, later).state, grant(world, kept, later).state) == (GrantState.REVOKED, GrantState.ACTIVE)
    assert [
        one.event.detail["unanswered"] for one in world.ledger.records() if one.event.type == "campaign.closed"
    ] == [4]
    assert closed.state.value == "closed"
    assert world.campaigns.sweep(later + HOUR) == ()
    assert world.audit.verify().complete


def test_a_grant_that_starts_after_the_campaign_lends_nothing_until_somebody_keeps_it(world):
    late = lend(world, start=NOON + 2 * WEEK).grant_id
    asked = questions(world, opened(world))
    assert world.broker.lending.covered("ana", NOON + 2 * WEEK) == {}
    answer(world, asked[late], keep=True)
    assert set(world.broker.lending.covered("ana", NOON + 2 * WEEK)) == {"crm/people#name"}


def test_what_ended_by_itself_is_not_said_to_be_revoked(world):
    short = lend(world, days=1).grant_id
    opened(world)
    world.campaigns.sweep(NOON + WEEK)
    assert grant(world, short, NOON + WEEK).state is GrantState.EXPIRED


def test_revoking_a_grant_ends_it_at_once(world):
    lent = lend(world).grant_id
    answer(world, questions(world, opened(world))[lent], keep=False)
    assert grant(world, lent).state is GrantState.REVOKED
    assert world.types()[-2:] == ["question.answered", "grant.revoked"]


def test_who_loses_a_rule_is_denied_by_it_until_a_later_review_gives_it_back(world):
    answer(world, questions(world, opened(world))["ana/names"], keep=False)
    denied = lend(world, days=1)
    assert denied.state is RequestState.DENIED
    assert any("an access review took names from ana" in sentence for sentence in denied.because)
    assert lend(world, days=1, who="eve").state is RequestState.APPROVED
    answer(world, questions(world, opened(world))["ana/names"], now=NOON + HOUR, keep=True)
    assert lend(world, days=1, now=NOON + HOUR).state is RequestState.APPROVED


def test_a_pending_request_is_not_approved_by_a_rule_that_was_taken(world):
    pending = world.broker.ask(Ask("ana", (DataClass("user.contact"),), reason="a customer called"), NOON)
    answer(world, questions(world, opened(world))["ana/mails"], keep=False)
    with pytest.raises(DeniedError, match="the policy denies"):
        world.broker.approve(pending.id, world.people["bo"], NOON)


@pytest.mark.parametrize(("who", "thing", "why"), [
    ("ana", "ana/names", "about you"), ("none", "ana/names", "not for none"), ("bo", "ana/names", "not for bo"),
])  # fmt: skip
def test_who_is_reviewed_and_who_does_not_decide_about_it_answer_nothing(world, who, thing, why):
    question = questions(world, opened(world))[thing]
    with pytest.raises(DeniedError, match=why):
        answer(world, question, who, keep=True)
    assert world.types()[-1] == "question.refused"


def test_who_could_approve_it_answers_too(world):
    assert answer(world, questions(world, opened(world))["ana/mails"], "bo", keep=True).answered_by == "bo"


def test_an_answer_counts_once_says_why_and_comes_in_time(world):
    asked = questions(world, opened(world))
    answer(world, asked["ana/names"], keep=True)
    with pytest.raises(DeniedError, match="answered by st: keep"):
        answer(world, asked["ana/names"], keep=False)
    with pytest.raises(DeniedError, match="says why"):
        world.campaigns.answer(asked["eve/names"].id, world.people["st"], NOON, " ", keep=True)
    with pytest.raises(DeniedError, match="ended at"):
        answer(world, asked["eve/names"], now=NOON + WEEK, keep=True)
    assert not any("team lead" in record.text for record in world.ledger.records())


def test_only_a_role_opens_and_closes_and_closing_early_revokes_what_is_open(world):
    lent = lend(world).grant_id
    with pytest.raises(DeniedError, match="role approver or steward"):
        world.campaigns.open(world.people["bo"], NOON, NOON + WEEK)
    with pytest.raises(JitError, match="is past"):
        world.campaigns.open(world.people["st"], NOON, NOON)
    campaign = opened(world)
    world.campaigns.close(campaign.id, world.people["st"], NOON + HOUR)
    assert grant(world, lent, NOON + HOUR).state is GrantState.REVOKED
    with pytest.raises(DeniedError, match="closed already"):
        world.campaigns.close(campaign.id, world.people["st"], NOON + HOUR)


def test_an_answer_bent_behind_the_logs_back_is_found(world):
    question = questions(world, opened(world))["ana/names"]
    answer(world, question, keep=False)
    with world.ledger._reading() as connection:
        connection.execute(
            "UPDATE questions SET document = replace(document, '\"revoke\"', '\"keep\"') WHERE id = ?", (question.id,)
        )
    with pytest.raises(JitError, match=f"{question.id} is not what record"):
        world.audit.verify()


class TestAttacks:
    """Ways around an access review that somebody might try."""

    @pytest.mark.parametrize("revoked", [True, False], ids=["revoked", "unanswered"])
    def test_a_grant_prolonged_during_a_review_is_not_spared(self, world, revoked):
        """The question knows the end that the grant had; a later end must not carry it past the review."""
        name = lend(world, days=2).grant_id
        campaign = opened(world)
        with pytest.raises(DeniedError, match="is under review"):
            extend(world, name, days=9)
        if revoked:
            answer(world, questions(world, campaign)[name], keep=False)
        world.campaigns.sweep(NOON + WEEK)
        assert not is_live(grant(world, name, NOON + 3 * DAY), NOON + 3 * DAY)

    def test_a_request_to_prolong_that_was_approved_during_a_review_lends_nothing_more(self, world):
        world.set_policy(
            POLICY.replace(
                "what: {classes: [user.name]}, auto: {}", "what: {classes: [user.name]}, approvals: [{of: privacy}]"
            )
        )
        name = world.broker.approve(lend(world, days=2).id, world.people["bo"], NOON).grant_id
        pending = extend(world, name, days=9)
        opened(world)
        with pytest.raises(DeniedError, match="is under review"):
            world.broker.approve(pending.id, world.people["bo"], NOON + HOUR)
        assert grant(world, name).expires == NOON + 2 * DAY

    @pytest.mark.parametrize("order", ["first", "second", "both", "neither"])
    def test_of_two_reviews_of_one_grant_each_has_to_keep_it(self, world, order):
        """What the first review gives back must not reach past the end of the second, swept or not."""
        name = lend(world).grant_id
        first = opened(world)
        second = world.campaigns.open(world.people["st"], NOON, NOON + 2 * DAY)
        assert grant(world, name).expires == NOON + 2 * DAY
        for word, campaign in (("first", first), ("second", second)):
            if order in {word, "both"}:
                answer(world, questions(world, campaign)[name], keep=True)
        end = {"first": 2 * DAY, "second": WEEK, "both": 2 * WEEK, "neither": 2 * DAY}[order]
        assert grant(world, name).expires == NOON + end
        for later in (2 * DAY, WEEK):
            world.campaigns.sweep(NOON + later)
            assert is_live(grant(world, name, NOON + later), NOON + later) == (end > later)
        assert world.audit.verify().complete

    def test_a_review_that_lasts_for_years_shields_nothing_from_the_next(self, world):
        name = lend(world).grant_id
        world.campaigns.open(world.people["st"], NOON, NOON + 1000 * DAY)
        world.campaigns.open(world.people["st"], NOON, NOON + DAY)
        world.campaigns.sweep(NOON + DAY)
        assert grant(world, name, NOON + DAY).state is GrantState.REVOKED

    @pytest.mark.parametrize("kept_first", [True, False])
    def test_of_two_reviews_that_answer_at_the_same_moment_the_one_that_takes_counts(self, world, kept_first):
        """A clock that lags behind the record gives many answers one time: doubt narrows."""
        asked = [questions(world, opened(world))["ana/names"] for _ in range(2)]
        for question, keep in zip(asked, (kept_first, not kept_first), strict=True):
            answer(world, question, keep=keep)
        assert lend(world, days=1).state is RequestState.DENIED

    def test_a_policy_that_cannot_be_read_keeps_nobody_with_a_role_from_revoking(self, world):
        name = lend(world).grant_id
        question = questions(world, opened(world))[name]

        def broken():
            raise DocumentError("policies.yaml cannot be read")

        reviews = Campaigns(
            world.ledger, replace(world.broker, policy=broken).lending, broken, world.shelf, world.people
        )
        assert not reviews.may_answer(question, world.people["bo"])
        reviews.answer(question.id, world.people["st"], NOON, "left the team", keep=False)
        assert grant(world, name).state is GrantState.REVOKED


def extend(world, name, days):
    return world.broker.extend(name, Ask("ana", seconds=days * 86_400, reason="still on the case"), NOON)
