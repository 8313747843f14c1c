import json

import jsonschema
import pytest
import yaml

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

EMAIL, CARD = "user.contact.email", "user.financial.credit_card"
SETTINGS = """
version: 1
people:
  - {name: ana, groups: [support]}
  - {name: bo, groups: [privacy], roles: [approver, steward]}
  - {name: cy, groups: [privacy]}
"""
POLICIES = """\
version: 1
defaults: {reason: {min_chars: 12}, duration: {min: 5m, default: 1h, max: 8h}}
approvers:
  privacy: {groups: [privacy]}
rules:
  - id: support-contact
    effect: allow
    who: {groups: [support]}
    what: {classes: [user.contact.email], scope: ["crm/*"]}
    purpose: {ticket: "^SUP-[0-9]+$"}
    duration: {max: 2h}
    auto: {sensitivity_at_most: medium}
    approvals: [{of: privacy, n: 1}]
tests:
  - given: {who: ana, groups: [support], classes: [user.contact.email], scope: "crm/*", for: 1h, ticket: SUP-7}
    expect: approved
    rule: support-contact
  - {given: {who: eve, classes: [user.contact.email], scope: "crm/*"}, expect: denied}
"""
ENTRY = "crm/public.customers#email"


@pytest.fixture
def policies(folder):
    (folder / "datakeep.yaml").write_text(SETTINGS)
    path = folder / "policies.yaml"
    path.write_text(POLICIES)
    return path


@pytest.fixture
def filled(folder, policies):
    """A catalog with an e-mail that a steward has confirmed and a card that nobody has looked at."""
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    record_run(catalog, day(1), {unit(fingerprint="v1"): {"id": (), "email": (EMAIL,)}})
    catalog.accept([ENTRY], Word("bo", "seen"), now=day(2))
    return catalog


def test_check_of_a_sound_policy_is_silent_and_exits_0(call, policies):
    called = call("policy", "check")

    assert (called.code, called.out) == (0, "")
    assert called.err.startswith("1 rule, 0 errors, 0 warnings, version sha256:")


def test_check_exits_1_for_an_error_and_names_the_rule(call, policies):
    policies.write_text(POLICIES.replace("n: 1}", "n: 3}"))

    called = call("policy", "check", "--format", "json")

    assert called.code == 1
    assert called.items == [
        {
            "level": "error",
            "rule": "support-contact",
            "message": "needs 3 of privacy, who are 2: nobody can ever be approved",
            "hint": None,
        }
    ]


def test_check_exits_1_for_a_warning_only_where_that_is_asked_for(call, policies):
    policies.write_text(POLICIES.replace("groups: [support]}\n    what", "groups: [suport]}\n    what"))

    assert call("policy", "check").code == 0
    strict = call("policy", "check", "--strict", "--format", "json")
    assert strict.code == 1
    assert strict.items[0]["hint"] == "did you mean support?"


@pytest.mark.parametrize("verb", ["check", "test"])
def test_an_unknown_key_is_a_one_line_error_with_its_line_and_the_nearest_key(call, policies, verb):
    policies.write_text(POLICIES.replace("purpose: {ticket", "purposes: {ticket"))

    called = call("policy", verb)

    assert called.code == 2
    assert called.err.splitlines() == [
        f"error: {policies}:10: unknown key rules.0.purposes",
        "hint:  did you mean purpose?",
    ]


def test_an_unknown_class_is_a_one_line_error_with_its_line_and_the_nearest_class(call, policies):
    policies.write_text(
        POLICIES.replace("classes: [user.contact.email], scope: [", "classes: [user.contact.mail], scope: [")
    )

    called = call("policy", "check")

    assert called.code == 2
    assert called.err.splitlines() == [
        f"error: {policies}:9: rule support-contact: no class user.contact.mail",
        "hint:  did you mean user.contact.email?",
    ]


def test_without_a_policy_file_the_command_names_the_place(call, folder):
    called = call("policy", "check")

    assert called.code == 2
    assert called.err.splitlines()[0] == f"error: no file {folder / 'policies.yaml'}"


def test_test_runs_the_files_own_tests(call, policies):
    called = call("policy", "test", "--format", "json")

    assert called.code == 0
    assert [item["passed"] for item in called.items] == [True, True]
    assert called.items[0]["rules"] == ["support-contact"]
    assert "2 tests, 0 failed" in called.err


def test_test_exits_1_and_says_why_when_a_test_fails(call, policies):
    policies.write_text(POLICIES.replace("ticket: SUP-7}\n    expect: approved", "ticket: X-1}\n    expect: approved"))

    called = call("policy", "test", "--format", "json")

    assert called.code == 1
    assert called.items[0]["passed"] is False
    assert "the ticket does not match ^SUP-[0-9]+$" in called.items[0]["because"][0]


def test_explain_says_per_class_which_conditions_passed_and_failed(call, filled):
    called = call("policy", "explain", "--as", "ana", "--class", EMAIL, "--for", "4h", "--format", "json")

    item = called.items[0]
    assert (called.code, item["outcome"]) == (0, "denied")
    checks = {one["condition"]: one["passed"] for one in item["classes"][0]["rules"][0]["checks"]}
    assert checks == {"who": True, "scope": True, "ticket": False, "duration": False}
    assert item["nearest"]["outcome"] == "approved"
    assert item["nearest"]["changes"] == ["ask for 2h", "name a --ticket that matches ^SUP-[0-9]+$"]


def test_explain_on_a_terminal_reads_as_text(call, filled):
    called = call("policy", "explain", "--as", "ana", "--entry", ENTRY, "--for", "1h", "--ticket", "SUP-1")

    assert called.code == 0
    assert called.out.splitlines()[0] == "approved for 1h"
    assert "  support-contact lets ana read user.contact.email at once" in called.out.splitlines()


def test_explain_puts_nothing_on_record(call, filled, folder):
    before = sorted(path.name for path in (folder / ".datakeep").iterdir())

    assert call("policy", "explain", "--as", "ana", "--class", EMAIL).code == 0
    assert sorted(path.name for path in (folder / ".datakeep").iterdir()) == before


def test_explain_without_anything_asked_for_is_a_usage_error(call, policies):
    assert call("policy", "explain", "--as", "ana").code == 2


def test_diff_names_the_rules_and_the_past_requests_that_change(call, filled, policies, folder):
    asked = call("request", "create", "--as", "ana", "--class", EMAIL, "--for", "2h", "--reason", "refund of a case",
                 "--ticket", "SUP-7", "--format", "json").items[0]  # fmt: skip
    old = folder / "old.yaml"
    old.write_text(POLICIES)
    policies.write_text(POLICIES.replace("max: 2h", "max: 1h"))

    called = call("policy", "diff", old, "--format", "json")

    assert called.code == 0
    assert [(item["kind"], item["name"], item["change"]) for item in called.items] == [
        ("rule", "support-contact", "changed"),
        ("request", asked["id"], "loses"),
    ]
    assert (called.items[1]["before"], called.items[1]["after"]) == ("approved for 2h", "denied")


def test_diff_of_a_file_with_itself_finds_nothing(call, filled, policies):
    assert call("policy", "diff", policies, policies, "--format", "json").items == []


def test_schema_takes_the_file_and_refuses_an_unknown_key(call, policies):
    schema = json.loads(call("policy", "schema").out)
    content = yaml.safe_load(POLICIES)

    jsonschema.validate(content, schema)
    content["rules"][0]["whom"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, schema)
