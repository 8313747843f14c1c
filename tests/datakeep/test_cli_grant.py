import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

KEYS = {"id", "state", "grantee", "classes", "entries", "starts", "expires", "seconds", "provisioner", "because"}
NAME = ("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called", "--format", "json")


@pytest.fixture
def lent(call, shop):
    return call(*NAME, "--as", "ana").items[0]["grant_id"]


@pytest.fixture
def later(monkeypatch):
    """The clock, moved on."""

    def move(**by):
        monkeypatch.setattr("datakeep.assembly.clock", lambda: datetime.now(UTC) + timedelta(**by))

    return move


def test_a_grant_has_the_contracts_keys(call, lent):
    item = call("grant", "show", lent, "--format", "json").items[0]
    assert set(item) >= KEYS
    assert (item["state"], item["grantee"], item["entries"], item["seconds"], item["provisioner"]) == (
        "active", "ana", ["shop/customers#full_name"], 3600, "gateway")  # fmt: skip


def test_reading_shows_what_is_lent_and_masks_the_rest(call, lent):
    called = call("grant", "read", lent, "shop/customers", "--as", "ana", "--format", "json")
    assert called.code == 0
    assert called.items == [
        {"id": "[redacted]", "full_name": f"Name {n}", "email": "[redacted]", "phone": f"***{n:04d}"} for n in range(3)
    ]
    assert "in clear: shop/customers#full_name; the rest is masked" in called.err


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_every_format_masks(call, lent, form):
    called = call("grant", "read", lent, "shop/customers", "--as", "ana", "--format", form)
    assert "Name 2" in called.out
    assert "@example.org" not in called.out + called.err


def test_a_field_alone_and_a_limit(call, lent):
    called = call("grant", "read", lent, "shop/customers#full_name", "--limit", "2", "--as", "ana", "--format", "csv")
    assert list(csv.DictReader(io.StringIO(called.out))) == [{"full_name": "Name 0"}, {"full_name": "Name 1"}]


def test_sql_sees_the_masked_rows_only(call, lent):
    words = ("grant", "read", lent, "shop/customers", "--as", "ana", "--format", "json", "--sql")
    assert call(*words, "SELECT full_name FROM customers WHERE phone LIKE '%0001'").items == [{"full_name": "Name 1"}]
    assert call(*words, "SELECT full_name FROM customers WHERE email = 'user1@example.org'").items == []
    assert call(*words, "SELECT * FROM 'shop.db'").code == 2


@pytest.mark.parametrize(
    ("who", "target", "said"),
    [
        ("al", "shop/customers", (4, "is ana's grant, not al's")),
        ("ana", "shop/customers#email", (4, "lends nothing of shop/customers#email")),
        ("ana", "shop/nothing", (2, "no entry or dataset shop/nothing")),
    ],
)
def test_what_is_not_lent_is_not_read(call, lent, who, target, said):
    code, line = said
    called = call("grant", "read", lent, target, "--as", who)
    assert (called.code, called.out) == (code, "")
    assert line in called.err.splitlines()[0]


def test_after_its_end_a_grant_reads_nothing_without_any_sweep(call, lent, later):
    later(hours=1)
    called = call("grant", "read", lent, "shop/customers", "--as", "ana")
    assert (called.code, called.out) == (4, "")
    assert "is expired since" in called.err
    assert call("grant", "show", lent, "--format", "json").items[0]["state"] == "expired"


def test_after_a_sweep_it_is_on_paper(call, lent, later):
    later(hours=2)
    called = call("sweep", "--format", "json")
    assert called.items == [{"id": lent, "state": "expired", "what": "grant"}]
    assert call("sweep", "--format", "json").items == []


def test_a_clock_set_back_brings_nothing_back(call, lent, later):
    later(hours=2)
    call("sweep")
    later(minutes=1)
    assert call("grant", "read", lent, "shop/customers", "--as", "ana").code != 0
    assert call("grant", "show", lent, "--format", "json").items[0]["state"] == "expired"


@pytest.mark.parametrize(
    ("verb", "who", "state"),
    [("return", "ana", "revoked"), ("revoke", "bo", "revoked"), ("suspend", "bo", "suspended")],
)
def test_an_end_holds_at_once(call, lent, verb, who, state):
    called = call("grant", verb, lent, "--as", who, "--reason", "done", "--format", "json")
    assert (called.code, called.items[0]["state"]) == (0, state)
    assert call("grant", "read", lent, "shop/customers", "--as", "ana").code == 4


def test_what_was_suspended_is_resumed_by_somebody_else(call, lent):
    call("grant", "suspend", lent, "--as", "ana")
    assert call("grant", "resume", lent, "--as", "ana").code == 4
    assert call("grant", "resume", lent, "--as", "bo", "--format", "json").items[0]["state"] == "active"
    assert call("grant", "read", lent, "shop/customers", "--as", "ana").code == 0


@pytest.mark.parametrize("verb", ["return", "revoke", "suspend"])
def test_others_do_not_end_it(call, lent, verb):
    called = call("grant", verb, lent, "--as", "al")
    assert called.code == 4
    assert call("grant", "show", lent, "--format", "json").items[0]["state"] == "active"


def test_extending_is_a_request_of_its_own(call, lent):
    words = ("grant", "extend", lent, "--for", "30m", "--reason", "still on the phone", "--format", "json")
    before = call("grant", "show", lent, "--format", "json").items[0]
    called = call(*words, "--as", "ana")
    assert (called.code, called.items[0]["state"], called.items[0]["grant_id"]) == (0, "approved", lent)
    after = call("grant", "show", lent, "--format", "json").items[0]
    assert after["seconds"] in range(before["seconds"] + 1799, before["seconds"] + 1802)
    assert call(*words, "--as", "al").code == 4


def test_lists_show_mine_and_a_state(call, lent):
    assert [item["id"] for item in call("grant", "list", "--mine", "--as", "ana", "--format", "json").items] == [lent]
    assert call("grant", "list", "--mine", "--as", "al", "--format", "json").items == []
    assert call("grant", "list", "--state", "expired", "--format", "json").items == []


def test_a_grant_that_nobody_has_is_named(call, shop):
    called = call("grant", "show", "grant-nix")
    assert (called.code, called.err.splitlines()[0]) == (2, "error: no grant grant-nix")


def test_the_report_of_access_says_who_could_who_did_and_what_was_without_need(call, lent):
    def report(*words):
        return call("report", "access", "--format", "json", *words).items

    (before,) = report("--verdict", "unused")
    assert (before["person"], before["class"], before["verdict"], before["could"], before["did"]) == (
        "ana", "user.name", "unused", ["shop/customers#full_name"], [])  # fmt: skip
    call("grant", "read", lent, "shop/customers", "--as", "ana")
    assert [item["verdict"] for item in report("--class", "user.name", "--person", "ana")] == ["used"]
    assert report("--person", "bo") == report("--verdict", "unused") == []
    could = [
        (one["person"], one["verdict"], one["rules"], one["could"]) for one in report("--class", "user.contact.email")
    ]
    assert could == [(who, "unasked", ["contact"], []) for who in ("al", "ana")]


def test_a_token_is_for_ones_own_live_grant(call, lent):
    called = call("grant", "token", lent, "--audience", "notebook", "--as", "ana", "--format", "json")
    assert set(called.items[0]) == {"grant_id", "token", "expires"}
    assert call("grant", "token", lent, "--audience", "notebook", "--as", "al").code == 4


def test_the_evidence_of_a_grant_is_verified_alone(call, shop, tmp_path_factory, monkeypatch):
    lent = call("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called", "--as", "ana",
                "--format", "json").items[0]["grant_id"]  # fmt: skip
    file = tmp_path_factory.mktemp("auditor") / "evidence.json"
    assert call("grant", "evidence", lent, "--to", file).code == 0
    assert "cannot be written: File exists" in call("grant", "evidence", lent, "--to", file).err
    monkeypatch.chdir(file.parent)
    found = call("audit", "verify", "evidence.json", "--format", "json")
    assert (found.code, found.items[0]["grant"], found.items[0]["verified"]) == (0, lent, True)
    file.write_text(file.read_text().replace("ana", "eve"))
    assert call("audit", "verify", "evidence.json").code == 1
