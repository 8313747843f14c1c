"""What a scan found different is on the audit record, and an alert until somebody decided on it."""

import sqlite3

import pytest

from catalog import Catalog, Word
from catalog.testing import day, record_run, unit
from classifiers import Taxonomy
from datakeep.found import found

EMAIL, CARD, CITY = "user.contact.email", "user.financial.credit_card", "user.contact.address.city"
SHOP = unit(dataset="orders", fields=("a", "b"))


@pytest.fixture
def catalog(folder):
    return Catalog(folder / ".datakeep" / "catalog.duckdb", Taxonomy.load())


def run(catalog, number, classes):
    return record_run(catalog, day(number), {SHOP: classes}, owner="team-crm")


def test_the_first_scan_of_a_source_is_no_change_and_neither_is_one_that_finds_the_same(catalog):
    first = run(catalog, 1, {"a": (EMAIL,), "b": ()})
    second = run(catalog, 2, {"a": (EMAIL,), "b": ()})

    assert found(catalog, first) is None
    assert found(catalog, second) is None


def test_fields_that_hold_more_are_named_with_the_worst_of_them_and_whose_they_are(catalog):
    run(catalog, 1, {"a": (EMAIL,), "b": ()})
    event = found(catalog, run(catalog, 2, {"a": (CARD,), "b": (CITY,), "c": ()}))

    assert (event.entries, event.classes) == (("crm/orders#a", "crm/orders#b"), (CITY, CARD))
    assert event.detail == {
        "run": "run-2", "found": 1, "raised": 1, "more": 2, "worst": "critical", "told": ["team-crm"],
    }  # fmt: skip


def test_less_is_counted_and_names_no_field(catalog):
    run(catalog, 1, {"a": (EMAIL,), "b": (CARD,)})
    event = found(catalog, run(catalog, 2, {"a": ()}))

    assert (event.entries, event.detail["unseen"], event.detail["gone"], event.detail["worst"]) == ((), 1, 1, None)


SETTINGS = """
version: 1
sources: [{name: shop, url: "sqlite:///shop.db", owner: bo}]
people: [{name: bo, roles: [steward]}]
"""


def test_a_scan_that_finds_more_is_an_alert_until_a_steward_decided(call, folder):
    (folder / "datakeep.yaml").write_text(SETTINGS)
    with sqlite3.connect(folder / "shop.db") as shop:
        shop.execute("create table orders(id integer, email text)")
        shop.executemany("insert into orders values (?, ?)", [(n, f"person{n}@example.com") for n in range(50)])
    assert call("scan").code == 0
    assert call("alert", "list", "--format", "json").items == []
    with sqlite3.connect(folder / "shop.db") as shop:
        shop.execute("alter table orders add column contact_mail text")
        shop.execute("update orders set contact_mail = 'x' || email")

    assert "since the last scan: 1 new" in call("scan").err
    (alert,) = call("alert", "list", "--mine", "--format", "json", "--as", "bo").items
    assert (alert["id"], alert["severity"]) == ("scan-found:run-2", "medium")
    assert alert["because"] == f"run-2 found more in shop/orders#contact_mail: medium at worst, {EMAIL}"
    call("--as", "bo", "review", "accept", "shop/*")
    assert call("alert", "list", "--format", "json").items == []
    assert call("audit", "verify").code == 0


def test_a_field_that_was_rejected_before_it_held_more_needs_a_look(catalog):
    run(catalog, 1, {"a": (EMAIL,), "b": ()})
    catalog.reject(["crm/orders#b"], Word("bo"), now=day(2))
    event = found(catalog, run(catalog, 3, {"a": (CARD,), "b": (CARD,)}))

    assert event.entries == ("crm/orders#a", "crm/orders#b")
    assert (event.detail["disagreed"], event.detail["worst"], event.classes) == (1, "critical", (CARD,))
