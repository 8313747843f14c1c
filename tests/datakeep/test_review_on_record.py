import sqlite3

import pytest


@pytest.fixture
def project(folder, call):
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute("create table customers (id integer primary key, email text)")
        database.execute("insert into customers (email) values ('someone@example.org')")
    database.close()
    (folder / "datakeep.yaml").write_text(
        "sources: [{name: shop, url: 'sqlite:///shop.db'}]\npeople: [{name: sam, roles: [steward]}, {name: ana}]\n"
    )
    assert call("scan").code == 0
    return folder


def records(call):
    return [(one["type"], one["actor"], one["decision"]) for one in call("audit", "list", "--format", "json").items]


def test_a_stewards_decision_is_on_the_record_with_its_entries_and_classes(project, call):
    assert call("--as", "sam", "review", "accept", "shop/customers#email", "--reason", "it is").code == 0
    last = call("audit", "list", "--format", "json").items[-1]

    assert records(call)[-2:] == [("review.begun", "sam", "accept"), ("review.done", "sam", "accept")]
    assert (last["entries"], last["classes"]) == (["shop/customers#email"], ["user.contact.email"])
    assert call("audit", "verify").code == 0


def test_who_is_no_steward_decides_nothing_and_leaves_the_queue_as_it_was(project, call):
    assert call("--as", "ana", "review", "accept", "shop/customers#email").code == 4
    (entry,) = call("catalog", "list", "--format", "json").items

    assert entry["status"] == "proposed"


def test_where_the_record_cannot_be_written_nothing_is_decided(project, call):
    ledger = project / ".datakeep" / "ledger.sqlite"
    ledger.write_bytes(b"this is no ledger any more" * 200)
    assert call("--as", "sam", "review", "accept", "shop/customers#email").code == 2
    (entry,) = call("catalog", "list", "--format", "json").items

    assert entry["status"] == "proposed"
