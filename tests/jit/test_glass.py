"""Breaking the glass: heard by everybody named, reviewed afterwards, and not twice while a review is overdue."""

from datetime import timedelta

import pytest

from classifiers import DataClass
from jit import Ask, DeniedError, Glass, GrantState, Person, RequestState
from jit.testing import NOON, World, field

DAY = timedelta(days=1)
POLICY = """
version: 1
break_glass: {groups: [oncall], max: 1h, notify: [privacy, security], review_within: 1d}
"""
PEOPLE = [
    Person("ana", frozenset({"oncall", "privacy"})), Person("bo", frozenset({"privacy"})),
    Person("cy", frozenset({"security"})), Person("dan", frozenset({"oncall"}), frozenset({"admin", "approver"})),
]  # fmt: skip


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, POLICY, PEOPLE, [field("crm/people#email", "user.contact.email")])
    made.glass = Glass(made.ledger, made.people)
    yield made
    made.ledger.close()


def break_glass(world, who="ana", now=NOON):
    ask = Ask(who, (DataClass("user.contact.email"),), reason="the mail server burns", break_glass=True)
    return world.broker.ask(ask, now)


def review(world, request, who, now=NOON, **parts):
    return world.glass.review(request.id, world.people[who], now, "seen in the incident log", **parts)


def test_the_record_names_the_groups_and_the_people_who_are_told(world):
    break_glass(world)
    (record,) = [one for one in world.ledger.records() if one.event.type == "glass.broken"]
    assert (record.event.detail["notify"], record.event.detail["told"]) == (["privacy", "security"], ["bo", "cy"])


def test_somebody_who_was_told_says_once_whether_it_was_justified(world):
    made = review(world, break_glass(world), "bo")
    assert (made.state, made.because[-1]) == (RequestState.APPROVED, "reviewed by bo: justified")
    assert world.broker.lending.grant(made.grant_id, NOON).state is GrantState.ACTIVE
    with pytest.raises(DeniedError, match="reviewed by bo already"):
        review(world, made, "cy")
    assert world.audit.verify().complete


@pytest.mark.parametrize(("who", "why"), [("ana", "your own"), ("dan", "privacy or security")], ids=["self", "untold"])
def test_nobody_reviews_their_own_or_what_they_were_not_told_of_and_the_attempt_is_on_record(world, who, why):
    made = break_glass(world)
    with pytest.raises(DeniedError, match=why):
        review(world, made, who)
    assert world.types()[-1] == "request.refused"
    assert world.ledger.request(made.id).answers == ()


def test_an_ordinary_request_has_no_review(world):
    made = world.broker.ask(Ask("ana", (DataClass("user.contact.email"),), reason="just asking"), NOON)
    with pytest.raises(DeniedError, match="broke no glass"):
        review(world, made, "bo")


def test_what_was_not_justified_ends_at_once(world):
    made = review(world, break_glass(world), "bo", justified=False)
    assert world.ledger.grant(made.grant_id).state is GrantState.REVOKED
    assert world.broker.lending.covered("ana", NOON) == {}
    assert world.types()[-2:] == ["glass.reviewed", "grant.revoked"]


def test_who_has_an_overdue_review_breaks_no_glass_until_somebody_looked_at_it(world):
    first = break_glass(world)
    assert break_glass(world, now=NOON + DAY - timedelta(seconds=1)).state is RequestState.APPROVED
    late = break_glass(world, now=NOON + DAY)
    assert late.state is RequestState.DENIED
    assert f"nobody has reviewed {first.id} yet" in late.because[0]
    assert break_glass(world, "dan", now=NOON + DAY).state is RequestState.APPROVED  # that is ana's debt alone
    review(world, first, "bo", now=NOON + DAY)
    assert break_glass(world, now=NOON + DAY).state is RequestState.APPROVED


@pytest.mark.parametrize("policy", [
    POLICY.replace("[privacy, security]", "[nobody]"), POLICY.replace("[privacy, security]", "[privacy]"),
], ids=["an empty group", "only who breaks it"])  # fmt: skip
def test_where_nobody_else_would_hear_of_it_no_glass_is_broken(tmp_path, policy):
    """In exchange for an allow somebody hears of it: a glass that nobody else hears of would be a door."""
    world = World(tmp_path, policy, [PEOPLE[0], PEOPLE[2]], [field("crm/people#email", "user.contact.email")])
    made = break_glass(world)
    assert (made.state, made.grant_id) == (RequestState.DENIED, None)
    assert "nobody else is told" in made.because[-1]
    dry = world.broker.ask(
        Ask("ana", (DataClass("user.contact.email"),), reason="fire", break_glass=True), NOON, dry_run=True
    )
    assert dry.state is RequestState.DENIED
    world.ledger.close()
