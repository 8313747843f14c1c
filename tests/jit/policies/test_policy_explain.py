"""Why a request is decided as it is, and which request would fare better."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from catalog import Status
from classifiers import DataClass
from jit import (
    Ask,
    Outcome,
    Person,
    Policy,
    Request,
    RequestState,
    Turn,
    Usage,
    decide,
    explain,
    past_of,
    replay,
    rule_changes,
)
from jit.interface import Decision, Need
from jit.policies.diff import turn
from jit.policies.rules import PolicyFile
from jit.testing import field

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
EMAIL, SSN = "user.contact.email", "user.government_id.national_identification_number"
ANA = Person("ana", frozenset({"support"}))
RULES = """
version: 1
defaults: {reason: {min_chars: 12}}
approvers: {privacy: {groups: [privacy]}}
rules:
  - id: contact
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.contact], scope: [crm]}
    when: {days: mon-fri, hours: "08:00-18:00"}
    purpose: {one_of: [care], ticket: "^SUP-[0-9]+$"}
    duration: {max: 2h}
    auto: {fields_at_most: 2}
    approvals: [{of: privacy, n: 1}]
  - {id: ids, effect: allow, who: {groups: [fraud]}, what: {classes: [user.government_id]}, approvals: [{of: privacy, n: 2}]}
  - {id: externals, effect: deny, who: {groups: [external]}, what: {scope: ["crm/secret"]}, because: "not for externals"}
"""


def policy_of(text):
    return Policy.of(PolicyFile.model_validate(yaml.safe_load(text)))


POLICY = policy_of(RULES)


def told(entries, *, person=ANA, now=NOW, policy=POLICY, usage=None, **parts):
    ask = Ask("ana", **{"purpose": "care", "reason": "because of a case", "ticket": "SUP-7", "seconds": 3600, **parts})
    return explain(ask, entries, policy, person=person, now=now, usage=usage or Usage())


def email(number=0, place="crm/t"):
    return field(f"{place}#e{number}", EMAIL)


def test_each_class_has_its_rules_and_their_conditions():
    found = told([email(), field("crm/t#id", SSN)])

    assert [(one.data_class, one.allowed, one.rests_on, one.missing) for one in found.classes] == [
        (EMAIL, True, ("contact",), ()),
        (SSN, False, (), ("crm/t#id",)),
    ]
    assert [(rule.rule, rule.lets) for one in found.classes for rule in one.rules] == [
        ("contact", True),
        ("ids", False),
    ]
    assert [(check.condition, check.passed) for check in found.classes[0].rules[0].checks] == [
        ("who", True), ("purpose", True), ("ticket", True), ("when", True), ("duration", True), ("scope", True),
    ]  # fmt: skip
    failing = [check for check in found.classes[1].rules[0].checks if not check.passed]
    assert [(check.condition, check.words) for check in failing] == [("who", "ana is not in fraud")]


def test_conditions_for_an_approval_at_once_stand_apart():
    found = told([email(number) for number in range(3)])

    assert found.decision.outcome is Outcome.PENDING
    assert found.classes[0].allowed
    assert [(one.condition, one.passed) for one in found.classes[0].rules[0].at_once] == [
        ("reviewed", True),
        ("fields", False),
    ]


def test_a_deny_that_speaks_is_in_the_account_with_its_fields_and_its_reason():
    person = Person("ana", frozenset({"support", "external"}))

    found = told([email(), email(1, "crm/secret")], person=person)

    deny = next(rule for rule in found.classes[0].rules if rule.effect == "deny")
    assert (deny.rule, deny.lets, deny.entries) == ("externals", False, ("crm/secret#e1",))
    assert deny.checks[0].words == "denies: not for externals"
    assert not found.classes[0].allowed


def test_a_rule_that_lets_some_fields_only_names_the_one_it_does_not():
    found = told([email(), replace(email(1), id="lake/t#e1")])

    assert found.classes[0].missing == ("lake/t#e1",)
    assert found.classes[0].rules[0].entries == ("crm/t#e0",)


NEAREST = [
    ("shorter", {"seconds": 4 * 3600}, ("ask for 2h",)),
    ("longer", {"seconds": 60}, ("ask for 2h",)),
    ("before its hours end", {"seconds": 7200, "now": NOW + timedelta(hours=5)}, ("ask for 1h",)),
    ("purpose", {"purpose": None}, ("say --purpose care",)),
    ("ticket", {"ticket": "X"}, ("name a --ticket that matches ^SUP-[0-9]+$",)),
    ("reason", {"reason": "x"}, ("give a reason of at least 12 characters",)),
    ("later", {"now": NOW + timedelta(hours=10)}, ("start at 2026-11-26T08:00+00:00",)),
    ("two at once", {"purpose": "x", "seconds": 9 * 3600}, ("ask for 2h", "say --purpose care")),
    ("three at once", {"purpose": "x", "seconds": 9 * 3600, "ticket": None},
     ("ask for 2h", "say --purpose care", "name a --ticket that matches ^SUP-[0-9]+$")),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), [case[1:] for case in NEAREST], ids=[case[0] for case in NEAREST])
def test_the_nearest_request_takes_the_fewest_changes(changes, words):
    found = told([email()], **changes)

    assert found.decision.outcome is Outcome.DENIED
    assert (found.nearest.outcome, found.nearest.changes) == (Outcome.APPROVED, words)


def test_fields_that_nobody_lets_can_be_left_out():
    found = told(
        [email(), field("crm/t#id", SSN)], classes=(DataClass("user.contact"), DataClass("user.government_id"))
    )

    assert found.nearest.changes == ("leave out crm/t#id",)
    assert found.nearest.entries == ("crm/t#e0",)


def test_fewer_fields_would_be_approved_at_once():
    found = told([email(number) for number in range(3)])

    assert (found.nearest.outcome, found.nearest.changes) == (Outcome.APPROVED, ("ask for at most 2 fields at a time",))


def test_what_no_small_change_helps_has_no_nearest_request():
    assert told([field("crm/t#id", SSN)]).nearest is None
    assert told([email()]).nearest is None


def test_what_cannot_be_evaluated_is_explained_as_the_no_that_it_is():
    found = told([email()], ticket="SUP-\ud800")

    assert found.decision.outcome is Outcome.DENIED
    assert (found.faults, found.classes, found.nearest) == (found.decision.because, (), None)


def request(number, **parts):
    return Request(
        **{
            "id": f"req-{number}", "state": RequestState.APPROVED, "requester": "ana", "classes": (DataClass(EMAIL),),
            "scope": "*", "entries": ("crm/t#e0",), "purpose": "care", "reason": "because of a case", "ticket": "SUP-7",
            "seconds": 7200, "start": None, "created": NOW + timedelta(minutes=number), "answers": (), "needs": (),
            "grant_id": None, "because": (), "digest": "", **parts,
        }
    )  # fmt: skip


def pasts(*requests, people=None):
    known = {entry.id: entry for entry in [email(), field("crm/t#id", SSN)]}
    return [past_of(one, known, people or {"ana": ANA}) for one in requests]


REPLAYED = [
    ("the same", RULES, []),
    ("shorter", RULES.replace("max: 2h", "max: 1h"), [("req-1", Turn.LOSES)]),
    ("by people", RULES.replace("auto: {fields_at_most: 2}", ""), [("req-1", Turn.LOSES)]),
    ("denied before", RULES.replace("groups: [fraud]", "groups: [support]"), [("req-2", Turn.GAINS)]),
    ("capped", RULES.replace("scope: [crm]}", "scope: [crm], rows: 5}"), [("req-1", Turn.LOSES)]),
    ("both ways", RULES.replace("groups: [fraud]", "groups: [support]").replace("max: 2h", "max: 1h"), [("req-1", Turn.LOSES), ("req-2", Turn.GAINS)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shifts"), [case[1:] for case in REPLAYED], ids=[case[0] for case in REPLAYED])
def test_a_replay_says_who_gains_and_who_loses(text, shifts):
    ids = request(2, classes=(DataClass(SSN),), entries=("crm/t#id",))

    found = replay(POLICY, policy_of(text), pasts(ids, request(1)))

    assert [(one.past.request, one.turn) for one in found] == shifts


def test_each_policy_counts_the_approvals_that_it_would_itself_have_given():
    quota = RULES.replace("auto: {fields_at_most: 2}", "auto: {per_person: 2/1d}")

    found = replay(POLICY, policy_of(quota), pasts(*(request(number) for number in range(4))))

    assert [one.past.request for one in found] == ["req-2", "req-3"]
    assert {one.after.outcome for one in found} == {Outcome.PENDING}


def test_a_request_of_somebody_who_left_is_replayed_as_of_a_person_without_groups():
    assert [past.person for past in pasts(request(1), people={"bo": Person("bo")})] == [Person("ana")]


def test_a_replay_decides_as_the_request_was_decided():
    past = pasts(request(1))[0]

    assert decide(past.ask, past.entries, POLICY, person=past.person, now=past.at).outcome is Outcome.APPROVED


APPROVED, PENDING = Decision(Outcome.APPROVED, 3600), Decision(Outcome.PENDING, 3600, (Need("p", 1),))
TURNS = [
    (APPROVED, APPROVED, None),
    (APPROVED, PENDING, Turn.LOSES),
    (PENDING, replace(PENDING, needs=(Need("p", 2),)), Turn.LOSES),
    (replace(PENDING, needs=(Need("p", 1), Need("q", 1))), PENDING, Turn.GAINS),
    (PENDING, replace(PENDING, needs=(Need("q", 1),)), Turn.DIFFERS),
    (APPROVED, replace(APPROVED, rows=5), Turn.LOSES),
    (APPROVED, replace(APPROVED, seconds=7200), Turn.GAINS),
    (APPROVED, replace(APPROVED, seconds=7200, rows=5), Turn.DIFFERS),
    (Decision(Outcome.DENIED, because=("a",)), Decision(Outcome.DENIED, because=("b",)), None),
]


@pytest.mark.parametrize(("before", "after", "way"), TURNS, ids=range(len(TURNS)))
def test_a_turn_is_what_it_means_to_the_person(before, after, way):
    assert turn(before, after) is way


def test_rules_are_compared_by_their_ids():
    text = RULES.replace("id: ids", "id: numbers").replace("max: 2h", "max: 3h")

    assert [(one.rule, one.change) for one in rule_changes(POLICY, policy_of(text))] == [
        ("contact", "changed"), ("ids", "removed"), ("numbers", "added"),
    ]  # fmt: skip


def test_unreviewed_fields_are_named_as_the_reason_why_people_are_asked():
    found = told([replace(email(), status=Status.PROPOSED)])

    assert found.decision.because == (
        "contact lets ana read user.contact.email once 1 of privacy approve (crm/t#e0 is not confirmed by a steward)",
    )
