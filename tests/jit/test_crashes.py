"""Every operation, stopped at each of its steps: by an error, and by a kill. What is on disk after is all of it or nothing."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from classifiers import DataClass
from jit import Ask, GrantState, LedgerError, Person
from jit.ledger import Ledger
from jit.record import Event
from jit.testing import NOON, World, field

SCRIPT = Path(__file__).with_name("killed_at_each_step.py")
POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules:
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy, n: 1}]}
"""
PEOPLE = [Person("ana", frozenset({"support"})), Person("pia", frozenset({"privacy"}))]
NAME = Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=3600)
MAIL = Ask("ana", (DataClass("user.contact.email"),), reason="a customer called", seconds=3600)


@pytest.fixture
def world(tmp_path):
    fields = [field("crm/people#name", "user.name"), field("crm/people#mail", "user.contact.email")]
    made = World(tmp_path / "home", POLICY, PEOPLE, fields)
    made.ledger.record(Event("test.began", "datakeep"), NOON)
    yield made
    made.ledger.close()


DEEDS = {
    "ask": lambda world, _: world.broker.ask(NAME, NOON),
    "approve": lambda world, ids: world.broker.approve(ids["asked"], world.people["pia"], NOON),
    "deny": lambda world, ids: world.broker.deny(ids["asked"], world.people["pia"], NOON),
    "extend": lambda world, ids: world.broker.extend(
        ids["lent"], Ask("ana", reason="still here, on the phone", seconds=600), NOON
    ),
    "revoke": lambda world, ids: world.broker.lending.revoke(ids["lent"], world.people["ana"], NOON),
    "sweep": lambda world, _: world.broker.lending.sweep(NOON.replace(hour=23)),
}


class Failing:
    """A connection that fails at its n-th statement and from then on, as a full disk does."""

    def __init__(self, inner, at):
        self.inner, self.left = inner, at

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def execute(self, *given):
        return self._counted(self.inner.execute, given)

    def executemany(self, *given):
        return self._counted(self.inner.executemany, given)

    def _counted(self, call, given):
        self.left -= 1
        if self.left <= 0:
            raise sqlite3.OperationalError("database or disk is full")
        return call(*given)


def papers(ledger):
    return {name: json.loads(text) for name, text in ledger.documents()}


def _settled_by_what_comes_next(world, grant, before):
    """An end that could not be written was kept aside; whatever is written next puts it on paper first."""
    world.ledger.close()
    world.open()
    assert papers(world.ledger) == before
    another = world.broker.ask(NAME, NOON).grant_id
    assert world.ledger.grant(grant).state is GrantState.REVOKED
    assert world.audit.verify().complete
    return another


@pytest.mark.parametrize("deed", DEEDS)
def test_what_fails_at_any_statement_leaves_everything_as_it_was(world, deed):
    ids = {"lent": world.broker.ask(NAME, NOON).grant_id, "asked": world.broker.ask(MAIL, NOON).id}
    for at in range(1, 60):
        before, records = papers(world.ledger), world.ledger.tip().seq
        world.ledger._connection = Failing(world.ledger._connection, at)
        try:
            DEEDS[deed](world, ids)
        except LedgerError:
            world.ledger.close()
            world.open()
            assert (papers(world.ledger), world.ledger.tip().seq) == (before, records)
            assert world.audit.verify().complete
            continue
        if world.ledger.spool.waiting():
            ids["lent"] = _settled_by_what_comes_next(world, ids["lent"], before)
            continue
        world.ledger.close()
        assert world.audit.verify().complete
        assert papers(world.ledger) != before
        return
    pytest.fail("it never got through")


@pytest.mark.parametrize("deed", ["ask", "revoke"])
def test_what_is_killed_at_any_statement_is_whole_or_not_there(tmp_path, deed):
    """The process is killed before each statement, and after the commit before and after the checkpoint is signed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", SCRIPT, tmp_path, deed], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)
    assert len(steps) >= 8
    outcomes = {(step["documents"], step["state"]) for step in steps}
    assert outcomes == ({(0, None), (1, "active")} if deed == "ask" else {(1, "active"), (1, "revoked")})
    assert all(step["verified"] for step in steps)
    assert all(step["clean_after_next"] for step in steps)


def test_no_acknowledged_record_is_lost_to_a_kill(tmp_path):
    script = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from jit.ledger import Ledger; from jit.record import Event\n"
        "ledger = Ledger(Path(sys.argv[1]))\n"
        "while True:\n"
        "    made = ledger.record(Event('read.served', 'ana'), datetime(2026, 11, 25, tzinfo=UTC))\n"
        "    print(made.seq, made.hash, flush=True)\n"
    )
    acknowledged = {}
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True)
        for _ in range(40):
            seq, digest = writer.stdout.readline().split()
            acknowledged[int(seq)] = digest
        os.kill(writer.pid, 9)
        rest = writer.stdout.read().splitlines()
        acknowledged |= {
            int(seq): digest for seq, _, digest in (line.partition(" ") for line in rest) if len(digest) == 64
        }
        writer.wait()
        writer.stdout.close()
    ledger = Ledger(tmp_path)
    kept = {record.seq: record.hash for record in ledger.records()}
    assert {seq: kept.get(seq) for seq in acknowledged} == acknowledged
    ledger.close()
