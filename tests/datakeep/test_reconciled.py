"""What a scan or a steward finds out is in the grants at once: no sweep has to come."""

import sqlite3
from contextlib import closing

import pytest

NAME = ("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called", "--format", "json")
FIELD = "shop/customers#full_name"


@pytest.fixture
def lent(call, shop):
    return call(*NAME, "--as", "ana").items[0]["grant_id"]


def types(call):
    return [one["type"] for one in call("audit", "list", "--format", "json").items]


def narrowed(call):
    return [one["grant"] for one in call("audit", "list", "--type", "grant.narrowed", "--format", "json").items]


def test_a_class_that_a_steward_raises_is_suspended_and_asked_for_again_at_once(call, lent):
    called = call("--as", "bo", "review", "reclassify", FIELD, "--class", "user.government_id", "--reason", "ids")
    assert called.code == 0
    assert "1 lend less" in called.err
    assert "1 request made anew" in called.err
    assert narrowed(call) == [lent]
    assert types(call)[-4:] == ["review.begun", "review.done", "grant.narrowed", "request.denied"]
    assert call("sweep", "--format", "json").items == []


def test_a_decision_that_opens_nothing_and_takes_nothing_leaves_the_grants_alone(call, lent):
    called = call("--as", "bo", "review", "assign", FIELD, "--owner", "team-shop")
    assert (called.code, narrowed(call)) == (0, [])
    assert "lend less" not in called.err


def test_a_column_that_a_scan_misses_is_taken_from_its_grants_at_once(call, lent, shop):
    with closing(sqlite3.connect(shop / "shop.db")) as database, database:
        database.execute("ALTER TABLE customers DROP COLUMN full_name")
    called = call("scan", "--full", "--no-progress")
    assert "1 lend less" in called.err
    (record,) = call("audit", "list", "--type", "grant.narrowed", "--format", "json").items
    assert record["because"] == [f"{FIELD} is no longer in the catalog"]
    assert record["detail"]["withheld"] == [FIELD]


def test_a_decision_on_thresholds_is_on_record_like_any_other(call, lent):
    assert (
        call("--as", "bo", "catalog", "replay", "--threshold", "user.contact=0.99", "--apply", "--reason", "x").code
        == 0
    )
    assert types(call)[-2:] == ["review.begun", "review.done"]
    before = len(types(call))
    assert call("catalog", "replay", "--threshold", "user.contact=0.5").code == 0
    assert call("--as", "ana", "catalog", "replay", "--threshold", "user.contact=0.5", "--apply").code == 4
    assert len(types(call)) == before


def test_a_ledger_that_cannot_be_written_does_not_stop_a_scan_and_is_said(call, lent, shop):
    call("scan", "--full", "--no-progress")  # what comes after it finds nothing new
    for file in (shop / ".datakeep").glob("ledger.sqlite*"):
        file.unlink()
    (shop / ".datakeep" / "ledger.sqlite").write_bytes(b"this is no ledger any more" * 200)
    called = call("scan", "--full", "--no-progress", "--format", "json")
    assert (called.code, called.items[0]["status"]) == (0, "complete")
    assert "cannot be written" in called.err or "cannot be read" in called.err
    assert call("grant", "read", lent, "shop/customers", "--as", "ana").code != 0
