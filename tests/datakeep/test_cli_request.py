import sqlite3
import threading
from contextlib import closing

import pytest

from datakeep.assembly import House
from datakeep.settings import load

KEYS = {
    "id", "state", "requester", "classes", "scope", "entries", "purpose", "reason", "ticket", "seconds", "start", "created",
    "decided_by", "needs", "grant_id", "because",
}  # fmt: skip
NAME = ("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called", "--format", "json")
EMAIL = (
    "request",
    "create",
    "--class",
    "user.contact.email",
    "--for",
    "30m",
    "--reason",
    "a mail bounced",
    "--format",
    "json",
)


@pytest.fixture
def ask(call, shop):
    def made(words=EMAIL, who="ana", **_):
        return call(*words, "--as", who)

    return made


def test_what_is_lent_at_once_exits_0_with_the_contracts_keys(ask):
    called = ask(NAME)
    item = called.items[0]
    assert called.code == 0
    assert set(item) >= KEYS
    assert (item["state"], item["requester"], item["entries"], item["seconds"]) == (
        "approved", "ana", ["shop/customers#full_name"], 3600)  # fmt: skip
    assert item["grant_id"]


def test_what_waits_for_people_exits_8_and_says_for_whom(ask):
    called = ask()
    assert (called.code, called.items[0]["state"]) == (8, "pending")
    assert called.items[0]["needs"] == [{"of": "privacy", "n": 1}]
    assert "1 of privacy to approve" in called.err


def test_what_the_policy_denies_exits_4_with_the_reason(ask):
    called = ask(NAME, who="eve")
    assert (called.code, called.items[0]["state"]) == (4, "denied")
    assert "eve is not in support" in called.err


def test_a_duration_over_the_policys_is_denied_naming_both(ask):
    called = ask((*NAME, "--for", "5h"))
    assert called.code == 4
    assert "5h is over the 2h" in called.err


def test_a_dry_run_says_what_would_be_and_records_nothing(ask, call):
    called = ask((*EMAIL, "--dry-run"))
    assert (called.code, called.items[0]["state"], called.items[0]["id"]) == (8, "pending", "dry-run")
    assert call("request", "list", "--format", "json").items == []


@pytest.mark.parametrize(
    ("words", "line", "hint"),
    [
        (["--class", "user.contact.emial"], "no class user.contact.emial", "did you mean user.contact.email?"),
        (["--entry", "shop/customers#emial"], "no entry shop/customers#emial", "did you mean shop/customers#email?"),
        (["--class", "user.health_and_medical"], "nothing in the catalog holds user.health_and_medical", "catalog list --class"),
        (["--class", "user.name", "--ticket", "call anna@example.org"], "a ticket is up to 64", "--reason"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_one_line_and_a_true_hint(call, shop, words, line, hint):
    called = call("request", "create", "--reason", "a customer called", "--as", "ana", *words)
    assert called.code == 2
    assert called.err.splitlines()[0].startswith(f"error: {line}")
    assert hint in called.err.splitlines()[1]


@pytest.mark.parametrize(
    "words", [[], ["--class", "user.name", "--for", "2 hours"], ["--class", "user.name", "--start", "soon"]]
)
def test_a_slip_of_the_hand_is_a_usage_error(call, shop, words):
    assert call("request", "create", "--reason", "a customer called", "--as", "ana", *words).code == 2


def test_approving_lends_and_shows_who_decided(ask, call):
    name = ask().items[0]["id"]
    called = call("request", "approve", name, "--as", "bo", "--reason", "known case", "--format", "json")
    item = called.items[0]
    assert (called.code, item["state"], item["decided_by"], item["needs"]) == (0, "approved", ["bo"], [])
    assert "bo: known case" in item["because"]
    assert call("request", "show", name, "--format", "json").items[0]["grant_id"] == item["grant_id"]


@pytest.mark.parametrize(
    ("verb", "who", "line"),
    [
        ("approve", "ana", "is your own request"),
        ("deny", "ana", "is your own request"),
        ("approve", "al", "al may not approve"),
        ("withdraw", "bo", "is ana's request"),
    ],
)
def test_deciding_what_one_may_not_exits_4(ask, call, verb, who, line):
    name = ask().items[0]["id"]
    called = call("request", verb, name, "--as", who)
    assert called.code == 4
    assert line in called.err.splitlines()[0]


def test_a_denied_request_stays_denied(ask, call):
    name = ask().items[0]["id"]
    assert call("request", "deny", name, "--as", "cy", "--format", "json").items[0]["state"] == "rejected"
    called = call("request", "approve", name, "--as", "bo")
    assert (called.code, called.err.splitlines()[0]) == (4, f"error: {name} is rejected already")


def test_withdrawing_takes_it_back(ask, call):
    name = ask().items[0]["id"]
    assert call("request", "withdraw", name, "--as", "ana", "--format", "json").items[0]["state"] == "withdrawn"


def test_lists_show_mine_and_what_waits_for_me(ask, call):
    mine, other = ask().items[0]["id"], ask(who="al").items[0]["id"]

    def ids(*words):
        return {item["id"] for item in call("request", "list", "--format", "json", *words).items}

    assert ids() == {mine, other}
    assert ids("--mine", "--as", "ana") == {mine}
    assert ids("--to-decide", "--as", "bo") == {mine, other}
    assert ids("--to-decide", "--as", "ana") == set()
    assert ids("--state", "approved") == set()


def test_waiting_ends_with_the_decision(shop, call):
    def decide():
        broker = House(load()).broker
        while not (found := broker.requests(House(load()).now())):
            pass
        broker.deny(found[0].id, House(load()).people["bo"], House(load()).now())

    other = threading.Thread(target=decide)
    other.start()
    called = call(*EMAIL, "--wait", "--as", "ana")
    other.join()
    assert (called.code, called.items[0]["state"]) == (4, "rejected")


def test_a_stranger_is_named_with_those_who_are_known(call, shop):
    called = call(*NAME, "--as", "mallory")
    assert called.code == 2
    assert "mallory" in called.err


def test_a_locked_ledger_lends_nothing_and_says_why(ask, shop, monkeypatch):
    ask()
    monkeypatch.setattr("jit.ledger.WAIT", 0.1)
    with closing(sqlite3.connect(shop / ".datakeep" / "ledger.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        called = ask(NAME)
        holder.execute("ROLLBACK")
    assert called.code == 2
    assert "cannot be written" in called.err
    assert "another process holds it" in called.err


def test_a_broken_policy_lends_nothing(ask, shop):
    (shop / "policies.yaml").write_text("version: 1\nrules: [{id: x}]\n")
    called = ask(NAME)
    assert called.code == 2
    assert called.err.startswith("error:")


def test_an_approver_sees_each_field_with_what_is_known_of_it(ask, call):
    name = ask().items[0]["id"]
    item = call("request", "show", name, "--format", "json").items[0]
    (email,) = item["fields"]
    assert {"id", "classes", "sensitivity", "reviewed", "status", "coverage", "rows", "owner", "lent", "reads"} <= set(
        email
    )
    assert (email["id"], email["sensitivity"], email["reviewed"]) == ("shop/customers#email", "medium", True)
    assert item["history"] == {}
    shown = call("request", "show", name)
    assert "shop/customers#email" in shown.out
    assert "sensitivity" in shown.out
    assert "other requests of ana: none" in shown.err


def test_an_edit_is_judged_anew(ask, call):
    name = ask().items[0]["id"]
    edit = ("request", "edit", name, "--for", "30m", "--reason", "one customer only", "--format", "json")
    refused = call(*edit, "--as", "bo")
    assert refused.code == 4
    called = call(*edit, "--as", "ana")
    assert (called.code, called.items[0]["seconds"], called.items[0]["state"]) == (8, 1800, "pending")
    assert call("request", "edit", name, "--class", "user.name", "--as", "ana").code == 0
