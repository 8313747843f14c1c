"""The evidence of one grant: whole, alone, and silent about everything else."""

import copy
import json
from datetime import timedelta

import pyarrow as pa
import pytest

from classifiers import DataClass
from jit import Ask, DeniedError, Person, PublicKey, TamperError, UnknownError, pack, verify_pack
from jit.testing import NOON, World, field

HOUR = timedelta(hours=1)
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules: [{id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user]}, approvals: [{of: privacy}]}]
"""
PEOPLE = [
    Person("ana", frozenset({"support"})),
    Person("eve", frozenset({"support"})),
    Person("bo", frozenset({"privacy"})),
]


@pytest.fixture
def world(tmp_path):
    rows = pa.table({"mail": ["anna.meier@example.org"]})
    made = World(tmp_path, POLICY, PEOPLE, [field("crm/people#mail", "user.contact.email")], {"crm/people": rows})
    yield made
    made.ledger.close()


def lend(world, who="ana"):
    asked = world.broker.ask(Ask(who, (DataClass("user.contact"),), reason="Anna Meier called", seconds=3600), NOON)
    return world.broker.approve(asked.id, world.people["bo"], NOON, "known to me").grant_id


@pytest.fixture
def packed(world):
    """The evidence of a grant that was read once, refused once and revoked; somebody else's grant is in the log too."""
    other, name = lend(world, "eve"), lend(world)
    world.read(name, "ana", "crm/people", NOON)
    with pytest.raises(DeniedError):
        world.read(name, "eve", "crm/people", NOON)
    world.broker.lending.revoke(name, world.people["bo"], NOON + HOUR / 2, "done early")
    made = json.loads(json.dumps(pack(world.audit, name, "bo", NOON + HOUR)))
    assert other not in json.dumps(made)
    return made


def types(packed):
    return [json.loads(one["record"])["type"] for one in packed["records"]]


def test_it_holds_the_whole_life_of_a_grant_and_says_what_it_does_not_show(packed):
    assert types(packed) == [
        "policy.changed", "request.created", "request.answered", "request.approved", "grant.started", "read.allowed",
        "read.served", "read.refused", "grant.revoked", "audit.evidence",
    ]  # fmt: skip
    found = verify_pack(packed, PublicKey.parse(packed["public_key"]))
    assert (found.records, found.reads, found.trusted) == (10, 1, True)
    assert any("the whole log" in point for point in found.open_points)
    assert any("came with the evidence" in point for point in verify_pack(packed).open_points)


def test_no_value_and_no_word_that_anybody_typed_is_in_it(packed):
    text = json.dumps(packed)
    assert not any(word in text for word in ("Anna", "anna.meier", "known to me", "done early"))


def _texts(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _texts(inner, (*path, key))
    if not isinstance(value, (dict, list)):
        yield path


def test_whatever_is_changed_in_it_is_found(packed):
    paths = list(_texts(packed))
    assert len(paths) > 80
    for path in paths:
        bent = copy.deepcopy(packed)
        inner = bent
        for key in path[:-1]:
            inner = inner[key]
        old = inner[path[-1]]
        inner[path[-1]] = f"{old}x" if isinstance(old, str) else 7 if old != 7 else 8
        with pytest.raises(TamperError):
            verify_pack(bent)


@pytest.mark.parametrize("number", range(10))
def test_a_record_that_was_taken_out_is_found(packed, number):
    del packed["records"][number]
    with pytest.raises(TamperError):
        verify_pack(packed)


def test_evidence_signed_by_somebody_else_is_refused(packed, tmp_path):
    other = World(tmp_path / "other", POLICY, PEOPLE, [field("crm/people#mail", "user.contact.email")])
    theirs = pack(other.audit, lend(other), "bo", NOON)
    other.ledger.close()
    with pytest.raises(TamperError, match="not by the key given"):
        verify_pack(packed, PublicKey.parse(theirs["public_key"]))


def test_a_grant_that_nobody_knows_is_named(world):
    with pytest.raises(UnknownError, match="no grant grant-0"):
        pack(world.audit, "grant-0", "bo", NOON)
