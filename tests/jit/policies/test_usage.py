from datetime import timedelta

import pyarrow as pa
import pytest

from classifiers import DataClass
from jit import Ask, DeniedError, Person, reach
from jit.policies.usage import accesses
from jit.testing import NOON, World, field

POLICY = """
version: 1
rules: [{id: all, effect: allow, who: {groups: [support]}, what: {classes: [user]}, auto: {}}]
"""
FIELDS = [
    field("crm/people#name", "user.name"), field("crm/people#mail", "user.contact.email"),
    field("crm/people#note", "user.name", "user.contact.email"), field("hr/staff#name", "user.name"),
    field("hr/staff#alias", "user.name"),
]  # fmt: skip


@pytest.fixture
def world(tmp_path):
    rows = pa.table({"name": ["x"], "mail": ["y"], "note": ["z"]})
    made = World(
        tmp_path,
        POLICY,
        [Person(name, frozenset({"support"})) for name in ("ana", "ben")],
        FIELDS,
        {"crm/people": rows},
    )
    yield made
    made.ledger.close()


def lend(world, who, *entries):
    return world.broker.ask(Ask(who, entries=entries, reason="a customer called", seconds=3600), NOON).grant_id


def report(world):
    grants = world.broker.lending.grants(NOON)
    live = [grant.id for grant in grants if grant.state.value == "active"]
    return {(one.person, one.data_class): one for one in accesses(grants, live, world.ledger.records())}


def test_what_nobody_read_is_unused(world):
    grant = lend(world, "ana", "crm/people#mail")
    one = report(world)["ana", "user.contact.email"]
    assert (one.verdict, one.could, one.did, one.live) == ("unused", {"crm/people#mail"}, set(), {grant})


def test_what_was_read_is_counted_for_each_of_its_classes(world):
    grant = lend(world, "ana", "crm/people#note")
    for _ in range(2):
        world.read(grant, "ana", "crm/people", NOON + timedelta(minutes=5))
    for data_class in ("user.name", "user.contact.email"):
        one = report(world)["ana", data_class]
        assert (one.verdict, one.reads, one.did, one.last_read) == (
            "used", 2, {"crm/people#note"}, NOON + timedelta(minutes=5))  # fmt: skip


def test_what_was_lent_wider_than_used_is_said_to_be(world):
    grant = world.broker.ask(
        Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=3600), NOON
    ).grant_id
    world.read(grant, "ana", "crm/people#name", NOON)
    one = report(world)["ana", "user.name"]
    assert len(one.could) == 4
    assert (one.verdict, one.did) == ("over_scoped", {"crm/people#name"})


def test_a_refusal_counts_for_who_tried_and_an_ended_grant_is_not_live(world):
    grant = lend(world, "ana", "crm/people#mail")
    world.broker.lending.give_back(grant, world.people["ana"], NOON)
    for who in ("ana", "ben"):
        with pytest.raises(DeniedError):
            world.read(grant, who, "crm/people", NOON)
    found = report(world)
    assert (found["ana", "user.contact.email"].refused, found["ana", "user.contact.email"].live) == (1, set())
    assert ("ben", "user.contact.email") not in found


def test_who_could_ask_and_never_did_is_told_apart_from_who_was_lent_without_need(world):
    lend(world, "ana", "crm/people#name")
    people = [world.people["ana"], Person("eve", frozenset({"sales"}))]
    reaches = [one for person in people for one in reach(world.policy, person, world.shelf.entries())]
    found = {(one.person, one.data_class): one for one in accesses(world.ledger.grants(), (), (), reaches)}
    assert found["ana", "user.name"].verdict.value == "unused"
    unasked = found["ana", "user.contact.email"]
    assert (unasked.verdict.value, unasked.rules, len(unasked.askable)) == ("unasked", {"all"}, 2)
    assert not any(person == "eve" for person, _ in found)


DENIES = [
    ("{id: never, effect: deny, who: {groups: [support]}, what: {classes: [user.name]}}", set()),
    ("{id: never, effect: deny, what: {classes: [user.name], scope: [hr]}}", {"crm/people#name", "crm/people#note"}),
    ("{id: never, effect: deny, what: {classes: [user.name]}, when: {hours: '22:00-06:00'}}", None),
    ("{id: never, effect: deny, who: {groups: [sales]}, what: {classes: [user.name]}}", None),
]


@pytest.mark.parametrize(("deny", "left"), DENIES, ids=["all", "one place", "at night", "others"])
def test_nobody_could_ask_for_what_is_denied_whenever_and_whyever_they_ask(world, deny, left):
    everything = {one.id for one in FIELDS if "user.name" in one.classes}
    world.set_policy(POLICY.replace("rules: [", f"rules: [{deny}, "))
    found = reach(world.policy, world.people["ana"], world.shelf.entries())
    assert {one.entry for one in found if one.data_class == "user.name"} == (everything if left is None else left)
