"""Defects that other access systems have had, by name. Each test says where it was seen and holds us to the opposite."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from pydantic import ValidationError

from catalog import Status
from classifiers import Taxonomy
from jit import Ask, Need, Outcome, Person, Policy, Usage, approvers, decide, lint
from jit.policies.rules import PolicyFile
from jit.quorum import short_of
from jit.testing import field
from scanners import Extent

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EMAIL, SSN = "user.contact.email", "user.government_id.national_identification_number"
HEAD = """
version: 1
approvers:
  privacy: {groups: [privacy]}
  legal: {groups: [legal]}
  owners: {owner_of: entry}
rules:
"""
PEOPLE = {
    "ana": Person("ana", frozenset({"support"})),
    "root": Person("root", frozenset({"privacy", "legal"}), frozenset({"admin"})),
    "pia": Person("pia", frozenset({"privacy"})),
}


def policy_of(rules):
    return Policy.of(PolicyFile.model_validate(yaml.safe_load(HEAD + rules)))


def said(rules, entries, *, who="ana", groups=("support",), usage=None, **parts):
    ask = Ask(who, **{"reason": "a case", "seconds": 3600, **parts})
    return decide(
        ask, entries, policy_of(rules), person=Person(who, frozenset(groups)), now=NOW, usage=usage or Usage()
    )


def email(**parts):
    return field("crm/t#email", EMAIL, **parts)


def test_no_newest_only_matching():
    """hoop takes only the newest approved review, so a newer, shorter one hides a longer one that is live."""
    older = "  - {id: a-wide, effect: allow, who: {groups: [support]}, duration: {max: 8h}, auto: {}}\n"
    newer = (
        "  - {id: z-new, effect: allow, who: {groups: [support]}, duration: {max: 10m}, approvals: [{of: privacy}]}\n"
    )

    for rules in (older + newer, newer + older):
        decision = said(rules, [email()], seconds=8 * 3600)
        assert (decision.outcome, decision.rules) == (Outcome.APPROVED, ("a-wide",))


def test_no_per_user_maximum_over_unrelated_policies():
    """AWS TEAM takes the longest duration of all of a user's policies, of other accounts and roles too."""
    rules = """
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, duration: {max: 8h}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, duration: {max: 1h}, auto: {}}
  - {id: others, effect: allow, who: {groups: [fraud]}, what: {classes: [user.contact]}, duration: {max: 8h}, auto: {}}
"""
    assert said(rules, [email()], seconds=2 * 3600).outcome is Outcome.DENIED
    assert said(rules, [email()], seconds=None).seconds == 3600
    assert said(rules, [email(), field("crm/t#name", "user.name")], seconds=2 * 3600).outcome is Outcome.DENIED


@pytest.mark.parametrize("seconds", [7201, 10**9, 2**62])
def test_no_more_than_the_maximum_is_lent(seconds):
    """AWS TEAM #433: the form takes a duration over the maximum."""
    rules = "  - {id: a, effect: allow, who: {groups: [support]}, duration: {max: 2h}, auto: {}}"

    assert said(rules, [email()], seconds=seconds).outcome is Outcome.DENIED


def test_no_self_approval_by_an_admin():
    """hoop lets an admin approve their own request: here a role gives nobody a place, and the requester has none."""
    policy = policy_of("  - {id: a, effect: allow, approvals: [{of: legal}]}")

    assert approvers(policy, "legal", [email()], PEOPLE) == {"root"}
    assert short_of([Need("legal", 1)], lambda name: approvers(policy, name, [email()], PEOPLE), "root") == (
        Need("legal", 1),
    )


def test_no_one_person_filling_two_slots():
    """hoop counts groups, not people: who is in two groups fills both. Here two levels take two people."""
    policy = policy_of(
        "  - {id: a, effect: allow, who: {groups: [support]}, approvals: [{of: privacy, n: 2}, {of: legal}]}"
    )

    levels = [Need("privacy", 2), Need("legal", 1)]
    assert short_of(levels, lambda name: approvers(policy, name, [email()], PEOPLE)) == tuple(levels)
    assert [
        issue.level for issue in lint(policy, PEOPLE, Taxonomy.load()) if "nobody can ever be approved" in issue.message
    ] == ["error"]


def test_no_erroring_rule_is_ignored():
    """Cedar skips a policy that fails to evaluate, also one that forbids. Here nothing is lent where anything fails."""
    rules = """
  - {id: all, effect: allow, who: {groups: [support]}, auto: {}}
  - {id: ticketed, effect: allow, who: {groups: [support]}, purpose: {ticket: "^A$"}, auto: {}}
"""
    assert said(rules, [email()]).outcome is Outcome.APPROVED
    assert said(rules, [email()], ticket="\ud800").outcome is Outcome.DENIED


def test_a_deny_on_an_attribute_that_nobody_stated_holds():
    """Where an attribute is missing, a condition on it is false in most systems, and a deny by it lets everybody."""
    rules = """
  - {id: all, effect: allow, auto: {}}
  - {id: staff-only, effect: deny, who: {attributes: {employment: external}}}
"""
    assert said(rules, [email()]).outcome is Outcome.DENIED


def test_no_access_without_approval_by_accident():
    """hoop #1677: a rule that forgets its approvers lets everybody. Here an allow says who approves, or that nobody has to."""
    with pytest.raises(ValidationError, match="an allow needs approvals, or auto"):
        policy_of("  - {id: a, effect: allow, who: {groups: [support]}}")


def test_no_misspelt_key_widens_a_rule():
    """A parser that ignores unknown keys reads `not_group` as no condition at all."""
    with pytest.raises(ValidationError, match="not_group"):
        policy_of("  - {id: a, effect: allow, who: {groups: [support], not_group: [contractors]}, auto: {}}")


def test_no_empty_list_means_everything():
    """`classes: []` after the last class was removed would speak of any class."""
    with pytest.raises(ValidationError, match="an empty list means nothing at all"):
        policy_of("  - {id: a, effect: allow, what: {classes: []}, auto: {}}")


def test_no_automatic_approvals_without_end():
    """strongDM accessbot #67 asked for a cap on automatic approvals in a week."""
    rules = "  - {id: a, effect: allow, auto: {per_person: 2/7d}, approvals: [{of: privacy}]}"
    used = [NOW - timedelta(days=6), NOW - timedelta(days=1)]

    assert said(rules, [email()], usage=Usage(tuple(used[:1]))).outcome is Outcome.APPROVED
    assert said(rules, [email()], usage=Usage(tuple(used))).outcome is Outcome.PENDING


def test_no_half_an_answer():
    """Lake Formation lends less than was asked where only some columns match, and says nothing. Here all or none."""
    rules = "  - {id: a, effect: allow, what: {classes: [user.contact]}, auto: {}}"

    decision = said(rules, [email(), field("crm/t#ssn", SSN)])
    assert decision.outcome is Outcome.DENIED
    assert "crm/t#ssn" in decision.because[0]


@pytest.mark.parametrize(
    "entry",
    [
        field("crm/t#new", status=Status.NONE, coverage=Extent.NOT_EXAMINED),
        field("crm/t#new", status=Status.NONE, coverage=Extent.PARTIAL),
        field("crm/t#new", status=Status.NONE),
    ],
    ids=["not examined", "partly examined", "clean"],
)
def test_no_new_column_is_open_until_it_is_tagged(entry):
    """Tag-based systems leave a column open until the tag arrives. Here a rule on classes lets no field without one."""
    rules = "  - {id: a, effect: allow, what: {classes: [user, system]}, auto: {unreviewed: true}}"

    assert said(rules, [entry]).outcome is Outcome.DENIED


def test_no_approval_by_the_owner_of_something_else():
    """An approver of one of several things asked for decides all of them in systems that take any reviewer."""
    policy = policy_of("  - {id: a, effect: allow, approvals: [{of: owners}]}")
    entries = [email(owner="pia"), field("lake/t#ssn", SSN, owner="root")]

    decision = decide(Ask("ana", reason="x", seconds=3600), entries, policy, person=PEOPLE["ana"], now=NOW)

    assert decision.needs == (Need("owners:pia", 1), Need("owners:root", 1))
    assert [approvers(policy, need.of, entries, PEOPLE) for need in decision.needs] == [{"pia"}, {"root"}]


def test_no_approver_outlives_the_group_they_come_from():
    """Who left the group since is no approver any more: eligibility is asked for, never remembered."""
    policy = policy_of("  - {id: a, effect: allow, approvals: [{of: privacy}]}")

    assert approvers(policy, "privacy", [email()], PEOPLE | {"pia": Person("pia")}) == {"root"}


def test_no_ticket_pattern_takes_for_ever():
    """A backtracking engine takes minutes for this ticket; RE2 takes linear time."""
    rules = '  - {id: a, effect: allow, purpose: {ticket: "^(a+)+$"}, auto: {}}'

    assert said(rules, [email()], ticket="a" * 50_000 + "!").outcome is Outcome.DENIED
