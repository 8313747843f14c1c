import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from classifiers import DataClass
from jit import Grant, GrantState, JitError, LedgerError, TamperError, UnknownError, storage
from jit.ledger import Ledger
from jit.proof.record import Event
from jit.storage import connected

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEEN = Event("read.served", "ana", detail={"rows": 1})


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "home", wait=0.2)
    yield made
    made.close()


def grant(name="grant-1", **parts):
    given = {
        "id": name, "state": GrantState.ACTIVE, "grantee": "ana", "classes": (DataClass("user.name"),),
        "entries": ("crm/people#name",), "starts": NOW, "expires": NOW + HOUR, "provisioner": "gateway", "because": (),
    }  # fmt: skip
    return Grant(**{**given, **parts})


def add(ledger, thing, now=NOW):
    with ledger.write(now) as change:
        change.add(thing, Event("grant.started", "ana", grant=thing.id))


def move(ledger, old, new, now=NOW):
    with ledger.write(now, narrowing=True) as change:
        change.move(old, new, Event("grant.moved", "bo", grant=old.id))


def seqs(ledger):
    return [record.seq for record in ledger.records()]


def test_records_are_numbered_from_one_without_gaps_and_bound_to_each_other(ledger):
    for _ in range(3):
        ledger.record(SEEN, NOW)
    records = list(ledger.records())
    assert [record.seq for record in records] == [1, 2, 3, 4]
    assert [record.event.type for record in records] == ["ledger.opened", *["read.served"] * 3]
    assert [record.prev for record in records[1:]] == [record.hash for record in records[:-1]]


def test_a_record_has_the_keys_of_the_contract(ledger):
    made = ledger.record(SEEN, NOW).as_json()
    keys = {
        "seq",
        "ts",
        "type",
        "actor",
        "request",
        "grant",
        "entries",
        "classes",
        "decision",
        "because",
        "prev",
        "hash",
    }
    assert keys <= set(made)


def test_only_the_owner_can_read_the_ledger_and_its_keys(ledger):
    ledger.record(SEEN, NOW)
    home = ledger.path.parent
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home, home / "keys", *home.rglob("*"))}
    assert modes["home"] == modes["keys"] == modes["checkpoints"] == 0o700
    assert {modes[name] for name in ("ledger.sqlite", "audit.key", "commit.key", "checkpoints.jsonl")} == {0o600}


def test_a_key_that_others_can_read_is_refused(ledger):
    ledger.record(SEEN, NOW)
    (ledger.path.parent / "keys" / "commit.key").chmod(0o644)
    with pytest.raises(LedgerError, match="can be read by others"):
        ledger.record(SEEN, NOW)


def test_nothing_of_a_change_remains_when_its_record_cannot_be_written(ledger):
    ledger.record(SEEN, NOW)
    ledger.close()
    with sqlite3.connect(ledger.path) as raw:
        raw.execute("CREATE TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    raw.close()
    with pytest.raises(LedgerError, match="cannot be written"):
        add(ledger, grant())
    with pytest.raises(UnknownError):
        ledger.grant("grant-1")


def _two(ledger):
    with ledger.write(NOW) as change:
        change.add(grant("grant-2"), Event("grant.started", "ana", grant="grant-2"))
        change.grant("nobody")


def test_a_change_that_fails_half_way_leaves_nothing(ledger):
    add(ledger, grant())
    before = seqs(ledger)
    with pytest.raises(UnknownError):
        _two(ledger)
    assert seqs(ledger) == before
    assert [one.id for one in ledger.grants()] == ["grant-1"]


def test_of_two_changes_to_what_both_saw_one_wins(ledger):
    add(ledger, grant())
    seen = ledger.grant("grant-1")
    move(ledger, seen, grant(state=GrantState.SUSPENDED))
    with pytest.raises(JitError, match="changed by somebody else"):
        move(ledger, seen, grant(state=GrantState.REVOKED))
    assert ledger.grant("grant-1").state is GrantState.SUSPENDED


@pytest.mark.parametrize("ended", [GrantState.EXPIRED, GrantState.REVOKED])
@pytest.mark.parametrize("to", list(GrantState))
def test_what_has_ended_stays_ended(ledger, ended, to):
    add(ledger, grant(state=ended))
    with pytest.raises(JitError, match="already"):
        move(ledger, ledger.grant("grant-1"), grant(state=to))


def test_an_id_is_never_used_twice(ledger):
    add(ledger, grant())
    with pytest.raises(LedgerError):
        add(ledger, grant(grantee="mallory"))
    assert ledger.grant("grant-1").grantee == "ana"


@pytest.mark.parametrize("sql", ["DELETE FROM records", "UPDATE records SET hash = ''", "DELETE FROM grants"])
def test_the_ledger_itself_refuses_to_forget(ledger, sql):
    add(ledger, grant())
    ledger.close()
    raw = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(sql)
    raw.close()


def test_a_clock_set_back_resurrects_nothing(ledger):
    ledger.record(SEEN, NOW + HOUR)
    assert ledger.moment(NOW) == NOW + HOUR


def test_nothing_is_lent_while_the_clock_is_behind_the_ledger(ledger):
    ledger.record(SEEN, NOW + HOUR)
    with pytest.raises(LedgerError, match="the clock says"):
        add(ledger, grant())


def test_a_grant_still_ends_while_the_clock_is_behind_the_ledger(ledger):
    add(ledger, grant())
    ledger.record(SEEN, NOW + HOUR)
    move(ledger, ledger.grant("grant-1"), grant(state=GrantState.REVOKED), now=NOW)
    assert ledger.grant("grant-1").state is GrantState.REVOKED


def test_a_command_that_took_a_while_is_no_clock_set_back(ledger):
    ledger.record(SEEN, NOW + timedelta(seconds=30))
    add(ledger, grant())
    assert ledger.grant("grant-1").state is GrantState.ACTIVE


def test_a_ledger_that_another_process_holds_is_named_after_a_wait(ledger):
    ledger.record(SEEN, NOW)
    holder = sqlite3.connect(ledger.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="cannot be written") as raised:
        ledger.record(SEEN, NOW)
    assert raised.value.__notes__ == ["another process holds it"]
    holder.execute("ROLLBACK")
    holder.close()


def test_a_writer_waits_for_the_other(tmp_path):
    ledger = Ledger(tmp_path, wait=5)
    ledger.record(SEEN, NOW)
    holder = sqlite3.connect(ledger.path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, holder.execute, ["ROLLBACK"])
    release.start()
    assert ledger.record(SEEN, NOW).seq == 3
    release.join()
    holder.close()
    ledger.close()


def test_a_damaged_ledger_lends_nothing_and_quotes_nothing(ledger):
    ledger.record(SEEN, NOW)
    ledger.close()
    for side in ("-wal", "-shm"):
        ledger.path.with_name(ledger.path.name + side).unlink(missing_ok=True)
    ledger.path.write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerError) as raised:
        add(ledger, grant())
    assert "database" not in str(raised.value)


def test_an_older_copy_in_the_place_of_the_ledger_is_refused(ledger):
    ledger.record(SEEN, NOW)
    ledger.close()
    yesterday = ledger.path.read_bytes()
    ledger.record(SEEN, NOW)
    ledger.close()
    ledger.path.write_bytes(yesterday)
    with pytest.raises(TamperError, match="ends at record 2, before its last checkpoint"):
        ledger.record(SEEN, NOW)


def test_a_ledger_that_is_gone_is_not_begun_anew_in_silence(ledger):
    ledger.record(SEEN, NOW)
    ledger.close()
    ledger.path.unlink()
    with pytest.raises(TamperError, match="is gone"):
        ledger.record(SEEN, NOW)
    with pytest.raises(TamperError, match="is gone"):
        ledger.grants()


def test_looking_at_a_ledger_that_never_was_makes_none(tmp_path):
    ledger = Ledger(tmp_path / "home")
    assert (ledger.grants(), ledger.requests(), list(ledger.records())) == ([], [], [])
    assert not (tmp_path / "home").exists()


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from jit.ledger import Ledger
from jit.proof.record import Event
from jit.storage import connected
ledger = Ledger(Path(sys.argv[1]), wait=60)
for _ in range(25):
    ledger.record(Event("read.served", sys.argv[2]), datetime(2026, 11, 23, 10, tzinfo=UTC))
ledger.close()
"""


def test_processes_and_threads_that_write_at_once_leave_one_chain_without_gaps(tmp_path):
    others = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in ("ana", "bo", "cy")]
    ledger = Ledger(tmp_path, wait=60)
    threads = [threading.Thread(target=lambda: [ledger.record(SEEN, NOW) for _ in range(10)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert [other.wait() for other in others] == [0, 0, 0]
    for thread in threads:
        thread.join()
    records = list(ledger.records())
    assert [record.seq for record in records] == list(range(1, 107))
    assert [record.prev for record in records[1:]] == [record.hash for record in records[:-1]]
    ledger.close()


def test_a_grant_comes_back_as_it_was_put_in(ledger):
    given = grant(rows=500, purpose="support", notes=("why not",), because=("rule a",))
    add(ledger, given)
    assert ledger.grant("grant-1") == given


@pytest.mark.parametrize("document", ["[]", "{}", '{"id": 1}', "7"])
def test_a_document_that_is_none_is_a_damaged_ledger(ledger, document):
    add(ledger, grant())
    ledger.close()
    raw = sqlite3.connect(ledger.path)
    raw.execute("DROP INDEX grants_by_state")
    raw.execute("DROP INDEX grants_by_person")
    raw.execute("UPDATE grants SET document = ?", (document,))
    raw.commit()
    raw.close()
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.grant("grant-1")


def test_a_ledger_of_the_first_version_is_brought_up_to_date_where_it_lies(tmp_path, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(storage, "STEPS", storage.STEPS[:1])
        earlier.setattr(storage, "VERSION", 1)
        connected(tmp_path / "old.sqlite", 1.0).close()
    for _ in range(2):
        later = connected(tmp_path / "old.sqlite", 1.0)
        assert later.execute("PRAGMA user_version").fetchone() == (storage.VERSION,)
        assert later.execute("SELECT count(*) FROM questions").fetchone() == (0,)
        later.close()
