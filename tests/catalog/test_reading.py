from dataclasses import replace

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog import Ownership, Status, UnknownEntryError, Word, matches
from catalog.reading import Filter
from catalog.testing import day, seen, unit
from scanners import Cause, Coverage, Extent, Field

CARD, EMAIL, NAME, PHONE = "user.financial.credit_card", "user.contact.email", "user.name", "user.contact.phone_number"

CUSTOMERS, ORDERS = unit(), unit("public.orders", ("card", "items[].phone"))
CONTENT = {CUSTOMERS: {"id": (), "email": (EMAIL, NAME)}, ORDERS: {"card": (CARD,), "items[].phone": (PHONE,)}}


@pytest.fixture(scope="module")
def template(made):
    return made(day(1), CONTENT)


@pytest.fixture
def filled(catalog, template):
    return template(catalog)


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [
        ({}, ["card", "email", "items[].phone"]),
        ({"classes": ["user.contact"]}, ["email", "items[].phone"]),
        ({"classes": [EMAIL]}, ["email"]),
        ({"classes": [NAME]}, ["email"]),  # not the leading class, but held
        ({"classes": ["user.cont"]}, []),  # a class is no prefix
        ({"classes": [EMAIL, CARD]}, ["card", "email"]),
        ({"sources": ["crm"]}, ["card", "email", "items[].phone"]),
        ({"sources": ["lake"]}, []),
        ({"datasets": ["public.o*"]}, ["card", "items[].phone"]),
        ({"datasets": ["public.orders"]}, ["card", "items[].phone"]),
        ({"datasets": ["orders"]}, []),
        ({"statuses": [Status.CONFIRMED]}, []),
        ({"min_confidence": 0.9}, ["card", "email", "items[].phone"]),
        ({"min_confidence": 0.91}, []),
        ({"all": True, "datasets": ["public.customers"]}, ["email", "id"]),
    ],
)
def test_entries_are_those_that_every_filter_lets_through(filled, wanted, fields):
    assert sorted(entry.field for entry in filled.entries(**wanted)) == fields


def test_the_most_sensitive_come_first(filled):
    levels = [entry.sensitivity for entry in filled.entries()]
    assert levels == sorted(levels, reverse=True)
    assert filled.entries()[0].field == "card"


def test_rejected_entries_are_listed_when_asked_for(filled, bo):
    filled.reject(["crm/public.customers#email"], bo, now=day(2))

    assert "email" not in [entry.field for entry in filled.entries()]
    assert [entry.field for entry in filled.entries(statuses=[Status.REJECTED])] == ["email"]


@pytest.mark.parametrize(
    ("pattern", "fields"),
    [
        ("crm/*", ["card", "email", "items[].phone"]),
        ("crm/public.customers#*", ["email"]),
        ("*#email", ["email"]),
        ("crm/public.orders#items[].phone", ["items[].phone"]),
        ("crm/public.orders#items[]*", ["items[].phone"]),
        ("crm/public.customers#id", ["id"]),
        ("crm/public.orders#c?rd", ["card"]),
    ],
)
def test_ids_and_globs_name_entries(filled, pattern, fields):
    assert sorted(entry.field for entry in filled.resolve([pattern])) == fields


@pytest.mark.parametrize("pattern", ["crm/public.customers#nope", "lake/*", "crm", ""])
def test_a_name_for_nothing_is_an_error_that_says_it(filled, pattern):
    with pytest.raises(UnknownEntryError, match="no entry"):
        filled.resolve([pattern])


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("email", ["email"]),
        ("CONTACT", ["email", "items[].phone"]),
        ("public.orders card", ["card"]),
        ("100%", []),
        ("id customers", ["id"]),
    ],
)
def test_search_finds_every_word_anywhere(filled, text, fields):
    assert sorted(entry.field for entry in filled.search(text)) == fields


def test_search_finds_owners_and_purposes(filled):
    filled.assign(["crm/public.orders#card"], Ownership("team-pay", ("billing",)), Word("bo"), now=day(2))

    assert [entry.field for entry in filled.search("TEAM-PAY billing")] == ["card"]


def test_coverage_counts_fields_by_dataset(filled):
    customers, orders = filled.coverage()

    assert (customers.dataset, customers.examined, customers.classified) == ("public.customers", 2, 1)
    assert orders.classes == {CARD: 1, PHONE: 1}
    assert orders.sensitivity.word == "critical"


def test_the_json_of_an_entry_has_the_contracts_keys_in_order(filled):
    keys = [
        "id",
        "source",
        "dataset",
        "field",
        "data_type",
        "class",
        "classes",
        "entity",
        "confidence",
        "status",
        "coverage",
        "coverage_reason",
        "sensitivity",
        "regulations",
        "requirements",
        "owner",
        "purpose",
        "examined",
        "distinct",
        "matched",
        "mode",
        "first_seen",
        "last_scanned",
        "decided_by",
        "decided_at",
        "run_id",
    ]
    item = filled.entries(classes=[EMAIL])[0].as_json()

    assert list(item)[: len(keys)] == keys
    assert item["classes"] == [
        {"class": EMAIL, "entity": "EMAIL", "confidence": 0.9, "mode": "value"},
        {"class": NAME, "entity": "NAME", "confidence": 0.9, "mode": "value"},
    ]


@given(st.text(), st.text())
def test_a_star_stands_for_any_text_and_an_id_for_itself(left, right):
    assert matches(f"{left}*", f"{left}{right}")
    assert matches(left, left)
    assert matches(f"{left}{right}", left) == (not right or set(right) == {"*"} or matches(f"{left}{right}", left))


@pytest.mark.parametrize(
    ("pattern", "text"), [("a.c", "abc"), ("a[b]", "ab"), ("crm/*", "lake/x"), ("a?", "a"), ("(a", "a")]
)
def test_everything_but_stars_and_question_marks_is_literal(pattern, text):
    assert not matches(pattern, text)


@given(
    source=st.sampled_from(["crm", "c"]),
    dataset=st.text("a/#.*?[", max_size=6),
    field=st.text("a/#.*?[", max_size=6),
    pattern=st.text("acrm/#.*?[", max_size=9),
)
@settings(max_examples=100, deadline=None)
def test_what_is_looked_for_by_its_parts_is_what_the_whole_id_means(source, dataset, field, pattern):
    entry_id = f"{source}/{dataset}#{field}"
    for asked in (pattern, entry_id, f"{source}/*{field}", f"*{dataset}#*"):
        where, params = Filter(ids=(asked,), gone=True, unclassified=True).clauses()
        place = {"b_source": source, "b_dataset": dataset, "b_field": field}
        table = "(SELECT $b_source AS source, $b_dataset AS dataset, $b_field AS field)"
        found = duckdb.sql(f"SELECT count(*) FROM {table} b WHERE {where}", params=params | place).fetchall()
        assert bool(found[0][0]) == matches(asked, entry_id), asked


def test_search_finds_what_the_source_says_of_a_field_and_why_somebody_decided(catalog, bo):
    of = unit(fields=("contact", "phone"))
    told = {"contact": "How we write to them", "phone": "such as 0301234567"}
    fields = [replace(seen(of, path, EMAIL), field=Field("crm", of.dataset, path, comment=told[path])) for path in told]
    run_id = catalog.start_run(["crm"], now=day(1))
    catalog.record(run_id, of, fields, now=day(1))
    catalog.accept(["crm/public.customers#phone"], Word("bo", "Asked the sales team"), now=day(2))

    assert [entry.field for entry in catalog.search("WRITE to")] == ["contact"]
    assert [entry.field for entry in catalog.search("sales")] == ["phone"]
    assert catalog.search("such") == []  # a comment that may quote a value is not kept
    assert catalog.search("sales", as_of=day(1)) == []


def test_the_first_few_are_the_first_of_all(filled):
    everything = filled.entries(all=True)

    for limit in range(1, len(everything) + 2):
        assert filled.entries(all=True, limit=limit) == everything[:limit]
    assert filled.search("crm", limit=1) == filled.search("crm")[:1]


def test_coverage_of_one_source_is_that_part_of_the_whole(filled):
    assert filled.coverage(sources=["crm"]) == [row for row in filled.coverage() if row.source == "crm"] != []
    assert filled.coverage(sources=["elsewhere"]) == []


def test_the_coverage_map_adds_up_the_coverage_of_datasets(catalog, scan):
    dark = replace(seen(CUSTOMERS, "notes"), coverage=Coverage(Extent.NOT_EXAMINED, Cause.EMPTY))
    scan(day(1), CONTENT)
    catalog.record("run-1", CUSTOMERS, [seen(CUSTOMERS, "email", EMAIL), dark], now=day(1, 1))

    found = {(one.data_class, one.fields) for one in catalog.coverage_map()}
    whole = catalog.coverage()
    assert found == {(EMAIL, 1), (CARD, 1), (PHONE, 1), (None, 1)}
    assert sum(row.classified for row in whole) == 3
    assert sum(row.not_examined for row in whole) == 1
    assert catalog.coverage_map(sources=["elsewhere"]) == catalog.coverage_map(as_of=day(0)) == []


def test_a_purpose_that_reads_like_a_class_is_none(filled):
    for purpose in (CARD, f"={CARD}", f"x\n={CARD}\n"):
        filled.assign(["crm/public.customers#*"], Ownership(purpose=(purpose,)), Word("bo"), now=day(2))

        assert [entry.field for entry in filled.entries(classes=[CARD])] == ["card"]


@pytest.mark.parametrize("word", ["straße", "STRASSE_NR", "Straße", "kundé", "KUNDÉ"])
def test_a_name_is_found_however_it_and_the_word_are_written(catalog, scan, word):
    names = ("Straße", "STRASSE_NR", "Kundé")
    scan(day(1), {unit(fields=names): dict.fromkeys(names, ())})

    assert [entry.field for entry in catalog.search(word)] == [name for name in names if name.lower() == word.lower()]


def test_what_was_not_examined_is_asked_for_beside_what_has_a_class(catalog):
    run_id = catalog.start_run(["crm"], now=day(1))
    dark = replace(seen(CUSTOMERS, "notes"), coverage=Coverage(Extent.NOT_EXAMINED, Cause.EMPTY))
    found = [seen(CUSTOMERS, "id"), seen(CUSTOMERS, "email", EMAIL), seen(CUSTOMERS, "name", NAME), dark]
    catalog.record(run_id, CUSTOMERS, found, now=day(1))
    catalog.reject(["crm/public.customers#name"], Word("bo"), now=day(2))

    assert [entry.field for entry in catalog.entries(unexamined=True)] == ["email", "notes"]
    assert [entry.field for entry in catalog.entries(unexamined=True, limit=1)] == ["email"]
