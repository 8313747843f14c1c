"""Access reviews: kept with a reason or revoked, by somebody else, and revoked where nobody said anything."""

from datetime import timedelta

import pytest

from classifiers import DataClass
from jit import Ask, Campaigns, DeniedError, GrantState, JitError, Person, RequestState
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
