"""Kill a process at each step of one deed, and say what was left: a line of JSON. Run by test_crashes."""

import json
import os
import shutil
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

from classifiers import DataClass
from jit import Ask, Person
from jit.checkpoint import CheckpointFile
from jit.record import Event
from jit.testing import NOON, World, field

POLICY = """
version: 1
rules: [{id: names, effect: allow, who: {groups: [support]}, what: {classes: [user.name]}, auto: {}}]
"""
ASK = Ask("ana", (DataClass("user.name"),), reason="a customer called", seconds=3600)


class Killing:
    """A connection that kills its process before the n-th statement."""

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
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given)


def world_at(home):
    return World(home, POLICY, [Person("ana", frozenset({"support"}))], [field("crm/people#name", "user.name")])


def prepared(home, deed):
    world = world_at(home)
    world.ledger.record(Event("test.began", "datakeep"), NOON)
    if deed == "revoke":
        world.broker.ask(ASK, NOON)
    world.ledger.close()


def killed(home, deed, at):
    """Whether the deed was stopped at step `at`; after the last statement, the signing of the checkpoint is."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    world = world_at(home)
    world.ledger.tip()
    world.ledger._connection = Killing(world.ledger._connection, at)
    if at < 0:
        CheckpointFile.appending = _killing_when_signing(CheckpointFile.appending, after=at == -2)
    if deed == "ask":
        world.broker.ask(ASK, NOON)
    else:
        world.broker.lending.revoke(world.ledger.grants()[0].id, world.people["ana"], NOON)
    os._exit(0)


def _killing_when_signing(appending, *, after):
    @contextmanager
    def killing(self):
        with appending(self) as add:

            def then(note):
                if after:
                    add(note)
                os.kill(os.getpid(), signal.SIGKILL)

            yield then

    return killing


def left(home, deed):
    world = world_at(home)
    documents = len(world.ledger.requests())
    state = world.ledger.grants()[0].state.value if world.ledger.grants() else None
    found = world.audit.verify()
    world.ledger.record(Event("test.went_on", "datakeep"), NOON)
    clean = world.audit.verify().complete
    world.ledger.close()
    return {"documents": documents, "state": state, "verified": found.last > 0, "clean_after_next": clean}


def main():
    base, deed = Path(sys.argv[1]), sys.argv[2]
    prepared(base / "before", deed)
    steps = []
    for at in [-2, -1, *range(1, 60)]:
        home = base / f"at{at}"
        shutil.copytree(base / "before", home)
        stopped = killed(home, deed, at)
        steps.append({"at": at, "stopped": stopped, **left(home, deed)})
        if not stopped:
            break
    sys.stdout.write(json.dumps(steps))


main()
