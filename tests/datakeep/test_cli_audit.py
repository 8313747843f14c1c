import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from datakeep.settings import load

KEYS = {"seq", "ts", "type", "actor", "request", "grant", "entries", "classes", "decision", "because", "prev", "hash"}
NAME = ("request", "create", "--class", "user.name", "--for", "1h", "--reason", "Anna Meier called", "--format", "json")


@pytest.fixture
def used(call, shop):
    """A shop in which somebody was lent something and read it; the grant's id."""
    grant = call(*NAME, "--as", "ana").items[0]["grant_id"]
    call("grant", "read", grant, "shop/customers", "--as", "ana")
    call("grant", "read", grant, "shop/customers", "--as", "al")
    return grant


def test_every_step_is_on_record_with_the_contracts_keys(call, used):
    items = call("audit", "list", "--format", "json").items
    assert all(set(item) >= KEYS for item in items)
    assert [item["seq"] for item in items] == list(range(1, len(items) + 1))
    assert [item["type"] for item in items] == [
        "ledger.opened", "policy.changed", "request.created", "request.approved", "grant.started", "read.allowed", "read.served", "read.refused",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "types"),
    [
        (["--last", "1"], ["read.refused"]),
        (["--type", "read"], ["read.allowed", "read.served", "read.refused"]),
        (["--type", "read.served"], ["read.served"]),
        (["--actor", "al"], ["read.refused"]),
        (["--after", "7"], ["read.refused"]),
    ],
)
def test_the_list_is_narrowed(call, used, words, types):
    assert [item["type"] for item in call("audit", "list", "--format", "json", *words).items] == types


def test_following_shows_what_comes_within_a_second(call, used, shop):
    watcher = subprocess.Popen(
        [sys.executable, "-u", "-m", "datakeep", "audit", "list", "--follow", "--after", "8"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        call("grant", "read", used, "shop/customers", "--as", "al")
        assert json.loads(watcher.stdout.readline())["seq"] == 9
    finally:
        watcher.terminate()
        watcher.wait()
        watcher.stdout.close()


def test_an_untouched_record_verifies(call, used):
    called = call("audit", "verify", "--format", "json")
    assert called.code == 0
    assert called.items[0] | {"verified": True, "records": 8, "proven_to": 8} == called.items[0]
    assert "public key lay beside the log" in called.err


def test_a_bent_record_exits_1_and_says_where(call, used, shop):
    with closing(sqlite3.connect(shop / ".datakeep" / "ledger.sqlite")) as raw, raw:
        raw.execute("DROP TRIGGER records_stand")
        raw.execute("UPDATE records SET record = replace(record, '\"al\"', '\"bo\"') WHERE seq = 8")
    called = call("audit", "verify")
    assert (called.code, called.err.splitlines()[0]) == (
        1,
        "error: record 8 was changed: its text does not have its hash",
    )


def test_without_its_checkpoints_the_end_is_unproven_and_exits_3(call, used, shop):
    (shop / ".datakeep" / "checkpoints" / "checkpoints.jsonl").unlink()
    called = call("audit", "verify")
    assert called.code == 3
    assert "whether records were cut from the end cannot be told" in called.err


def test_an_export_verifies_with_nothing_but_the_folder_and_the_key(call, used, shop, tmp_path):
    called = call("audit", "export", "--to", "evidence", "--format", "json")
    key = called.items[0]["public_key"]
    (shop / "evidence").rename(tmp_path / "elsewhere")
    for path in (shop / ".datakeep").rglob("*"):
        if path.is_file():
            path.unlink()
    assert call("audit", "verify", tmp_path / "elsewhere").code == 0
    called = call("audit", "verify", tmp_path / "elsewhere", "--key", key, "--format", "json")
    assert (called.code, called.items[0]["key_given"]) == (0, True)


@pytest.mark.parametrize("year", [1999, 2199])
def test_an_export_verifies_whatever_the_clock_of_the_machine_says(call, used, shop, monkeypatch, year):
    call("audit", "export", "--to", "evidence")
    monkeypatch.setattr("datakeep.assembly.clock", lambda: datetime(year, 1, 1, tzinfo=UTC))
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert call("audit", "verify", "evidence").code == 0


def test_checkpoints_are_kept_where_the_settings_say(call, shop):
    settings = shop / "datakeep.yaml"
    settings.write_text(f"{settings.read_text()}checkpoints: elsewhere/log\n")
    call("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called", "--as", "ana")
    with closing(sqlite3.connect(shop / ".datakeep" / "ledger.sqlite")) as raw:
        raw.execute("VACUUM INTO 'yesterday.sqlite'")
    call("request", "create", "--class", "user.name", "--for", "1h", "--reason", "a customer called", "--as", "ana")
    assert (shop / "elsewhere" / "log" / "checkpoints.jsonl").exists()
    assert not (shop / ".datakeep" / "checkpoints").exists()
    for side in ("-wal", "-shm"):
        (shop / ".datakeep" / f"ledger.sqlite{side}").unlink(missing_ok=True)
    (shop / "yesterday.sqlite").replace(shop / ".datakeep" / "ledger.sqlite")
    called = call("audit", "verify")
    assert called.code == 1
    assert "a checkpoint knows" in called.err


def test_another_key_does_not_fit(call, used, shop):
    other = "datakeep-1+" + "00" * 4 + "+AQ=="
    call("audit", "export", "--to", "evidence")
    assert call("audit", "verify", "evidence", "--key", other).code == 1


def test_a_bent_export_exits_1(call, used, shop):
    call("audit", "export", "--to", "evidence")
    path = shop / "evidence" / "grants.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    called = call("audit", "verify", "evidence")
    assert (called.code, called.err.splitlines()[0]) == (
        1,
        "error: grants.parquet is not the file that the manifest lists",
    )


def test_neither_a_reason_nor_a_value_is_in_the_export_or_the_record(call, used, shop):
    call("audit", "export", "--to", "evidence")
    record = call("audit", "list", "--format", "jsonl").out
    everything = b"".join(path.read_bytes() for path in (shop / "evidence").rglob("*") if path.is_file())
    for canary in ("Anna", "Meier", "Name 1", "user1@example.org"):
        assert canary not in record
        assert canary.encode() not in everything


def test_a_place_that_is_taken_is_left_alone(call, used, shop):
    (shop / "mine").mkdir()
    (shop / "mine" / "thesis.txt").write_text("mine")
    called = call("audit", "export", "--to", "mine")
    assert (called.code, (shop / "mine" / "thesis.txt").read_text()) == (2, "mine")


def test_one_record_is_proven_to_who_has_the_key_alone(call, used, shop):
    proof = call("audit", "prove", "3", "--format", "json").out
    key = (shop / ".datakeep" / "keys" / "audit.pub").read_text()
    (shop / "proof.json").write_text(proof)
    (shop / "auditors.pub").write_text(key)
    assert call("audit", "verify", "proof.json", "--key", "auditors.pub").code == 0
    (shop / "proof.json").write_text(proof.replace('\\"ana\\"', '\\"eve\\"'))
    assert call("audit", "verify", "proof.json", "--key", "auditors.pub").code == 1


def test_only_records_that_are_there_are_proven(call, used):
    called = call("audit", "prove", "99")
    assert (called.code, called.err.splitlines()) == (
        2, ["error: no record 99 in the audit log", "hint:  it has records 1 to 8"])  # fmt: skip


def test_a_new_key_signs_and_the_old_one_still_verifies_what_it_signed(call, used, shop):
    call("audit", "export", "--to", "before")
    named = call("audit", "rotate-key", "--as", "bo", "--format", "json").items[0]["public_key"]
    call("audit", "export", "--to", "after")
    both = shop / ".datakeep" / "keys" / "audit.pub"
    assert named in both.read_text()
    assert call("audit", "verify").code == 0
    assert call("audit", "verify", "before", "--key", both.read_text().split()[0]).code == 0
    assert call("audit", "verify", "after", "--key", named).code == 0
    assert call("audit", "verify", "before", "--key", named).code == 1


def test_following_ends_cleanly_when_it_is_interrupted(call, used, shop):
    watcher = subprocess.Popen(
        [sys.executable, "-u", "-m", "datakeep", "audit", "list", "--follow"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    watcher.stdout.readline()
    watcher.send_signal(signal.SIGINT)
    _, said = watcher.communicate(timeout=10)
    assert (watcher.returncode, said.strip()) == (130, "")


LINES = 'audit: {sinks: [{name: lines, to: "file:./out/audit.jsonl"}]}\n'


class TestForwarding:
    @pytest.fixture
    def lines(self, shop):
        with (shop / "datakeep.yaml").open("a") as settings:
            settings.write(LINES)
        return shop / "out" / "audit.jsonl"

    def test_what_waits_is_sent_once_and_what_came_since_the_next_time(self, call, used, lines):
        assert call("audit", "forward", "--once", "--format", "json").items == [
            {"sink": "lines", "sent": 8, "position": 8, "error": None}
        ]
        call("grant", "read", used, "shop/customers", "--as", "al")
        assert call("audit", "forward", "--once", "--format", "json").items[0]["sent"] == 1
        assert [json.loads(line)["seq"] for line in lines.read_text().splitlines()] == list(range(1, 10))

    def test_it_follows_until_it_is_stopped(self, call, used, lines):
        forwarder = subprocess.Popen(
            [sys.executable, "-m", "datakeep", "audit", "forward"], stderr=subprocess.PIPE, text=True
        )
        assert forwarder.stderr.readline() == "forwarding to lines after record 0\n"
        call("grant", "read", used, "shop/customers", "--as", "al")
        deadline = time.monotonic() + 5
        while not lines.exists() or lines.read_text().count("\n") < 9:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        forwarder.terminate()
        forwarder.communicate(timeout=10)
        assert forwarder.returncode == 130

    def test_a_sink_that_takes_nothing_is_named_and_nothing_else_is_in_the_way(self, call, used, lines):
        lines.parent.write_text("")
        said = call("audit", "forward", "--once", "--format", "json")
        assert (said.code, said.items[0]["sent"]) == (3, 0)
        assert "cannot be written" in said.items[0]["error"]

    def test_without_a_sink_it_says_how_to_name_one(self, call, used):
        said = call("audit", "forward")
        assert (said.code, "no sinks" in said.err, "audit: {sinks:" in said.err) == (2, True, True)

    def test_a_broken_glass_is_told_at_once(self, call, used, lines, shop):
        with (shop / "policies.yaml").open("a") as policies:
            policies.write("break_glass: {groups: [support], max: 1h, notify: [privacy]}\n")
        said = call("request", "create", "--class", "user.contact", "--for", "30m", "--reason", "the shop burns",
                    "--break-glass", "--as", "ana")  # fmt: skip
        assert (said.code, "told of it: privacy" in said.err, "sink lines: told" in said.err) == (0, True, True)
        assert '"type": "glass.broken"' in lines.read_text()


@pytest.mark.parametrize(
    ("sink", "why"),
    [
        ("to: ftp://x", "a sink is one of file"),
        ("to: https://siem.example", "a webhook has a secret"),
        ("to: https://siem.example, secret: whsec_abc", "a secret is a reference"),
        ('to: http://siem.example, secret: "${env:X}"', "for this machine alone"),
        ("to: syslog+tcp://siem.example", "a host and a port"),
        ("to: syslog+tls://siem.example:99999", "a host and a port"),
        ('to: "https:///path", secret: "${env:X}"', "a host and a port"),
        ("to: syslog+tcp://siem.example:601, ca: ca.pem", "ca and certificate are for TLS"),
    ],
)
def test_a_sink_that_cannot_be_is_refused_with_the_reason(call, shop, sink, why):
    with (shop / "datakeep.yaml").open("a") as settings:
        settings.write(f"audit: {{sinks: [{{name: x, {sink}}}]}}\n")
    said = call("audit", "forward", "--once")
    assert (said.code, why in said.err) == (2, True)
    assert "whsec_abc" not in said.err


def test_syslog_by_tls_has_its_own_port_and_its_files_lie_beside_the_settings(
    call, shop, monkeypatch, tmp_path_factory
):
    with (shop / "datakeep.yaml").open("a") as settings:
        settings.write(
            'audit: {sinks: [{name: siem, to: "syslog+tls://localhost", ca: tls/ca.pem, certificate: mine.pem}]}\n'
        )
    (sink,) = load(shop / "datakeep.yaml").sinks
    assert (sink.address, sink.ca, sink.certificate) == (
        ("localhost", 6514),
        shop / "tls" / "ca.pem",
        shop / "mine.pem",
    )
    assert call(*NAME, "--as", "ana").code == 0
    said = call("audit", "forward", "--once", "--format", "json")
    assert (said.code, said.items[0]["sent"]) == (3, 0)
    assert "syslog at localhost:6514 does not take records" in said.items[0]["error"]


def test_the_doctor_names_a_sink_that_takes_nothing_and_config_shows_no_password(call, used, shop):
    with (shop / "datakeep.yaml").open("a") as settings:
        settings.write('audit: {sinks: [{name: siem, to: "syslog+unix:///nowhere/log"}, '
                       '{name: hook, to: "https://u:hunter2@siem.example", secret: "${file:./secret}", types: [none]}]}\n')  # fmt: skip
    (shop / "secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    call("audit", "forward", "--once")
    checks = {one["check"]: one for one in call("doctor", "--format", "json").items}
    assert (checks["sink siem"]["ok"], checks["sink hook"]["ok"]) == (False, True)
    assert "does not take records" in checks["sink siem"]["found"]
    assert "hunter2" not in call("config", "show").out
