"""What the settings say of reviewing, as commands show and do it."""

import pytest

from catalog import Catalog
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

EMAIL, CARD = "user.contact.email", "user.financial.credit_card"
CUSTOMERS = unit(fields=("email", "card"))
SETTINGS = """
version: 1
people:
  - {name: sam, roles: [steward]}
  - {name: kim, roles: [steward]}
  - {name: ana}
review:
  second_person: never
  terms: {user.contact: 90d}
  due: {critical: 12h}
  stewards:
    - {of: {sources: [crm], owners: [team-crm]}, to: sam}
  auto_accept:
    - {name: plain, classes: [user.contact], min_confidence: 0.9, sensitivity_at_most: medium}
"""


@pytest.fixture
def crm(folder):
    (folder / "datakeep.yaml").write_text(SETTINGS)
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    record_run(catalog, day(1), {CUSTOMERS: {"email": (EMAIL,), "card": (CARD,)}}, owner="team-crm")
    return catalog


def test_a_steward_sees_whose_questions_they_are_and_what_is_overdue(call, crm):
    mine = call("--as", "sam", "review", "list", "--mine", "--overdue", "--format", "json").items

    assert [(item["id"].rpartition("#")[2], item["steward"], item["overdue"]) for item in mine] == [
        ("card", "sam", True)
    ]
    assert mine[0]["due"].startswith("2026-11-01T12:00")
    assert call("review", "list", "--steward", "kim", "--format", "json").items == []
    (stats,) = call("review", "stats", "--format", "json").items
    assert (stats["overdue"], stats["by_steward"]) == (1, {"sam": 2})


def test_rules_accept_when_told_and_their_decision_is_on_record_and_runs_out(call, crm):
    planned = call("review", "auto", "--plan", "--format", "json")
    assert [item["status"] for item in planned.items] == ["proposed"]
    assert "1 entry would be accepted" in planned.err
    assert call("--as", "ana", "review", "auto").code == 4

    (taken,) = call("--as", "sam", "review", "auto", "--format", "json").items
    assert (taken["class"], taken["status"], taken["decided_by"]) == (EMAIL, "confirmed", "plain")
    (why,) = call("catalog", "explain", taken["id"], "--format", "json").items
    assert why["decisions"][-1]["authority"] == "policy"
    assert why["decisions"][-1]["valid_until"] is not None
    records = call("audit", "list", "--format", "json").items
    assert [(one["type"], one["actor"]) for one in records[-2:]] == [
        ("review.begun", "plain"),
        ("review.done", "plain"),
    ]

    call("--as", "kim", "review", "undo", taken["id"], "--reason", "not ours")
    assert call("--as", "sam", "review", "auto", "--format", "json").items == []


def test_one_person_is_enough_where_the_settings_say_so(call, crm):
    called = call("--as", "sam", "review", "reject", "crm/public.customers#card", "--format", "json")

    assert (called.code, called.items[0]["status"]) == (0, "rejected")


def test_every_review_setting_says_where_it_comes_from(call, crm, folder):
    shown = {item["key"]: item for item in call("config", "show", "--format", "json").items}

    assert shown["review.second_person"]["value"] == "never"
    assert shown["review.second_person"]["origin"] == str(folder / "datakeep.yaml")
    (folder / "datakeep.yaml").write_text("version: 1\n")
    shown = {item["key"]: item for item in call("config", "show", "--format", "json").items}
    assert (shown["review.second_person"]["value"], shown["review.second_person"]["origin"]) == ("critical", "default")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  terms: {user.contact: 90}", ("datakeep.yaml:4", "no duration")),
        ("  terms: {user.contakt: 90d}", ("no class user.contakt",)),
        ("  second_person: allways", ("datakeep.yaml:4",)),
        ("  due: {severe: 1d}", ("datakeep.yaml:4",)),
        ("  auto_accept: [{name: x, min_confidence: 0.2}]", ("datakeep.yaml:4",)),
        ("  stuarts: []", ("datakeep.yaml:4", "unknown key review.stuarts", "did you mean stewards?")),
    ],
)
def test_a_mistake_in_the_review_settings_is_named(call, folder, line, words):
    (folder / "datakeep.yaml").write_text(f"version: 1\nsources: []\nreview:\n{line}\n")
    called = call("config", "validate")

    assert called.code == 2
    assert all(word in called.err for word in words), called.err
