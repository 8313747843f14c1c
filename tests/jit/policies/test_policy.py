"""What the policy says: who, what, when, why, how long, who approves. Doubt narrows."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from catalog import Status
from classifiers import DataClass, DocumentError, Label, Sensitivity, Taxonomy
from jit import Ask, Mask, Need, Outcome, Person, Policy, PolicyError, Usage, approvers, decide, run_tests
from jit.policies.rules import PolicyFile
from jit.testing import field
from scanners import Extent

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # 10:00 in Berlin
EMAIL, PHONE, SSN = (
    "user.contact.email",
    "user.contact.phone_number",
    "user.government_id.national_identification_number",
)
ANA = Person("ana", frozenset({"support"}))
CONTRACT = """
version: 1
defaults: {reason: {min_chars: 12}, pending_for: 4h, duration: {min: 5m, default: 1h, max: 8h}, drift: pin}
approvers:
  owners: {owner_of: entry}
  privacy: {groups: [privacy]}
rules:
  - id: support-contact
    effect: allow
    who: {groups: [support], not_groups: [contractors]}
    what: {classes: [user.contact.email, user.contact.phone_number], scope: ["crm/*"], rows: 500}
    when: {days: mon-fri, hours: "08:00-18:00", zone: Europe/Berlin}
    purpose: {one_of: [customer_support], ticket: "^(SUP|INC)-[0-9]+$"}
    duration: {max: 2h}
    auto: {sensitivity_at_most: medium, fields_at_most: 5, per_person: 5/7d}
    approvals: [{of: owners, n: 1}]
  - id: government-ids
    effect: allow
    who: {groups: [fraud]}
    what: {classes: [user.government_id]}
    duration: {max: 30m}
    approvals: [{of: owners, n: 1}, {of: privacy, n: 2}]
  - {id: no-externals, effect: deny, who: {groups: [external]}, what: {sensitivity: [high, critical]}, because: "Externals never read high-risk data"}
masks: {user.contact.email: keyed_hash, user.financial.credit_card: last_four, default: redact}
break_glass: {groups: [oncall], max: 1h, notify: [privacy], review_within: 1d}
tests:
  - {given: {who: ana, groups: [support], classes: [user.contact.email], scope: "crm/*", for: 1h, purpose: customer_support, ticket: SUP-7, at: "2026-11-23T10:00+01:00"}, expect: approved}
  - {given: {who: ana, groups: [support], classes: [user.government_id], scope: "crm/*", for: 1h}, expect: denied}
"""


def policy_of(text):
    return Policy.of(PolicyFile.model_validate(yaml.safe_load(text)))


def one_rule(**parts):
    rule = {"id": "r", "effect": "allow", "auto": {"unreviewed": True}, **parts}
    return Policy.of(
        PolicyFile.model_validate(
            {"version": 1, "approvers": {"p": {"groups": ["p"]}, "owners": {"owner_of": "entry"}}, "rules": [rule]}
        )
    )


def ask(**parts):
    return Ask("ana", **{"purpose": "customer_support", "reason": "a case of a customer", "ticket": "SUP-7", **parts})


def said(policy, entries, *, person=ANA, now=MONDAY, usage=None, **parts):
    return decide(ask(**parts), entries, policy, person=person, now=now, usage=usage or Usage())


def email(**parts):
    return field("crm/public.customers#email", EMAIL, **parts)


@pytest.fixture(scope="module")
def contract():
    return policy_of(CONTRACT)


def test_the_contracts_policy_passes_the_tests_it_brings_along(tmp_path):
    path = tmp_path / "policies.yaml"
    path.write_text(CONTRACT)

    results = run_tests(Policy.load(path), Taxonomy.load())

    assert [one.passed for one in results] == [True, True]


def test_a_request_within_every_condition_is_approved_at_once(contract):
    decision = said(contract, [email()], seconds=3600)

    assert (decision.outcome, decision.seconds, decision.rows, decision.needs) == (Outcome.APPROVED, 3600, 500, ())
    assert decision.rules == ("support-contact",)
    assert decision.because == ("support-contact lets ana read user.contact.email at once",)


REFUSED = [
    ({"seconds": 7201}, "over the 2h it lends at most"),
    ({"seconds": 60}, "under the 5m it lends at least"),
    ({"seconds": 0}, "under the 5m it lends at least"),
    ({"seconds": -3600}, "under the 5m it lends at least"),
    ({"purpose": "marketing"}, "the purpose is not customer_support"),
    ({"purpose": None}, "no purpose is given: it is to be customer_support"),
    ({"ticket": "JIRA-1"}, "the ticket does not match"),
    ({"ticket": "xSUP-1"}, "the ticket does not match"),
    ({"ticket": "SUP-1\n"}, "the ticket does not match"),
    ({"ticket": None}, "a ticket is needed that matches"),
    ({"reason": "short"}, "a reason has at least 12 characters, this one 5"),
    ({"reason": " " * 40}, "a reason has at least 12 characters, this one 0"),
    ({"person": Person("ana", frozenset({"sales"}))}, "ana is not in support"),
    ({"person": Person("ana", frozenset({"support", "contractors"}))}, "ana is in contractors"),
    ({"person": Person("bo", frozenset({"support"}))}, "bo asks in the name of ana"),
    ({"now": MONDAY - timedelta(hours=3)}, "it is not within mon-fri 08:00-18:00 Europe/Berlin, which begins at 2026-11-23T07:00+00:00"),
    ({"now": MONDAY - timedelta(days=1)}, "which begins at 2026-11-23T07:00+00:00"),
    ({"now": MONDAY + timedelta(hours=7), "seconds": 7200}, "2h is over the 1h that are left until its hours end"),
    ({"start": MONDAY + timedelta(days=31)}, "it starts more than 30d from now"),
    ({"classes": (DataClass(SSN),)}, f"nothing that is asked for holds {SSN}"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_a_condition_that_fails_denies_and_is_named(contract, changes, words):
    decision = said(contract, [email()], **changes)

    assert decision.outcome is Outcome.DENIED
    assert words in " ".join(decision.because)


ASKED_PEOPLE = [
    ([email(sensitivity=Sensitivity.HIGH)], {}, "counts as high, at once up to medium"),
    ([field(f"crm/t#{number}", EMAIL) for number in range(6)], {}, "6 fields asked for, at once up to 5"),
    ([email()], {"usage": Usage(tuple(MONDAY - timedelta(days=day) for day in range(5)))}, "5 of 5 automatic approvals used in 7d"),
    ([email(status=Status.PROPOSED)], {}, "is not confirmed by a steward"),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "changes", "words"), ASKED_PEOPLE)
def test_people_are_asked_where_a_condition_for_approval_at_once_fails(contract, entries, changes, words):
    decision = said(contract, entries, **changes)

    assert (decision.outcome, decision.needs) == (Outcome.PENDING, (Need("owners", 1),))
    assert words in decision.because[0]


def test_a_quota_counts_the_last_days_only_and_a_clock_set_back_frees_nothing(contract):
    old = Usage(tuple(MONDAY - timedelta(days=7, seconds=number) for number in range(50)))
    ahead = Usage(tuple(MONDAY + timedelta(days=number) for number in range(5)))

    assert said(contract, [email()], usage=old).outcome is Outcome.APPROVED
    assert said(contract, [email()], usage=ahead).outcome is Outcome.PENDING


def test_without_a_length_the_default_is_lent_and_never_more_than_the_hours_leave(contract):
    assert said(contract, [email()]).seconds == 3600
    assert said(contract, [email()], now=MONDAY + timedelta(hours=7, minutes=40)).seconds == 1200


def test_levels_add_up_in_order_with_the_largest_number(contract):
    both = Person("ana", frozenset({"support", "fraud"}))
    entries = [email(status=Status.PROPOSED), field("crm/public.customers#ssn", SSN)]

    decision = said(contract, entries, person=both, seconds=1800)

    assert decision.needs == (Need("owners", 1), Need("privacy", 2))
    assert decision.rules == ("government-ids", "support-contact")
    assert decision.pending_for == 4 * 3600


def test_every_class_of_a_field_needs_an_allow(contract):
    notes = field("crm/public.notes#body", EMAIL, "user.health_and_medical")

    decision = said(contract, [notes])

    assert decision.outcome is Outcome.DENIED
    assert decision.because == ("no rule lets ana read user.health_and_medical in crm/public.notes#body",)


def test_a_field_out_of_scope_denies_the_request_and_is_named(contract):
    decision = said(contract, [email(), field("lake/users#email", EMAIL)])

    assert decision.outcome is Outcome.DENIED
    assert "lake/users#email is not within crm/*" in decision.because[0]


def test_a_class_covers_its_children_but_not_its_parent(contract):
    fraud = Person("ana", frozenset({"fraud"}))

    assert said(contract, [field("crm/t#id", SSN)], person=fraud, seconds=600).outcome is Outcome.PENDING
    assert said(contract, [field("crm/t#id", "user")], person=fraud, seconds=600).outcome is Outcome.DENIED


def test_a_deny_wins_over_every_allow_and_tells_why(contract):
    person = Person("ana", frozenset({"support", "external"}))

    assert said(contract, [email()], person=person).outcome is Outcome.APPROVED
    decision = said(contract, [email(), email(id="crm/t#x", sensitivity=Sensitivity.CRITICAL)], person=person)
    assert (decision.outcome, decision.rules) == (Outcome.DENIED, ("no-externals",))
    assert decision.because == ("no-externals denies crm/t#x: Externals never read high-risk data",)


def test_nothing_asked_for_is_denied(contract):
    assert said(contract, []).outcome is Outcome.DENIED


DOUBTFUL = [
    (email(status=Status.PROPOSED), "unreviewed"),
    (email(disagrees=True), "contradicted by the machine since"),
    (email(sensitivity=None), "of unknown sensitivity"),
    (field("crm/t#x", coverage=Extent.NOT_EXAMINED, status=Status.NONE), "not examined"),
    (field("crm/t#x", coverage=Extent.PARTIAL, status=Status.NONE), "partly examined and nothing found"),
    (field("crm/t#x", coverage=Extent.NOT_EXAMINED, status=Status.REJECTED), "rejected, and not examined since"),
]


@pytest.mark.parametrize("entry", [entry for entry, _ in DOUBTFUL], ids=[words for _, words in DOUBTFUL])
def test_what_is_doubtful_counts_as_critical(entry):
    rules = """
version: 1
rules:
  - {id: all, effect: allow, auto: {unreviewed: true}}
  - {id: never, effect: deny, what: {sensitivity: [critical]}}
"""
    assert said(policy_of(rules), [entry]).outcome is Outcome.DENIED


@pytest.mark.parametrize("entry", [entry for entry, _ in DOUBTFUL], ids=[words for _, words in DOUBTFUL])
def test_what_is_doubtful_is_not_approved_at_once_unless_the_rule_says_so(entry):
    approvals = [{"of": "p"}]

    assert said(one_rule(auto={"sensitivity_at_most": "high"}, approvals=approvals), [entry]).outcome is Outcome.PENDING
    assert said(one_rule(auto={"unreviewed": True}, approvals=approvals), [entry]).outcome is Outcome.APPROVED


def test_a_proposed_field_is_approved_at_once_up_to_its_own_sensitivity_where_the_rule_takes_unreviewed_ones():
    rule = one_rule(auto={"unreviewed": True, "sensitivity_at_most": "medium"}, approvals=[{"of": "p"}])

    assert said(rule, [email(status=Status.PROPOSED)]).outcome is Outcome.APPROVED
    assert said(rule, [field("crm/t#id", SSN, status=Status.PROPOSED)]).outcome is Outcome.PENDING


def test_a_contradicted_decision_counts_for_what_the_machine_says_too(contract):
    entry = email(disagrees=True, proposed=(Label(DataClass(SSN), "US_SSN", 0.9),))

    assert "user.government_id" in said(contract, [entry]).because[0]


SPECIAL = [
    (["unclassified"], field("crm/t#total"), True),
    (["unclassified"], field("crm/t#total", status=Status.NONE), True),
    (["unclassified"], field("crm/t#total", status=Status.NONE, coverage=Extent.NOT_EXAMINED), False),
    (["unexamined"], field("crm/t#total", status=Status.NONE, coverage=Extent.NOT_EXAMINED), True),
    (["unexamined"], field("crm/t#total"), False),
    (["user", "system"], field("crm/t#total"), False),
    (["user", "system"], field("crm/t#total", coverage=Extent.NOT_EXAMINED), False),
    (None, field("crm/t#total", coverage=Extent.NOT_EXAMINED), True),
    (None, field("crm/t#total"), True),
]


@pytest.mark.parametrize(("classes", "entry", "allowed"), SPECIAL)
def test_fields_without_a_class_and_unexamined_ones_need_a_rule_that_speaks_of_them(classes, entry, allowed):
    rule = one_rule(what={"classes": classes} if classes else {})

    assert (said(rule, [entry]).outcome is Outcome.APPROVED) is allowed


def test_a_deny_on_any_class_speaks_of_a_field_that_nobody_examined():
    rules = """
version: 1
rules:
  - {id: all, effect: allow, auto: {unreviewed: true}}
  - {id: never, effect: deny, what: {classes: [user.health_and_medical]}}
"""
    unknown = field("crm/t#x", coverage=Extent.NOT_EXAMINED, status=Status.NONE)

    assert said(policy_of(rules), [email()]).outcome is Outcome.APPROVED
    assert said(policy_of(rules), [unknown]).outcome is Outcome.DENIED


WHO = [
    ({"people": ["ana", "bo"]}, True),
    ({"people": ["bo"]}, False),
    ({"roles": ["analyst"]}, True),
    ({"roles": ["admin"]}, False),
    ({"attributes": {"site": "berlin"}}, True),
    ({"attributes": {"site": ["paris", "berlin"]}}, True),
    ({"attributes": {"site": "paris"}}, False),
    ({"attributes": {"desk": "7"}}, False),
    ({"groups": ["support"], "roles": ["admin"]}, False),
    ({}, True),
]


@pytest.mark.parametrize(("who", "allowed"), WHO)
def test_every_part_of_who_must_hold(who, allowed):
    person = Person("ana", frozenset({"support"}), frozenset({"analyst"}), (("site", "berlin"),))

    assert (said(one_rule(who=who), [email()], person=person).outcome is Outcome.APPROVED) is allowed


@pytest.mark.parametrize(
    ("attributes", "denied"), [((("kind", "staff"),), False), ((("kind", "external"),), True), ((), True)]
)
def test_a_deny_holds_for_who_may_be_meant(attributes, denied):
    rules = """
version: 1
rules:
  - {id: all, effect: allow, auto: {unreviewed: true}}
  - {id: never, effect: deny, who: {attributes: {kind: external}}}
"""
    person = Person("ana", attributes=attributes)

    assert (said(policy_of(rules), [email()], person=person).outcome is Outcome.DENIED) is denied


def test_a_purpose_can_be_limited_to_what_the_field_is_processed_for():
    rule = one_rule(purpose={"declared": True})

    assert said(rule, [email(purpose=("customer_support",))]).outcome is Outcome.APPROVED
    assert said(rule, [email(purpose=("billing",))]).outcome is Outcome.DENIED
    assert said(rule, [email()]).outcome is Outcome.DENIED


SCOPES = [
    ("crm/*", True), ("crm", True), ("crm/public.customers", True), ("*#email", True), ("crm/public.cust*", True),
    ("cr", False), ("crm/public", False), ("lake/*", False), ("*.customers", False), ("crm/public.customers#e", False),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "allowed"), SCOPES)
def test_a_scope_is_a_glob_over_ids_or_the_name_of_a_source_or_dataset(scope, allowed):
    assert (said(one_rule(what={"scope": scope}), [email()]).outcome is Outcome.APPROVED) is allowed


def test_a_bracket_in_an_id_is_no_wildcard():
    entry = field("lake/orders#items[].buyer.email", EMAIL)

    assert said(one_rule(what={"scope": "lake/orders#items[].*"}), [entry]).outcome is Outcome.APPROVED
    assert said(one_rule(what={"scope": "lake/orders#item[s].*"}), [entry]).outcome is Outcome.DENIED


def test_rules_whose_lengths_exclude_each_other_are_to_be_asked_apart():
    rules = """
version: 1
rules:
  - {id: long, effect: allow, what: {classes: [user.contact]}, duration: {min: 2h, default: 4h}, auto: {unreviewed: true}}
  - {id: short, effect: allow, what: {classes: [user.government_id]}, duration: {max: 10m}, auto: {unreviewed: true}}
"""
    decision = said(policy_of(rules), [email(), field("crm/t#id", SSN)])

    assert decision.outcome is Outcome.DENIED
    assert decision.because == ("long lends at least 2h, short at most 10m: ask for them apart",)


def test_a_rule_without_approvals_denies_where_it_does_not_approve_at_once():
    decision = said(one_rule(auto={"fields_at_most": 1}), [email(), email(id="crm/t#x")])

    assert decision.outcome is Outcome.DENIED
    assert "2 fields asked for, at once up to 1" in decision.because[0]


def test_what_cannot_be_evaluated_denies(contract):
    decision = said(contract, [email()], now=MONDAY.replace(tzinfo=None))

    assert decision.outcome is Outcome.DENIED
    assert decision.because == ("the policy could not be evaluated (ValueError), so nothing is lent",)
    assert said(contract, [email()], ticket="SUP-\ud800").outcome is Outcome.DENIED


PEOPLE = {
    "ana": Person("ana", frozenset({"support"})),
    "bo": Person("bo", frozenset({"privacy", "team-crm"})),
    "cy": Person("cy", frozenset({"privacy", "interns"})),
    "dee": Person("dee", frozenset({"team-lake"}), frozenset({"approver"})),
}
APPROVERS = """
version: 1
approvers:
  owners: {owner_of: entry}
  privacy: {groups: [privacy], not_groups: [interns]}
  mixed: {people: [ana], roles: [approver]}
  careful: {owner_of: entry, not_groups: [privacy]}
rules: []
"""
WHO_APPROVES = [
    ("privacy", ["crm"], {"bo"}),
    ("mixed", ["crm"], {"ana", "dee"}),
    ("owners", ["team-crm"], {"bo"}),
    ("owners", ["ana"], {"ana"}),
    ("owners", ["team-crm", "team-lake"], set()),
    ("owners", ["privacy", "team-crm"], {"bo"}),
    ("owners:team-lake", ["team-crm", "team-lake"], {"dee"}),
    ("owners", [None], set()),
    ("owners", ["team-crm", None], set()),
    ("owners", [], set()),
    ("careful", ["team-crm"], set()),
    ("nobody", ["team-crm"], set()),
]


@pytest.mark.parametrize(("name", "owners", "eligible"), WHO_APPROVES)
def test_approvers_are_who_the_policy_names_and_who_owns_every_entry(name, owners, eligible):
    entries = [field(f"crm/t#{number}", EMAIL, owner=owner) for number, owner in enumerate(owners)]

    assert approvers(policy_of(APPROVERS), name, entries, PEOPLE) == eligible


def test_an_owner_who_is_a_person_is_that_person_even_where_a_group_has_the_same_name():
    people = {"ana": Person("ana"), "bo": Person("bo", frozenset({"ana"}))}

    assert approvers(policy_of(APPROVERS), "owners", [email(owner="ana")], people) == {"ana"}


def test_fields_of_several_owners_need_each_of_them():
    rule = one_rule(auto=None, approvals=[{"of": "owners", "n": 1}, {"of": "p", "n": 1}])
    entries = [field("crm/t#a", EMAIL, owner="team-crm"), field("lake/t#b", EMAIL, owner="team-lake")]

    assert said(rule, entries[:1]).needs == (Need("owners", 1), Need("p", 1))
    assert said(rule, entries).needs == (Need("owners:team-crm", 1), Need("owners:team-lake", 1), Need("p", 1))


def test_a_field_without_an_owner_cannot_be_approved_by_its_owner():
    decision = said(one_rule(auto=None, approvals=[{"of": "owners"}]), [email(owner=None)])

    assert decision.outcome is Outcome.DENIED
    assert "crm/public.customers#email has no owner who could approve" in decision.because[0]


ONCALL = Person("ana", frozenset({"oncall"}))


def test_broken_glass_lends_without_an_allow_and_says_who_is_told(contract):
    decision = said(contract, [field("crm/t#id", SSN)], person=ONCALL, break_glass=True)

    assert (decision.outcome, decision.seconds, decision.break_glass) == (Outcome.APPROVED, 3600, True)
    assert (decision.notify, decision.review_within, decision.rules) == (("privacy",), 86_400, ("break_glass",))


GLASS = [
    ({"person": ANA}, "break_glass is for oncall"),
    ({"seconds": 3601}, "over the 1h that break_glass lends at most"),
    ({"start": MONDAY + timedelta(hours=1)}, "break_glass is for now"),
    ({"reason": ""}, "a reason has at least 12"),
    ({"person": Person("ana", frozenset({"oncall", "external"}))}, "no-externals denies"),
]


@pytest.mark.parametrize(("changes", "words"), GLASS)
def test_broken_glass_has_limits_and_a_deny_still_denies(contract, changes, words):
    changes = {"person": ONCALL, **changes}

    decision = said(contract, [field("crm/t#id", SSN)], break_glass=True, **changes)

    assert decision.outcome is Outcome.DENIED
    assert words in decision.because[0]


def test_without_break_glass_in_the_policy_nobody_breaks_it():
    assert said(one_rule(), [email()], break_glass=True).outcome is Outcome.DENIED


MASKS = [
    (EMAIL, Mask.KEYED_HASH),
    ("user.financial.credit_card.security_code", Mask.LAST_FOUR),
    ("user.name", Mask.REDACT),
    (None, Mask.REDACT),
]


@pytest.mark.parametrize(("data_class", "kind"), MASKS)
def test_the_nearest_class_above_says_how_a_value_is_masked(contract, data_class, kind):
    assert contract.mask_for(DataClass(data_class) if data_class else None) is kind


def test_the_version_names_what_is_said_and_not_how(contract):
    shuffled = yaml.safe_load(CONTRACT)
    shuffled["rules"].reverse()
    shuffled["rules"][-1]["what"]["classes"].reverse()
    shuffled["tests"] = []
    changed = yaml.safe_load(CONTRACT)
    changed["rules"][0]["duration"] = {"max": "3h"}

    assert Policy.of(PolicyFile.model_validate(shuffled)).version == contract.version
    assert Policy.of(PolicyFile.model_validate(changed)).version != contract.version


BROKEN = [
    ("rules:\n  - {id: a, effect: allow}", "2: rules.0: an allow needs approvals, or auto"),
    ("rules:\n  - {id: a, effect: deny, auto: {}}", "2: rules.0: a deny has no auto"),
    ("rules:\n  - {id: a, effect: deny, what: {rows: 5}}", "2: rules.0: a deny has no rows"),
    ("rules:\n  - {id: a, effect: maybe, auto: {}}", "2: rules.0.effect"),
    ("rules:\n  - {id: a, effect: allow, auto: {}}\n  - {id: a, effect: allow, auto: {}}", "1: rules: rule a is there twice"),
    ("rules:\n  - {id: a, effect: allow, approvals: [{of: nobody}]}", "rule a needs nobody, but approvers names nobody yet"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, duration: {max: 90}}", "2: rules.0.duration.max: 90 has no unit"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, duration: {min: 2h, max: 1h}}", "min, default and max are not in order"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, when: {zone: Mars/Olympus}}", "no time zone 'Mars/Olympus'"),
    ('rules:\n  - {id: a, effect: allow, auto: {}, when: {hours: "8-18"}}', "'8-18' are no hours"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, when: {days: weekdays}}", "'weekdays' is no day"),
    ("rules:\n  - {id: a, effect: allow, auto: {per_person: 5}}", "2: rules.0.auto.per_person"),
    ("rules:\n  - {id: a, effect: allow, auto: {per_person: x/7d}}", "'x/7d' is no quota: write 5/7d"),
    ("rules:\n  - {id: a, effect: allow, auto: {sensitivity_at_most: huge}}", "'huge' is none of low, medium, high, critical"),
    ('rules:\n  - {id: a, effect: allow, auto: {}, purpose: {ticket: "(?=x)"}}', "is no regular expression of RE2's"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, what: {classes: []}}", "an empty list means nothing at all"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, what: {rows: 0}}", "2: rules.0.what.rows"),
    ("rules:\n  - {id: a, effect: allow, auto: {}, who: {group: [x]}}", "2: unknown key rules.0.who.group"),
    ("approvers:\n  a: {not_groups: [x]}", "2: approvers.a: approvers are somebody"),
    ("masks: {user.name: blur}", "1: masks.user.name"),
    ('tests:\n  - {given: {who: ana, classes: [user.name], at: "2026-11-23T10:00"}, expect: denied}', "2: tests.0.given.at"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BROKEN)
def test_a_file_that_breaks_the_schema_names_the_line_and_the_fault(tmp_path, text, words):
    path = tmp_path / "policies.yaml"
    path.write_text(text + "\nversion: 1\n")

    with pytest.raises(DocumentError) as caught:
        Policy.load(path)

    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}:")


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n  - {id: a, effect: deny, what: {classes: [user.health_and_medicl]}}",
        "masks: {user.health_and_medicl: redact}",
        "tests:\n  - {given: {who: ana, classes: [user.health_and_medicl]}, expect: denied}",
    ],
)
def test_a_class_that_there_is_not_is_an_error_wherever_it_stands(tmp_path, text):
    path = tmp_path / "policies.yaml"
    path.write_text(f"version: 1\n{text}\n")

    with pytest.raises(PolicyError, match=r"no class user.health_and_medicl") as caught:
        Policy.load(path)

    assert str(caught.value).startswith(f"{path}:{2 if 'masks' in text else 3}: ")
    assert caught.value.__notes__ == ["did you mean user.health_and_medical?"]


def test_a_test_can_ask_for_many_fields_of_several_classes_in_one_place(contract):
    text = (
        CONTRACT[: CONTRACT.index("tests:")]
        + """
tests:
  - {given: {who: ana, groups: [support], classes: [user.contact.email], scope: "crm/*", fields: 6, purpose: customer_support, ticket: SUP-7}, expect: pending}
  - {given: {who: ana, groups: [support], classes: [user.contact.email], scope: "crm/*", used: 5, purpose: customer_support, ticket: SUP-7}, expect: pending}
  - {given: {who: ana, groups: [support], classes: [user.contact.email], scope: "crm/*", reviewed: false, purpose: customer_support, ticket: SUP-7}, expect: pending}
  - {given: {who: ana, groups: [support], classes: [user.contact.email], scope: "*", purpose: customer_support, ticket: SUP-7}, expect: denied}
  - {given: {who: ana, groups: [support], classes: [user.contact.email, user.name], scope: "crm/t#x", purpose: customer_support, ticket: SUP-7}, expect: denied}
  - {given: {who: ana, groups: [support], classes: [unexamined], scope: "crm/t#x"}, expect: denied}
  - {given: {who: eve, groups: [oncall], classes: [user.name], break_glass: true}, expect: approved, rule: break_glass}
  - {given: {who: ana, groups: [support], classes: [user.contact.email], scope: "crm/*", reason: no, purpose: customer_support, ticket: SUP-7}, expect: denied}
"""
    )

    results = run_tests(policy_of(text.replace("reason: no,", 'reason: "no",')), Taxonomy.load())

    assert [one.number for one in results if not one.passed] == []


def two_rules(first, second):
    head = "version: 1\napprovers: {p: {groups: [p]}, q: {groups: [q]}}\nrules:\n"
    return policy_of(head + f"  - {{effect: allow, {first}}}\n  - {{effect: allow, {second}}}\n")


@pytest.mark.parametrize("counts", [(1, 3), (3, 1)])
def test_of_two_classes_the_larger_number_of_approvals_and_the_smaller_cap_on_rows_hold(counts):
    policy = two_rules(
        f"id: a, what: {{classes: [user.contact], rows: 10}}, approvals: [{{of: p, n: {counts[0]}}}]",
        f"id: b, what: {{classes: [user.name], rows: 99}}, approvals: [{{of: p, n: {counts[1]}}}]",
    )

    decision = said(policy, [email(), field("crm/t#name", "user.name")])

    assert (decision.needs, decision.rows) == ((Need("p", 3),), 10)


EASIEST = [
    ("approvals: [{of: p, n: 2}]", "approvals: [{of: p, n: 1}]", "b"),
    ("approvals: [{of: p, n: 2}]", "approvals: [{of: p}, {of: q}]", "a"),
    ("approvals: [{of: p}]", "auto: {}, approvals: [{of: p, n: 2}]", "b"),
    ("approvals: [{of: p}], what: {rows: 5}", "approvals: [{of: p}], what: {rows: 50}", "b"),
    ("approvals: [{of: p}], what: {rows: 5}", "approvals: [{of: p}]", "b"),
    ("approvals: [{of: p}], duration: {max: 2h}", "approvals: [{of: p}], duration: {max: 4h}", "b"),
    ("approvals: [{of: p}]", "approvals: [{of: p}]", "a"),
]


@pytest.mark.parametrize(("first", "second", "chosen"), EASIEST)
def test_of_the_rules_that_allow_the_one_that_asks_for_least_is_taken(first, second, chosen):
    assert said(two_rules(f"id: a, {first}", f"id: b, {second}"), [email()]).rules == (chosen,)
