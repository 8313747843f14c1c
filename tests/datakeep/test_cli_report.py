import pytest

from catalog import Catalog
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy

EMAIL, HEALTH = "user.contact.email", "user.health_and_medical"
LAID_DOWN = """
version: 1
controller: {name: Acme GmbH, contact: privacy@acme.example}
purposes:
  "a_b *c*":
    basis: Art. 6(1)(b), 9(2)(h)
    subjects: patients
    retention: 3650d
"""
TABLE = unit(fields=("email", "diagnosis", "id"))


@pytest.fixture
def filled(folder):
    catalog = Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())
    record_run(catalog, day(1), {TABLE: {"email": (EMAIL,), "diagnosis": (HEALTH,), "id": ()}}, purpose=("a_b *c*",))
    return catalog


def test_the_record_of_processing_has_every_letter_of_article_30(call, filled):
    called = call("report", "ropa", "--as-of", "2026-11-01")

    assert called.code == 0
    assert "as the catalog knew it on 2026-11-01" in called.out
    assert [f"- ({letter}) " in called.out for letter in "abcdefg"] == [True] * 7
    assert r"## crm: a\_b \*c\*" in called.out
    assert "special categories (Art. 9)" in called.out
    assert "2 fields in 1 datasets, 2 of them not confirmed by a person." in called.out


def test_the_record_of_processing_as_items_says_what_is_to_be_filled_in(call, filled):
    (item,) = call("report", "ropa", "--format", "json").items

    assert item["purposes"] == ["a_b *c*"]
    assert item["recipients"] == "to be filled in"
    assert "E-mail address" in call("report", "ropa", "--format", "csv").out


def test_gaps_of_a_source_and_of_an_owner_are_told_alone(call, filled):
    everything = call("report", "gaps", "--format", "json").items

    assert call("report", "gaps", "--source", "crm", "--owner", "nobody", "--format", "json").items == everything
    assert call("report", "gaps", "--owner", "team-crm", "--format", "json").items == []
    assert call("report", "gaps", "--source", "crn").code == 2
    assert call("report", "ropa", "--source", "crn").code == 2


def test_gaps_say_what_to_do(call, filled):
    items = call("report", "gaps", "--format", "json").items

    assert {(item["id"], item["what"]) for item in items} == {
        ("crm/public.customers#diagnosis", "owner"),
        ("crm/public.customers#diagnosis", "review"),
        ("crm/public.customers#diagnosis", "basis"),
        ("crm/public.customers#diagnosis", "retention"),
        ("crm/public.customers#email", "owner"),
        ("crm/public.customers#email", "retention"),
    }
    assert all("`datakeep " in item["todo"] or "`purposes: " in item["todo"] for item in items)


def test_what_the_settings_lay_down_fills_the_record_of_processing(call, folder, filled):
    (folder / "datakeep.yaml").write_text(LAID_DOWN)
    (item,) = call("report", "ropa", "--format", "json").items

    assert item["controller"] == "Acme GmbH, privacy@acme.example"
    assert (item["data_subjects"], item["erasure"], item["transfers"]) == (
        ["patients"],
        ["a_b *c*: 3650 days"],
        "to be filled in",
    )
    assert r"Acme GmbH, privacy@acme.example; answers for the data: to be filled in" in call("report", "ropa").out
    assert {item["what"] for item in call("report", "gaps", "--format", "json").items} == {"owner", "review"}


def test_a_purpose_with_a_class_that_there_is_not_is_refused(call, folder, filled):
    (folder / "datakeep.yaml").write_text(LAID_DOWN + "    classes: [user.contakt]\n")

    called = call("config", "validate")
    assert (called.code, "did you mean user.contact?" in called.err) == (2, True)


def test_coverage_counts_the_examined(call, filled):
    called = call("report", "coverage", "--format", "json")

    assert [row["examined"] for row in called.items] == [3]
    assert "3 of 3 fields examined" in called.err


def test_the_map_of_coverage_is_a_class_a_line_and_a_source_a_column_darker_where_there_is_more(call, filled):
    record_run(filled, day(2), {unit("t", ("a", "b", "c"), source="hr"): dict.fromkeys("abc", (EMAIL,))})
    items = call("catalog", "coverage", "--map", "--format", "json").items

    assert {(item["source"], item["class"]): item["fields"] for item in items} == {
        ("crm", EMAIL): 1, ("crm", HEALTH): 1, ("crm", "not examined"): 0, ("hr", EMAIL): 3, ("hr", "not examined"): 0,
    }  # fmt: skip
    head, *_, mail, health = [line.split() for line in call("catalog", "coverage", "--map").out.splitlines()]
    assert head == ["class", "crm", "hr"]
    assert mail == [EMAIL, "1", "▓", "3", "█"]
    assert health[:3] == [HEALTH, "1", "▓"]
