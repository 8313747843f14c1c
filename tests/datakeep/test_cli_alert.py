import json

import pytest


@pytest.fixture
def broken(call, shop):
    """A shop in which ana broke the glass; the request's id."""
    with (shop / "policies.yaml").open("a") as policies:
        policies.write("break_glass: {groups: [support], max: 1h, notify: [privacy], review_within: 1d}\n")
    return call("request", "create", "--class", "user.contact", "--for", "30m", "--reason", "the shop burns",
                "--break-glass", "--as", "ana", "--format", "json").items[0]["id"]  # fmt: skip


def ids(said):
    return [item["id"] for item in said.items]


def test_who_was_told_of_a_broken_glass_finds_it_until_somebody_reviewed_it(call, broken):
    assert ids(call("alert", "list", "--mine", "--as", "cy", "--format", "json")) == [f"glass-broken:{broken}"]
    assert ids(call("alert", "list", "--mine", "--as", "al", "--format", "json")) == []
    review = ("request", "review", broken, "--reason", "it did burn")
    assert call(*review, "--as", "ana").code == 4
    assert call(*review, "--as", "bo").code == 0
    assert ids(call("alert", "list", "--format", "json")) == []


def test_an_acknowledged_alert_is_out_of_the_list_and_in_all_of_it(call, broken):
    name = f"glass-broken:{broken}"
    assert call("alert", "ack", name, "--as", "bo", "--format", "json").items[0]["acknowledged_by"] == "bo"
    assert ids(call("alert", "list", "--format", "json")) == []
    assert ids(call("alert", "list", "--all", "--format", "json")) == [name]
    assert call("alert", "ack", "nothing:1", "--as", "bo").code == 2


def test_what_waits_for_the_ledger_or_for_a_sink_is_an_alert_too(call, broken, shop):
    with (shop / "datakeep.yaml").open("a") as settings:
        settings.write('audit: {sinks: [{name: siem, to: "syslog+unix://' + str(shop / "none") + '"}]}\n')
    spool = shop / ".datakeep" / "spool"
    spool.mkdir()
    (spool / "abc.json").write_text(json.dumps({"grant": "grant-1", "actor": "bo", "reason": "", "at": ""}))
    assert call("audit", "forward", "--once").code == 3
    found = ids(call("alert", "list", "--format", "json"))
    assert found == ["spooled:abc", "sink-failing:siem", f"glass-broken:{broken}"]
