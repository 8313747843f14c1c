import json
import random
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from classifiers import DataClass
from jit import Grant, GrantState, JitError, TamperError
from jit.audit import Audit, check_proof
from jit.ledger import Ledger
from jit.proof.canonical import canonical
from jit.proof.chain import Start, check_checkpoints, walk
from jit.proof.checkpoint import Checkpoint, Note, check_signed, opened
from jit.proof.merkle import Frontier, leaf_hash, root_of
from jit.proof.record import Event, Record
from jit.proof.signing import Keys, PublicKey

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SIZE = 200


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "home", wait=0.2)
    for number in range(5):
        made.record(Event("read.served", "ana", entries=("crm/people#name",), detail={"rows": number}), NOW)
    yield made
    made.close()


@pytest.fixture
def audit(ledger):
    return Audit(ledger)


def edit(ledger, *statements):
    """What somebody does who has the file and knows SQL."""
    ledger.close()
    with sqlite3.connect(ledger.path) as raw:
        raw.execute("DROP TRIGGER records_stand")
        raw.execute("DROP TRIGGER records_stay")
        raw.execute("DROP TRIGGER grants_stay")
        for statement in statements:
            raw.execute(*statement) if isinstance(statement, tuple) else raw.execute(statement)
    raw.close()


def test_an_untouched_log_verifies_and_is_proven_to_its_end(audit):
    found = audit.verify()
    assert (found.records, found.first, found.last, found.proven, found.complete) == (6, 1, 6, 6, True)


def test_what_is_not_shown_is_said(audit):
    assert "public key lay beside" in audit.verify().open_points[0]
    assert audit.verify(audit.ledger.keys.public()).open_points == ()


def test_an_empty_log_verifies(tmp_path):
    assert Audit(Ledger(tmp_path)).verify().records == 0


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE records SET record = replace(record, 'ana', 'bob') WHERE seq = 4", "record 4 was changed"),
        ("UPDATE records SET hash = '00' WHERE seq = 3", "record 3 was changed"),
        ("DELETE FROM records WHERE seq = 2", "record 2 is missing"),
        ("DELETE FROM records WHERE seq = 6", "record 6 is missing"),
        ("UPDATE records SET seq = 9 WHERE seq = 6", "record 6 is missing"),
        ("UPDATE meta SET value = replace(value, '\"seq\": 6', '\"seq\": 5') WHERE key = 'tip'", "record 6"),
    ],
)
def test_an_edit_in_the_ledger_is_found_with_its_position(audit, statement, position):
    edit(audit.ledger, statement)
    with pytest.raises(TamperError, match=position):
        audit.verify()


def rewritten(records, place, actor):
    """The log with one record changed and every hash after it made to fit."""
    prev, made = None, []
    for seq, text in records:
        body = json.loads(text)
        if seq == place:
            body["actor"] = actor
        if prev is not None:
            body["prev"] = prev
        sealed = canonical(body)
        prev = leaf_hash(sealed).hex()
        made.append((seq, sealed.decode(), prev))
    return made


def test_a_log_rewritten_with_fitting_hashes_is_found_by_its_checkpoints(audit):
    records = [(record.seq, record.text) for record in audit.records()]
    changed = rewritten(records, 4, "mallory")
    edit(audit.ledger, *(("UPDATE records SET record = ?, hash = ? WHERE seq = ?", (text, digest, seq))
                         for seq, text, digest in changed))  # fmt: skip
    with pytest.raises(TamperError, match="record 4 was rewritten: the checkpoint at 4"):
        audit.verify()


def test_a_cut_tail_is_found_although_all_that_is_left_fits(audit):
    edit(audit.ledger, "DELETE FROM records WHERE seq > 4", _tip_of(audit, 4))
    with pytest.raises(TamperError, match="record 5 is missing: a checkpoint knows 6 records, the log ends at 4"):
        audit.verify()
    with pytest.raises(TamperError, match="ends at record 4, before its last checkpoint"):
        audit.record(Event("read.served", "ana"), NOW)


def _tip_of(audit, seq):
    records = [record for record in audit.records() if record.seq <= seq]
    tree = Frontier().extend(bytes.fromhex(record.hash) for record in records)
    tip = {"seq": seq, "hash": records[-1].hash, "peaks": [peak.hex() for peak in tree.peaks],
           "clock": json.loads(records[-1].text)["ts"]}  # fmt: skip
    return "INSERT OR REPLACE INTO meta VALUES ('tip', ?)", (json.dumps(tip),)


def test_yesterdays_ledger_and_checkpoints_together_are_found_by_a_checkpoint_kept_elsewhere(audit):
    kept = audit.ledger.checkpoints.last()
    edit(audit.ledger, "DELETE FROM records WHERE seq > 4", _tip_of(audit, 4))
    lines = audit.ledger.checkpoints.path.read_bytes().splitlines(keepends=True)
    audit.ledger.checkpoints.path.write_bytes(b"".join(lines[:-2]))
    assert audit.verify().complete
    with pytest.raises(TamperError, match="record 5 is missing: a checkpoint knows 6 records"):
        audit.verify(earlier=[kept])


def test_without_checkpoints_the_end_is_said_to_be_unproven(audit):
    audit.ledger.checkpoints.path.unlink()
    found = audit.verify()
    assert not found.complete
    assert "no checkpoint at all" in found.open_points[0]


def test_checkpoints_that_somebody_else_signed_are_no_checkpoints(audit, tmp_path):
    mine = audit.ledger.keys.public()
    stranger = Keys(tmp_path / "other").signing()
    tip = audit.ledger.tip()
    audit.ledger.checkpoints.append(Checkpoint.of(mine[0].name, tip.tree, NOW), stranger)
    with pytest.raises(TamperError, match="not signed by a key of this log"):
        audit.verify()


def test_a_key_replaced_with_its_whole_folder_is_found_by_who_holds_the_old_one(audit, tmp_path):
    old = audit.ledger.keys.public()
    stranger = Keys(tmp_path / "other").signing()
    tip = audit.ledger.tip()
    audit.ledger.checkpoints.path.unlink()
    audit.ledger.checkpoints.append(Checkpoint.of(stranger.name, tip.tree, NOW), stranger)
    (audit.ledger.keys.folder / "audit.pub").write_text(f"{stranger.public}\n")
    assert audit.verify().complete
    with pytest.raises(TamperError, match="not signed by a key of this log"):
        audit.verify(old)


def lend(ledger):
    name = Grant("grant-1", GrantState.ACTIVE, "ana", (DataClass("user.name"),), ("crm/people#name",), NOW,
                 NOW + timedelta(hours=1), "gateway", ())  # fmt: skip
    with ledger.write(NOW) as change:
        change.add(name, Event("grant.started", "bo", grant=name.id))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE grants SET document = replace(document, '2026-11-23T11', '2036-11-23T11')",
            "grant-1 is not what record 7 says",
        ),
        ("UPDATE grants SET document = replace(document, 'ana', 'bob')", "grant-1 is not what record 7 says"),
        ("DELETE FROM grants", "grant-1, of which record 7 speaks, is not in the ledger"),
        (
            "INSERT INTO grants (id, version, document) SELECT 'grant-2', 1, document FROM grants",
            "grant-2 is in the ledger, but",
        ),
    ],
)
def test_a_grant_bent_behind_the_logs_back_is_found(audit, statement, said):
    lend(audit.ledger)
    assert audit.verify().complete
    edit(audit.ledger, statement)
    with pytest.raises(TamperError, match=said):
        audit.verify()


@pytest.fixture(scope="module")
def sealed():
    return sealed_log()


def sealed_log():
    """A log of 200 records in memory."""
    records, prev = [], "0" * 64
    for seq in range(1, SIZE + 1):
        event = Event(
            "read.served", random.Random(seq).choice(["ana", "bo"]), grant=f"grant-{seq}", detail={"rows": seq}
        )
        record = Record.seal(event, seq, NOW + timedelta(seconds=seq), prev)
        records.append((seq, record.text, record.hash))
        prev = record.hash
    return records


def first_fault(rows, sealed):
    """Where verification stops, with checkpoints every 20 records."""
    roots, last = {}, 0
    marks = [
        Checkpoint("log", size, root_of(bytes.fromhex(row[2]) for row in sealed[:size]), NOW)
        for size in range(20, 201, 20)
    ]
    try:
        for body, tree in walk(rows, Start()):
            last = body["seq"]
            roots[last] = tree.root
        check_checkpoints(marks, roots.get, last)
    except TamperError as found:
        return int(str(found).split()[1])
    return None


def test_the_walk_ends_at_the_root(sealed):
    *_, (_, tree) = walk(sealed, Start())
    assert tree.root == root_of(bytes.fromhex(row[2]) for row in sealed)


def tampered(sealed, *, every):
    """Logs that somebody bent, with how and where; `every` byte of every record, or some (`benchmarks/tamper.py` does all)."""
    chosen = random.Random(7)
    for place, (seq, text, digest) in enumerate(sealed):
        head, tail = sealed[:place], sealed[place + 1 :]
        spots = range(len(text)) if every or place % 67 == 0 else chosen.sample(range(len(text)), 3)
        for spot in spots:
            flipped = text[:spot] + chr(ord(text[spot]) ^ (1 << chosen.randrange(7))) + text[spot + 1 :]
            yield "byte flipped", [*head, (seq, flipped, digest), *tail], seq
        for spot in range(64) if every else [chosen.randrange(64)]:
            other = digest[:spot] + ("0" if digest[spot] != "0" else "1") + digest[spot + 1 :]
            yield "hash changed", [*head, (seq, text, other), *tail], seq
        yield "record deleted", head + tail, seq
        yield "log cut", head, seq
        yield "record doubled", [*head, sealed[place], *sealed[place:]], seq + 1
        yield "record inserted", [*head, sealed[place - 7], *sealed[place:]], seq
        for away in range(1, 11 if every else 2):
            if place + away < SIZE:
                swapped = [*sealed]
                swapped[place], swapped[place + away] = (seq, *sealed[place + away][1:]), (seq + away, text, digest)
                yield "records swapped", swapped, seq
        if every or place % 7 == 0:
            fitting = rewritten([(number, words) for number, words, _ in sealed], seq, "mallory")
            yield "rewritten with fitting hashes", fitting, place // 20 * 20 + 1


def test_whatever_is_bent_is_found_where_it_is(sealed):
    kinds = set()
    for kind, bent, place in tampered(sealed, every=False):
        kinds.add(kind)
        assert first_fault(bent, sealed) == place, (kind, place)
    assert len(kinds) == 8


def as_forged(note, stranger):
    """The same size and root as the note says, at another time, by somebody who has no key of the log."""
    said = Note.read(note).checkpoint
    return replace(said, at=said.at - timedelta(days=1)).signed(stranger)


FORGED = {
    "another root": lambda note, stranger: Checkpoint(Note.read(note).name, 3, b"\0" * 32, NOW).signed(stranger),
    "another time": as_forged,
    "another time, the old signature": lambda note, _stranger: note.replace("at 2026-11-23T10", "at 2026-11-23T09"),
    "the old text, another signature": lambda note, stranger: Note.read(note).checkpoint.signed(stranger),
    "one byte of the signature": lambda note, _stranger: note[:-20] + ("A" if note[-20] != "A" else "B") + note[-19:],
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("instead", [True, False], ids=["instead", "added"])
def test_a_forged_checkpoint_is_found_wherever_it_stands(audit, tmp_path, forge, place, instead):
    """Also where the root that it states is that of the records: then only its time would be a lie."""
    stranger = replace(Keys(tmp_path / "other").signing(), name=audit.ledger.keys.public()[0].name)
    path, notes = audit.ledger.checkpoints.path, list(audit.ledger.checkpoints.notes())
    bent = [*notes[:place], forge(notes[place], stranger), *notes[place + instead :]]
    path.write_text("".join(json.dumps(note) + "\n" for note in bent))
    with pytest.raises(TamperError, match="is not signed by a key of this log"):
        audit.verify()


def test_each_checkpoint_names_the_one_before_it_so_that_one_signature_proves_them_all(audit):
    before, last = [Note.read(note) for note in audit.ledger.checkpoints.notes()][-2:]
    assert last.checkpoint.after == before.digest
    check_signed([before, last], audit.ledger.keys.public())
    with pytest.raises(TamperError):
        check_signed([last, before], [])


def test_checkpoints_that_name_none_before_them_are_proven_by_their_own_signatures(audit, tmp_path):
    key = audit.ledger.keys.signing()
    alone = [replace(Note.read(note).checkpoint, after="") for note in audit.ledger.checkpoints.notes()]
    stranger = replace(Keys(tmp_path / "other").signing(), name=key.name)
    check_signed([Note.read(one.signed(key)) for one in alone], [key.public])
    for place, one in enumerate(alone):
        with pytest.raises(TamperError, match=f"at record {one.size} is not signed"):
            check_signed([Note.read(each.signed(stranger if number == place else key)) for number, each in enumerate(alone)],
                         [key.public])  # fmt: skip


@pytest.mark.parametrize("seq", [1, 4, 6])
def test_a_record_is_proven_to_who_has_only_the_public_key(audit, seq):
    proof = json.loads(json.dumps(audit.prove(seq)))
    assert check_proof(proof, audit.ledger.keys.public()).size == 6
    assert json.loads(proof["record"])["seq"] == seq


@pytest.mark.parametrize(
    "bend",
    [
        lambda proof: {**proof, "record": proof["record"].replace("ana", "bob")},
        lambda proof: {**proof, "path": proof["path"][:-1]},
        lambda proof: {**proof, "path": ["00" * 32, *proof["path"][1:]]},
        lambda proof: {**proof, "seq": proof["seq"] + 1},
        lambda proof: {**proof, "checkpoint": proof["checkpoint"].replace("\n6\n", "\n7\n")},
        lambda proof: {},
    ],
    ids=["record", "short path", "other path", "other place", "other size", "nothing"],
)
def test_a_bent_proof_proves_nothing(audit, bend):
    with pytest.raises(TamperError):
        check_proof(bend(audit.prove(3)), audit.ledger.keys.public())


def test_only_what_is_there_can_be_proven(audit):
    with pytest.raises(JitError, match="no record 7"):
        audit.prove(7)


def test_a_checkpoint_is_a_signed_note_that_others_can_read(audit):
    note = audit.ledger.checkpoints.last()
    origin, size, _root, _at, _after, gap, signature = note.rstrip("\n").split("\n")
    assert (size, gap) == ("6", "")
    assert signature.startswith(f"— {origin} ")
    assert opened(note, audit.ledger.keys.public()).size == 6
    assert PublicKey.parse(str(audit.ledger.keys.public()[0])) == audit.ledger.keys.public()[0]


def test_a_checkpoint_cut_off_by_a_crash_is_as_if_it_was_never_written(audit):
    path = audit.ledger.checkpoints.path
    path.write_bytes(path.read_bytes()[:-20])
    assert audit.verify().proven == 5
    audit.record(Event("read.served", "ana"), NOW)  # what the crash left does not stand in the way of the next
    assert audit.verify().complete
    assert Audit(Ledger(path.parent.parent)).record(Event("read.served", "ana"), NOW).seq == 8


def test_after_a_rotation_old_checkpoints_still_verify_and_new_ones_bear_the_new_key(audit):
    old = audit.ledger.keys.public()
    named = audit.ledger.rotate("bo", NOW)
    audit.record(Event("read.served", "ana"), NOW)
    assert audit.verify().complete
    new = audit.ledger.keys.public()[-1:]
    assert new == (named,) != old
    assert opened(audit.ledger.checkpoints.last(), new).size == 8
    rotated = list(audit.records())[6]
    assert (rotated.event.type, rotated.event.detail["key"]) == ("key.rotated", str(named))
    assert opened(list(audit.ledger.checkpoints.notes())[-2], old).size == 7
    with pytest.raises(TamperError):
        audit.verify(old)
