import hashlib
import json
import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifiers import DataClass
from jit import Ask, JitError, LedgerError, Person, TamperError
from jit.export import SEAL, Exporter, sha256_of
from jit.inspection import verify_export
from jit.proof.record import Event
from jit.proof.signing import Keys
from jit.testing import NOON, World, field

DAY = timedelta(days=1)
SECRET = "Anna Meier, anna@example.org, +49 30 5550001"  # typed by somebody as a reason
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules:
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy, n: 1}]}
"""
PEOPLE = [Person("ana", frozenset({"support"})), Person("pia", frozenset({"privacy"}))]
ENTRIES = pa.table({"id": ["crm/people#name"], "class": ["user.name"]})


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "home", POLICY, PEOPLE, [field("crm/people#name", "user.name"), field("crm/people#mail", "user.contact.email")],
                 {"crm/people": pa.table({"name": ["Anna Meier"], "mail": ["anna@example.org"]})})  # fmt: skip
    ask = Ask("ana", (DataClass("user.name"),), reason=SECRET, seconds=3600)
    lent = made.broker.ask(ask, NOON)
    made.read(lent.grant_id, "ana", "crm/people", NOON)
    other = made.broker.ask(replace(ask, classes=(DataClass("user.contact.email"),)), NOON + DAY)
    made.broker.deny(other.id, made.people["pia"], NOON + DAY, SECRET)
    yield made
    made.ledger.close()


@pytest.fixture
def exporter(world):
    decisions = ENTRIES.append_column("reason", pa.array([SECRET]))
    return Exporter(world.ledger, lambda: {"entries": ENTRIES, "decisions": decisions, "coverage": ENTRIES})


@pytest.fixture
def export(exporter, tmp_path):
    exporter.export(tmp_path / "out", NOON + DAY)
    return tmp_path / "out"


def test_the_folder_is_laid_out_as_the_contract_says(export):
    files = {path.relative_to(export).as_posix() for path in export.rglob("*") if path.is_file()}
    named = {
        "manifest.json",
        *(f"{name}.parquet" for name in ("entries", "decisions", "coverage", "requests", "grants")),
    }
    named |= {f"{name}.parquet" for name in ("answers", "campaigns", "questions")}  # beyond the contract
    assert named <= files
    assert {path.split("/")[1] for path in files - named} == {"date=2026-11-25", "date=2026-11-26"}
    manifest = json.loads((export / "manifest.json").read_text())
    assert {"files", "first_seq", "last_seq", "merkle_root", "signature", "previous_export"} <= set(manifest)


def test_an_export_verifies_alone(export, world, tmp_path):
    shutil.move(export, tmp_path / "elsewhere")
    shutil.rmtree(world.home)
    found = verify_export(tmp_path / "elsewhere")
    assert (found.first, found.complete, found.trusted) == (1, True, False)
    assert "who signed is not shown" in found.open_points[0]


def test_who_holds_the_public_key_knows_who_signed(export, world, tmp_path):
    assert verify_export(export, world.ledger.keys.public()[0]).trusted
    stranger = Keys(tmp_path / "other").signing().public
    with pytest.raises(TamperError, match="not by the key given"):
        verify_export(export, stranger)


def test_pandas_and_duckdb_read_it_as_it_is(export, world):
    events = pq.read_table(export / "events").to_pandas()
    assert sorted(events["seq"]) == list(range(1, len(events) + 1))
    counted = duckdb.sql(f"SELECT count(*) FROM '{export}/events/*/*.parquet'").fetchall()
    assert counted == [(len(events),)]
    grants = pq.read_table(export / "grants.parquet").to_pylist()
    assert [(one["grantee"], one["state"], one["entries"]) for one in grants] == [
        ("ana", "expired", ["crm/people#name"])
    ]
    assert {one["state"] for one in pq.read_table(export / "requests.parquet").to_pylist()} == {"approved", "rejected"}


def test_no_word_that_somebody_typed_and_no_value_is_in_any_byte(export):
    for path in export.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data += json.dumps(pq.ParquetFile(path).read().to_pylist(), default=str, ensure_ascii=False).encode()
        for canary in ("Anna", "Meier", "anna@example.org", "5550001"):
            for spelled in (
                canary,
                canary.lower(),
                canary.encode("utf-16-le").decode("latin-1"),
                canary.encode().hex(),
            ):
                assert spelled.encode("utf-8", "ignore") not in data, path


@pytest.mark.parametrize(
    "name", ["manifest.json", "grants.parquet", "requests.parquet", "answers.parquet", "entries.parquet", "events"]
)
def test_every_changed_byte_of_every_file_is_found(export, name):
    path = export / name if name != "events" else next((export / "events").rglob("*.parquet"))
    whole = path.read_bytes()
    step = 1 if name == "manifest.json" else 7
    for spot in range(0, len(whole), step * 13):
        path.write_bytes(whole[:spot] + bytes([whole[spot] ^ 0x04]) + whole[spot + 1 :])
        with pytest.raises(TamperError):
            verify_export(export)
    path.write_bytes(whole)
    assert verify_export(export).complete


def events_file(export):
    return min((export / "events").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("bend", "position"),
    [
        (lambda rows: [*rows[:2], {**rows[2], "actor": "bob"}, *rows[3:]], "record 3"),
        (
            lambda rows: [*rows[:2], {**rows[2], "record": rows[2]["record"].replace("ana", "bob")}, *rows[3:]],
            "record 3",
        ),
        (lambda rows: [*rows[:1], *rows[2:]], "record 2 is missing"),
        (lambda rows: [rows[1], rows[0], *rows[2:]], "record 1"),
        (lambda rows: [*rows[:2], rows[1], *rows[2:]], "record 3 is there twice"),
    ],
    ids=["a column", "the record", "left out", "swapped", "twice"],
)
def test_a_bent_event_is_found_with_its_position(export, bend, position):
    path = events_file(export)
    table = pq.ParquetFile(path).read()
    pq.write_table(pa.Table.from_pylist(bend(table.to_pylist()), table.schema), path)
    with pytest.raises(TamperError, match=position):
        verify_export(export)


def test_an_export_bent_and_signed_anew_by_somebody_else_is_found_by_the_key(export, world, tmp_path):
    path = export / "grants.parquet"
    table = pq.ParquetFile(path).read()
    pq.write_table(table.slice(0, 0), path)
    manifest = json.loads((export / "manifest.json").read_text())
    manifest["files"]["grants.parquet"] |= {"sha256": sha256_of(path), "bytes": path.stat().st_size, "rows": 0}
    stranger = Keys(tmp_path / "other").signing()
    manifest |= {"public_key": str(stranger.public)}
    manifest = SEAL.put(manifest, stranger)
    (export / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(TamperError, match="not by the key given"):
        verify_export(export, world.ledger.keys.public()[0])
    with pytest.raises(TamperError):  # its checkpoint is not the stranger's either
        verify_export(export)


@pytest.mark.parametrize("name", ["grants.parquet", "events"])
def test_a_file_that_is_missing_is_named(export, name):
    path = export / name if name != "events" else events_file(export)
    path.unlink()
    with pytest.raises(TamperError, match=path.name):
        verify_export(export)


def test_a_file_that_does_not_belong_there_is_named(export):
    (export / "events" / "date=2026-11-25" / "more.parquet").write_bytes(b"")
    with pytest.raises(TamperError, match=r"more\.parquet does not belong"):
        verify_export(export)


def test_a_link_out_of_the_folder_is_not_followed(export, tmp_path):
    path = export / "grants.parquet"
    path.rename(tmp_path / "grants.parquet")
    path.symlink_to(tmp_path / "grants.parquet")
    with pytest.raises(TamperError, match="leads out"):
        verify_export(export)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": {}}', "not json"])
def test_what_is_no_manifest_is_said_to_be_none(export, text):
    (export / "manifest.json").write_text(text)
    with pytest.raises(TamperError, match="manifest"):
        verify_export(export)


def test_a_folder_without_an_export_is_said_to_have_none(tmp_path):
    with pytest.raises(JitError, match="no audit export at"):
        verify_export(tmp_path)


def test_a_part_of_the_log_verifies_up_to_the_same_root(exporter, world, tmp_path):
    whole = exporter.export(tmp_path / "whole", NOON + DAY, until=NOON + 2 * DAY)
    part = exporter.export(tmp_path / "part", NOON + DAY, since=NOON + DAY)
    assert part["first_seq"] > 1
    assert part["last_seq"] == whole["last_seq"] + 1  # that the first was made is on record by then
    found = verify_export(tmp_path / "part")
    assert (found.first, found.last) == (part["first_seq"], part["last_seq"])
    assert found.root == world.audit.verify().root or found.last < world.ledger.tip().seq


def test_an_end_before_the_last_record_cuts_there(exporter, tmp_path):
    part = exporter.export(tmp_path / "part", NOON + DAY, until=NOON + DAY)
    assert {path.name for path in (tmp_path / "part" / "events").iterdir()} == {"date=2026-11-25"}
    assert verify_export(tmp_path / "part").last == part["last_seq"]


def test_a_stretch_without_records_is_an_export_too(exporter, tmp_path):
    exporter.export(tmp_path / "none", NOON + DAY, since=NOON + 5 * DAY)
    assert verify_export(tmp_path / "none").records == 0


def test_each_export_names_the_one_before(exporter, tmp_path):
    exporter.export(tmp_path / "first", NOON + DAY)
    second = exporter.export(tmp_path / "second", NOON + DAY)
    before = hashlib.sha256((tmp_path / "first" / "manifest.json").read_bytes()).hexdigest()
    assert second["previous_export"]["manifest_sha256"] == before


def test_that_an_export_was_made_is_on_record(exporter, world, tmp_path):
    exporter.export(tmp_path / "out", NOON + DAY)
    assert world.types()[-1] == "audit.exported"


def test_a_later_export_takes_the_place_of_an_earlier_one_that_it_covers(exporter, export):
    exporter.export(export, NOON + DAY)
    assert verify_export(export).complete
    assert [path.name for path in export.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("what", ["a file", "foreign files", "a link", "more than an export", "a longer export"])
def test_what_an_export_must_not_replace_is_left_alone(exporter, export, tmp_path, what):
    to = {"a file": tmp_path / "file", "foreign files": tmp_path / "mine", "a link": tmp_path / "link"}.get(
        what, export
    )
    since = None
    if what == "a file":
        to.write_text("mine")
    elif what == "foreign files":
        to.mkdir()
        (to / "thesis.txt").write_text("mine")
    elif what == "a link":
        to.symlink_to(export)
    elif what == "more than an export":
        (to / "thesis.txt").write_text("mine")
    else:
        since = NOON + DAY
    before = sorted(path.name for path in to.rglob("*")) if to.is_dir() else to.read_text()
    with pytest.raises(JitError, match=r"is not empty|is no folder|holds"):
        exporter.export(to, NOON + DAY, since=since)
    assert (sorted(path.name for path in to.rglob("*")) if to.is_dir() else to.read_text()) == before


def test_an_export_that_fails_at_any_step_leaves_no_half_of_one(exporter, export, monkeypatch):
    """Every write, sync and rename fails once; the folder that was there stays as it was, and nothing is left beside it."""
    steps = 0
    real = {"fsync": os.fsync, "rename": os.rename, "mkdir": os.mkdir}

    def count(name):
        def maybe(*given, **parts):
            nonlocal steps
            steps += 1
            if steps == failing:
                raise OSError(28, "No space left on device")
            return real[name](*given, **parts)

        return maybe

    for name in real:
        monkeypatch.setattr(os, name, count(name))
    for failing in range(1, 200):
        steps, before = 0, (export / "manifest.json").read_bytes()
        try:
            exporter.export(export, NOON + DAY)
        except LedgerError:
            assert (export / "manifest.json").read_bytes() == before
        assert verify_export(export).complete
        assert [path.name for path in export.parent.iterdir() if path.name.startswith(".out")] == []
        if steps < failing:
            return
    pytest.fail("it never got through")


def test_rows_of_a_log_that_was_bent_before_the_export_do_not_verify(exporter, world, tmp_path):
    world.ledger.close()
    raw = sqlite3.connect(world.ledger.path)
    raw.execute("DROP TRIGGER records_stand")
    raw.execute("UPDATE records SET record = replace(record, 'ana', 'bob') WHERE seq = 3")
    raw.commit()
    raw.close()
    exporter.export(tmp_path / "out", NOON + DAY)
    with pytest.raises(TamperError, match="record 3"):
        verify_export(tmp_path / "out")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            'UPDATE requests SET document = replace(document, \'"person":"pia"\', \'"person":"mia"\')',
            "was answered by mia",
        ),
        (
            'UPDATE grants SET document = replace(document, \'"withheld":[]\', \'"withheld":["crm/people#name"]\')',
            "is not what",
        ),
    ],
    ids=["an answer", "what is withheld"],
)
def test_what_no_record_says_is_found_in_the_tables_although_they_are_signed(
    exporter, world, tmp_path, statement, said
):
    world.ledger.close()
    with sqlite3.connect(world.ledger.path) as raw:
        assert raw.execute(statement).rowcount
    raw.close()
    exporter.export(tmp_path / "out", NOON + DAY)
    with pytest.raises(TamperError, match=said):
        verify_export(tmp_path / "out")


def test_an_export_of_a_ledger_in_which_nothing_happened_verifies(tmp_path):
    made = World(tmp_path / "new", POLICY, PEOPLE, [])
    Exporter(made.ledger, dict).export(tmp_path / "out", NOON)
    assert verify_export(tmp_path / "out").records == 1


def test_events_of_others_can_be_put_on_record_and_are_exported(exporter, world, tmp_path):
    world.audit.record(Event("review.accepted", "stew", entries=("crm/people#name",)), NOON + DAY)
    exporter.export(tmp_path / "out", NOON + DAY)
    types = pq.read_table(tmp_path / "out" / "events")["type"].to_pylist()
    assert "review.accepted" in types
