"""Every operation of lending, stopped at each of its steps: by an error, by a kill, by a disk that is full.

What is on disk after is all of it or nothing, the log verifies, and doing it again reaches what was wanted. Run as a program,
this file is the process that is killed: `python test_crashes.py FOLDER` prints what was left, deed by deed, as JSON.
"""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

from classifiers import DataClass
from jit import Ask, DeniedError, Exporter, GrantState, LedgerError, Person, RequestState, edited, issue, sweep
from jit.ledger import Ledger
from jit.proof.checkpoint import CheckpointFile
from jit.proof.record import Event
from jit.testing import NOON, Shelf, World, field

POLICY = """
version: 1
approvers: {privacy: {groups: [privacy]}}
rules:
  - {id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}
  - {id: mails, effect: allow, who: {groups: [support]}, what: {classes: [user.contact]}, approvals: [{of: privacy, n: 1}]}
break_glass: {groups: [support], max: 1h, notify: [privacy], review_within: 1d}
"""
PEOPLE = [Person("ana", frozenset({"support"})), Person("pia", frozenset({"privacy"}), frozenset({"approver"}))]
FIELDS = [field("crm/people#name", "user.name"), field("crm/people#mail", "user.contact.email")]
ROWS = {"crm/people": pa.table({"name": ["Anna"], "mail": ["anna@example.org"]})}
NAME = Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=3600)
MAIL = replace(NAME, classes=(DataClass("user.contact.email"),))
LATE = NOON + timedelta(hours=23)
MOST = 60  # steps that no deed has
FULL = range(0, 400_000, 3000)  # bytes that a file may have: a disk that is full earlier or later


class Step:
    """Something that one deed does to a prepared world, and how to see that it is done."""

    def __init__(self, do, done):
        self.do, self.done = do, done


def state_of(what, state, key):
    """Whether the request or grant called `key` is in that state."""
    return lambda world, ids: getattr(world.ledger, what)(ids[key]).state is state


def recorded(kind, more=1):
    return lambda world, ids: world.types().count(kind) >= ids["before"].get(kind, 0) + more


def extended(world, ids):
    return world.ledger.grant(ids["lent"]).expires == NOON + timedelta(minutes=70)


def narrowed_and_ended(world, ids):
    grant = world.ledger.grant(ids["other"])
    return (
        grant.state is GrantState.ACTIVE
        and grant.withheld == ("crm/people#name",)
        and recorded("request.denied")(world, ids)
    )


def swept(world, _ids):
    world.shelf.fields["crm/people#name"] = field("crm/people#name", "user.name", "user.government_id")
    sweep(world.broker, NOON + timedelta(minutes=90))


def rotated(world, _ids):
    named = [record.event.detail["key"] for record in world.ledger.records() if record.event.type == "key.rotated"]
    return bool(named) and str(world.ledger.keys.signing().public) == named[-1]


def exported(world, _ids):
    return (world.home / "export" / "manifest.json").exists()


def export(world, _ids):
    Exporter(world.ledger, dict).export(world.home / "export", NOON)


def end(verb, who="pia"):
    return lambda world, ids: getattr(world.broker.lending, verb)(ids["lent"], world.people[who], NOON, "enough")


DEEDS = {
    "ask": Step(lambda world, _: world.broker.ask(NAME, NOON), recorded("grant.started")),
    "break the glass": Step(
        lambda world, _: world.broker.ask(replace(MAIL, break_glass=True), NOON), recorded("glass.broken")
    ),
    "approve": Step(
        lambda world, ids: world.broker.approve(ids["asked"], world.people["pia"], NOON),
        state_of("request", RequestState.APPROVED, "asked"),
    ),
    "deny": Step(
        lambda world, ids: world.broker.deny(ids["asked"], world.people["pia"], NOON),
        state_of("request", RequestState.REJECTED, "asked"),
    ),
    "withdraw": Step(
        lambda world, ids: world.broker.withdraw(ids["asked"], world.people["ana"], NOON),
        state_of("request", RequestState.WITHDRAWN, "asked"),
    ),
    "edit": Step(
        lambda world, ids: world.broker.edit(
            ids["asked"], edited(world.ledger.request(ids["asked"]), "ana", seconds=900), NOON
        ),
        lambda world, ids: world.ledger.request(ids["asked"]).seconds == 900,
    ),
    "extend": Step(
        lambda world, ids: world.broker.extend(ids["lent"], Ask("ana", reason="still on the phone", seconds=600), NOON), extended
    ),
    "revoke": Step(end("revoke"), state_of("grant", GrantState.REVOKED, "lent")),
    "give back": Step(end("give_back", "ana"), state_of("grant", GrantState.REVOKED, "lent")),
    "suspend": Step(end("suspend"), state_of("grant", GrantState.SUSPENDED, "lent")),
    "resume": Step(
        lambda world, ids: world.broker.lending.resume(ids["held"], world.people["pia"], NOON),
        state_of("grant", GrantState.ACTIVE, "held"),
    ),
    "sweep what is due": Step(
        lambda world, _: world.broker.lending.sweep(LATE), state_of("grant", GrantState.EXPIRED, "lent")
    ),
    "sweep what drifted": Step(swept, narrowed_and_ended),
    "read": Step(lambda world, ids: world.read(ids["lent"], "ana", "crm/people"), recorded("read.served")),
    "make a token": Step(
        lambda world, ids: issue(world.ledger, ids["lent"], world.people["ana"], "notebook", NOON), recorded("token.issued")
    ),
    "rotate the key": Step(lambda world, _: world.ledger.rotate("pia", NOON), rotated),
    "export": Step(export, exported),
}  # fmt: skip


@cache
def _world(_process):
    return World(Path(tempfile.mkdtemp()), POLICY, PEOPLE, FIELDS, ROWS)


def world_at(home):
    """The world as it is below `home`; the policy, which is the same for all, is read once."""
    world = _world(os.getpid())
    world.home, world.shelf = home, Shelf(FIELDS)
    world.open()
    return world


def prepared(home):
    """A world with something lent, held, asked for, and lent for longer; and the names of these."""
    world = world_at(home)
    lent, held, other = (world.broker.ask(replace(NAME, seconds=hours * 3600), NOON).grant_id for hours in (1, 1, 4))
    world.broker.lending.suspend(held, world.people["pia"], NOON)
    asked = world.broker.ask(MAIL, NOON).id
    kinds = world.types()
    ids = {
        "lent": lent,
        "held": held,
        "other": other,
        "asked": asked,
        "before": {kind: kinds.count(kind) for kind in kinds},
    }
    world.ledger.close()
    return ids


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    home = tmp_path_factory.mktemp("before") / "home"
    return home, prepared(home)


class Counted:
    """A connection that does `what` instead of its n-th statement."""

    def __init__(self, inner, at, what):
        self.inner, self.left, self.what = inner, at, what

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def execute(self, *given):
        return self._counted(self.inner.execute, given)

    def executemany(self, *given):
        return self._counted(self.inner.executemany, given)

    def _counted(self, call, given):
        self.left -= 1
        if self.left <= 0:
            self.what()
        return call(*given)


def broken():
    raise sqlite3.OperationalError("disk I/O error")


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def papers(ledger):
    return dict(ledger.documents())


def left_by(home, ids, step, before):
    """What a restart finds: whether it is as before or done, whether the log verifies, and whether trying again gets there."""
    world = world_at(home)
    found = papers(world.ledger)
    untouched = found == before
    verified = world.audit.verify().last > 0
    world.ledger.record(
        Event("test.went_on", "datakeep"), NOON, narrowing=True
    )  # an end that was kept aside comes on paper first
    done = step.done(world, ids)
    if not done:
        with suppress(DeniedError):
            step.do(world, ids)
    reached, complete = step.done(world, ids), world.audit.verify().complete
    world.ledger.close()
    return {"whole": untouched or done, "done": done, "verified": verified, "reached": reached, "complete": complete}


def fails(home, step, ids, at):
    """Do it on a connection that breaks at statement `at` and stays so; whether it was stopped."""
    world = world_at(home)
    world.ledger.tip()
    world.ledger._connection = Counted(world.ledger._connection, at, broken)
    try:
        step.do(world, ids)
    except LedgerError:
        return True
    finally:
        went_on = world.ledger._connection is None or world.ledger._connection.left > 0
        world.ledger.close()
    return not went_on


def fills(home, step, ids, size):
    """Do it where no file can grow beyond `size` bytes; whether it was stopped."""
    world = world_at(home)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        step.do(world, ids)
    except LedgerError:
        return True
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        world.ledger.close()
    return False


GOOD = {"whole": True, "verified": True, "reached": True, "complete": True}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(("how", "steps"), [(fails, range(1, MOST)), (fills, FULL)], ids=["an error", "a full disk"])
def test_what_is_stopped_at_any_step_is_whole_and_can_be_done_again(tmp_path, before, deed, how, steps):
    folder, ids = before
    step, outcomes = DEEDS[deed], []
    world = world_at(folder)
    papers_before = papers(world.ledger)
    world.ledger.close()
    for at in steps:
        home = tmp_path / f"at{at}"
        shutil.copytree(folder, home)
        stopped = how(home, step, ids, at)
        outcomes.append(left_by(home, ids, step, papers_before))
        if deed != "sweep what drifted":  # two transactions: the first may stand alone, and the second follows
            assert outcomes[-1] == outcomes[-1] | GOOD, (at, outcomes[-1])
        assert outcomes[-1] == outcomes[-1] | {"verified": True, "reached": True, "complete": True}, (at, outcomes[-1])
        shutil.rmtree(home)
        if not stopped:
            assert outcomes[-1]["done"]
            assert len(outcomes) > 2
            return
    pytest.fail("it never got through")


def test_what_is_killed_at_any_step_is_whole_and_can_be_done_again(tmp_path):
    """Killed before each statement, and after the commit before and after the checkpoint is signed."""
    call = [sys.executable, "-W", "ignore", __file__, tmp_path]
    ran = subprocess.run(call, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = json.loads(ran.stdout)
    assert set(told) == set(DEEDS)
    for deed, steps in told.items():
        assert len(steps) > 4, deed
        assert [step for step in steps if not step["whole"]] == [] or deed == "sweep what drifted"
        assert [step for step in steps if not (step["verified"] and step["reached"] and step["complete"])] == [], deed
        assert not steps[-1]["stopped"], deed
        assert steps[-1]["done"], deed


def kill_at(home, step, ids, at):
    """Whether the deed was stopped at step `at`; -1 and -2 are before and after the checkpoint is signed."""
    world = world_at(home)
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    world.ledger.tip()
    if at < 0:
        CheckpointFile.appending = _killing_when_signing(CheckpointFile.appending, after=at == -2)
    else:
        world.ledger._connection = Counted(world.ledger._connection, at, killed)
    step.do(world, ids)
    os._exit(0)


def _killing_when_signing(appending, *, after):
    @contextmanager
    def killing(self):
        with appending(self) as add:

            def then(*signed):
                if after:
                    add(*signed)
                killed()

            yield then

    return killing


def main():
    base = Path(sys.argv[1])
    ids = prepared(base / "before")
    world = world_at(base / "before")
    before = papers(world.ledger)
    world.ledger.close()
    told = {}
    for deed, step in DEEDS.items():
        told[deed] = []
        for at in [-2, -1, *range(1, MOST)]:
            home = base / "at"
            shutil.copytree(base / "before", home)
            stopped = kill_at(home, step, ids, at)
            told[deed].append({"at": at, "stopped": stopped, **left_by(home, ids, step, before)})
            shutil.rmtree(home)
            if not stopped:
                break
    sys.stdout.write(json.dumps(told))


def test_no_acknowledged_record_is_lost_to_a_kill(tmp_path):
    script = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from jit.ledger import Ledger; from jit.proof.record import Event\n"
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


if __name__ == "__main__":
    main()
