"""Faults of a policy that reads well."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from catalog import matches
from classifiers import DataClass, Taxonomy
from jit import Issue, Need, Person, Policy, lint
from jit.policies.rules import PolicyFile, What
from jit.policies.subsume import speaks_of_all, within
from jit.quorum import short_of

TAXONOMY = Taxonomy.load()
PEOPLE = {
    one.name: one
    for one in (
        Person("ana", frozenset({"support"})),
        Person("bo", frozenset({"privacy"})),
        Person("cy", frozenset({"privacy", "support"})),
        Person("dee", frozenset({"oncall"}), frozenset({"approver"})),
    )
}
HEAD = """
version: 1
approvers:
  privacy: {groups: [privacy]}
  legal: {people: [bo]}
  owners: {owner_of: entry}
"""
SOUND = """
rules:
  - {id: a, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, auto: {sensitivity_at_most: medium}, approvals: [{of: privacy}]}
  - {id: b, effect: allow, who: {groups: [oncall]}, what: {classes: [user.government_id]}, approvals: [{of: owners}, {of: legal}]}
  - {id: c, effect: deny, who: {groups: [oncall]}, what: {sensitivity: [critical]}}
"""


def policy_of(text):
    return Policy.of(PolicyFile.model_validate(yaml.safe_load(text)))


def issues(text, people=PEOPLE):
    return lint(policy_of(text), people, TAXONOMY)


def rules(*lines):
    used = "  - {id: z-uses, effect: allow, who: {people: [dee]}, what: {classes: [system]}, approvals: [{of: owners}, {of: privacy}, {of: legal}]}"
    return HEAD + "rules:\n" + "".join(f"  - {{{line}}}\n" for line in lines) + used


def test_a_sound_policy_has_no_issue():
    assert issues(HEAD + SOUND) == []


FAULTS = [
    ("lengths", "id: a, effect: allow, who: {groups: [support]}, duration: {min: 12h}, approvals: [{of: legal}]",
     "error", "lends at least 12h and at most 8h: never"),
    ("hours", "id: a, effect: allow, who: {groups: [support]}, when: {hours: '12:00-12:30'}, duration: {min: 1h}, approvals: [{of: legal}]",
     "error", "its hours last 30m, and it lends at least 1h: never"),
    ("hours over midnight", "id: a, effect: allow, who: {groups: [support]}, when: {hours: '23:45-00:15'}, duration: {min: 1h}, approvals: [{of: legal}]",
     "error", "its hours last 30m, and it lends at least 1h: never"),
    ("nobody", "id: a, effect: allow, who: {groups: [support], not_groups: [support, x]}, approvals: [{of: legal}]",
     "error", "allows nobody: every group it names is excluded by not_groups"),
    ("a deny for nobody", "id: a, effect: deny, who: {groups: [support], not_groups: [support]}",
     "error", "denies nobody: every group it names is excluded by not_groups"),
    ("impossible sensitivity", "id: a, effect: deny, what: {classes: [user.government_id], sensitivity: [low, medium]}",
     "error", "never matches: its classes are at least high, and it asks for low, medium"),
    ("too few", "id: a, effect: allow, who: {groups: [support]}, approvals: [{of: privacy, n: 3}]",
     "error", "needs 3 of privacy, who are 2: nobody can ever be approved"),
    ("too few in two levels", "id: a, effect: allow, who: {groups: [oncall]}, approvals: [{of: privacy, n: 2}, {of: legal, n: 1}]",
     "error", "needs 3 of privacy and legal, who are 2: nobody can ever be approved"),
    ("too few without the requester", "id: a, effect: allow, who: {groups: [support]}, approvals: [{of: privacy, n: 2}]",
     "warning", "needs 2 of privacy, who are 2: cy, one of them, can never be approved"),
    ("an unknown group", "id: a, effect: allow, who: {groups: [suport]}, approvals: [{of: legal}]",
     "warning", "nobody is in the group suport, so it lets nobody by it"),
    ("a deny that never matches", "id: a, effect: deny, who: {groups: [externals]}",
     "warning", "nobody is in the group externals, so it denies nobody by it"),
    ("an unknown person", "id: a, effect: allow, who: {people: [zoe]}, approvals: [{of: legal}]",
     "warning", "nobody is called zoe"),
    ("everybody", "id: a, effect: allow, what: {classes: [user.name]}, approvals: [{of: privacy}]",
     "warning", "speaks of everybody"),
    ("critical at once", "id: a, effect: allow, who: {groups: [support]}, what: {classes: [user.government_id]}, auto: {}",
     "error", "approves critical data at once, and nobody looks"),
    ("anything at once", "id: a, effect: allow, who: {groups: [support]}, auto: {fields_at_most: 3}",
     "error", "approves critical data at once, and nobody looks"),
    ("a quota of none", "id: a, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {per_person: 0/7d}, approvals: [{of: legal}]",
     "warning", "its quota is none, so it never approves at once"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "level", "message"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_a_fault_is_found_in_its_rule(line, level, message):
    found = issues(rules(line))

    assert [(one.level, one.rule, one.message) for one in found] == [(level, "a", message)]


def test_sizes_of_groups_are_not_judged_where_the_settings_name_nobody():
    assert issues(rules("id: a, effect: allow, who: {groups: [suport]}, approvals: [{of: privacy, n: 9}]"), {}) == []


ALLOW = "id: a, effect: allow, who: {groups: [support]}, what: {classes: [user.contact.email], scope: ['crm/public.*']}, approvals: [{of: privacy}]"
COVERING = [
    "id: d, effect: deny",
    "id: d, effect: deny, who: {groups: [support, oncall]}",
    "id: d, effect: deny, what: {classes: [user.contact]}",
    "id: d, effect: deny, what: {scope: ['crm/*']}",
    "id: d, effect: deny, what: {scope: ['crm/public.*', lake]}",
]
NOT_COVERING = [
    "id: d, effect: deny, who: {groups: [oncall]}",
    "id: d, effect: deny, who: {groups: [support], not_groups: [privacy]}",
    "id: d, effect: deny, what: {classes: [user.name]}",
    "id: d, effect: deny, what: {scope: ['crm/public.customers']}",
    "id: d, effect: deny, what: {sensitivity: [high]}",
    "id: d, effect: deny, when: {days: sat-sun}",
    "id: d, effect: deny, purpose: {one_of: [marketing]}",
]


@pytest.mark.parametrize("deny", COVERING)
def test_an_allow_that_a_deny_covers_can_never_be_reached(deny):
    messages = {one.rule: one.message for one in issues(rules(ALLOW, deny)) if one.level == "error"}

    assert messages["a"] == "never decides anything: all of it is denied by d"


@pytest.mark.parametrize("deny", NOT_COVERING)
def test_an_allow_that_a_deny_leaves_something_of_is_reached(deny):
    assert not [one for one in issues(rules(ALLOW, deny)) if "never decides" in one.message]


NEEDLESS = [
    ("id: b, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy}]", True),
    ("id: b, effect: allow, who: {groups: [support]}, approvals: [{of: privacy, n: 1}], duration: {max: 12h}", True),
    ("id: b, effect: allow, who: {groups: [support]}, approvals: [{of: privacy}], duration: {max: 2h}", False),
    ("id: b, effect: allow, who: {groups: [support]}, approvals: [{of: privacy}, {of: legal}]", False),
    ("id: b, effect: allow, who: {groups: [support]}, approvals: [{of: privacy}], what: {rows: 10}", False),
    ("id: b, effect: allow, who: {groups: [support]}, approvals: [{of: privacy}], purpose: {ticket: '^X$'}", False),
    ("id: b, effect: allow, who: {groups: [oncall]}, approvals: [{of: privacy}]", False),
]  # fmt: skip


@pytest.mark.parametrize(("other", "needless"), NEEDLESS)
def test_a_rule_is_needless_where_another_lets_all_of_it_for_no_more(other, needless):
    found = [one.rule for one in issues(rules(ALLOW, other)) if one.message.startswith("never needed")]

    assert found == (["a"] if needless else [])


def test_of_two_rules_that_say_the_same_one_is_needless():
    twin = ALLOW.replace("id: a", "id: b")

    assert [one.rule for one in issues(rules(ALLOW, twin)) if "never needed" in one.message] == ["b"]


def test_approvers_masks_and_broken_glass_are_looked_at_too():
    text = (
        HEAD
        + SOUND
        + """
masks: {user.authorization.password: keyed_hash, user.name: keyed_hash}
break_glass: {groups: [on-call], notify: [privacy]}
"""
    )
    text = text.replace(
        "legal: {people: [bo]}", "legal: {people: [bo], not_groups: [intern]}\n  spare: {roles: [approver]}"
    )

    assert [one.message for one in issues(text)] == [
        "approvers legal: nobody is in the group intern",
        "break_glass: nobody is in the group on-call",
        "masks: user.authorization.password is redacted whatever is said here: nothing of a secret is shown",
        "no rule asks the approvers spare",
    ]


def test_errors_come_first():
    found = issues(
        rules(
            "id: b, effect: allow, who: {groups: [support]}, auto: {}",
            "id: a, effect: allow, approvals: [{of: privacy}]",
        )
    )

    assert [(one.level, one.rule) for one in found if one.rule in {"a", "b"}] == [("error", "b"), ("warning", "a")]
    assert isinstance(found[0], Issue)


globs = st.text(st.sampled_from("ab/#*"), min_size=1, max_size=5)


@given(globs, globs, st.text(st.sampled_from("ab/#"), max_size=6))
def test_a_scope_within_another_matches_nothing_that_the_other_does_not(narrow, wide, text):
    if within(narrow, wide) and matches(narrow, text):
        assert matches(wide, text)


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        ((), ("user.name",), True),
        (("user.name",), (), False),
        (("user",), ("unclassified",), False),
        (("unclassified",), ("unclassified",), True),
    ],
)
def test_a_rule_on_any_class_speaks_of_all(wide, narrow, covers):
    made = policy_of(rules("id: a, effect: allow, auto: {}", "id: b, effect: allow, auto: {}")).rules
    parts = [What(classes=tuple(map(DataClass, names))) if names else What() for names in (wide, narrow)]
    first, second = (rule.model_copy(update={"what": part}) for rule, part in zip(made, parts, strict=False))

    assert speaks_of_all(first, second) is covers


names = st.frozensets(st.sampled_from("abcdef"), max_size=5)


@given(st.lists(st.tuples(st.integers(1, 3), names), min_size=1, max_size=3))
def test_there_are_enough_people_exactly_where_everybody_can_be_given_one_place(levels):
    needs = [Need(str(number), n) for number, (n, _) in enumerate(levels)]
    eligible = {str(number): set(people) for number, (_, people) in enumerate(levels)}
    places = [need.of for need in needs for _ in range(need.n)]

    assert bool(short_of(needs, eligible.__getitem__)) is not seated(places, eligible, frozenset())


def seated(places, eligible, taken):
    """Whether every place can be given to somebody else: tried, one by one."""
    if not places:
        return True
    return any(seated(places[1:], eligible, taken | {name}) for name in eligible[places[0]] - taken)


def test_the_requester_fills_no_place():
    needs = [Need("p", 1)]

    assert short_of(needs, lambda _: {"ana"}) == ()
    assert short_of(needs, lambda _: {"ana"}, "ana") == tuple(needs)
