"""The one transactional store of lending: requests, grants and the audit log, in SQLite.

SQLite because every command is its own process and several may run at once: WAL and `BEGIN IMMEDIATE` serialise the
writers, `synchronous=FULL` makes a commit survive the power cord, and nothing has to be installed or kept running.
"""

import logging
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from jit.change import Change, Papers, Tip, is_named, unknown, usage
from jit.documents import campaign_of, grant_of, question_of, request_of
from jit.interface import Grant, LedgerError, Request, TamperError, Usage
from jit.proof.checkpoint import Checkpoint, CheckpointFile, gone, opened, unwitnessed
from jit.proof.record import Event, Record
from jit.proof.signing import Keys, PublicKey, SigningKey
from jit.question import Campaign, Question
from jit.spool import Spool, settle
from jit.storage import connected, plainly

FILE = "ledger.sqlite"
WAIT = 10.0  # seconds for which another writer is waited for
LOG = logging.getLogger(__name__)
# How far the clock may run behind what the ledger has seen before lending stops: longer than a command waits for a lock.
TOLERANCE = timedelta(seconds=60)
Kind = TypeVar("Kind")


class Ledger:
    """Requests, grants and audit records below one state folder.

    `checkpoints` is the folder of the signed checkpoints, by default beside the ledger; another volume is better.
    `wait` is how many seconds another writer is waited for. Safe for threads and for several processes.
    """

    def __init__(self, home: Path, *, checkpoints: Path | None = None, wait: float | None = None) -> None:
        """Name the places; nothing is opened or made before it is needed."""
        self.path = home / FILE
        self.keys = Keys(home / "keys")
        self.checkpoints = CheckpointFile((checkpoints or home / "checkpoints") / "checkpoints.jsonl")
        self.wait = WAIT if wait is None else wait
        self.spool = Spool(home / "spool")
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._checked = False
        self._file = 0

    @contextmanager
    def write(self, now: datetime, *, narrowing: bool = False) -> Iterator[Change]:
        """One transaction: all of it and its audit records, or nothing. A signed checkpoint follows the commit.

        Raises LedgerError where the ledger is locked, damaged or full, and where the clock runs behind what the
        ledger has seen, unless the change is `narrowing` (an end, a refusal), which always goes ahead.
        """
        with self._lock, self._witness(needed=not narrowing) as witness:
            with plainly(self.path, "written"):
                connection = self._open(create=True)
                connection.execute("BEGIN IMMEDIATE")
            try:
                with plainly(self.path, "written"):
                    self._check_tail(Tip.load(connection))
                    self.keys.settle(partial(is_named, connection))
                    change = Change(connection, Tip.load(connection), now, self.keys.commitment())
                if not narrowing:
                    _check_clock(now, change.now)
                waiting = self.spool.waiting()
                with plainly(self.path, "written"):
                    settle(waiting, change)
                with plainly(self.path, "written", only=sqlite3.Error):
                    yield change
                    change.flush()
                    connection.execute("COMMIT")
            except BaseException:
                self._undo(connection)
                raise
            if change.records:
                witness(change.tip)
            for path in waiting:
                path.unlink(missing_ok=True)

    def rotate(self, actor: str, now: datetime) -> PublicKey:
        """Sign with a new key from now on. The record that says so, and names it, is the last under the old one."""
        with self.write(now) as change:
            new = self.keys.draft()
            change.record(Event("key.rotated", actor, detail={"key": str(new.public)}))
        self.keys.install()
        return new.public

    def record(self, event: Event, now: datetime, *, narrowing: bool = False) -> Record:
        """Put one event on record, durably, on its own."""
        with self.write(now, narrowing=narrowing) as change:
            return change.record(event)

    def moment(self, now: datetime) -> datetime:
        """The later of `now` and the latest time on record: a clock set back resurrects nothing."""
        return max(now, self.tip().clock)

    def check_clock(self, now: datetime) -> None:
        """Raise LedgerError where the clock runs behind the ledger for longer than a slow command explains."""
        _check_clock(now, self.tip().clock)

    def tip(self) -> Tip:
        """Where the log stands now."""
        with self._reading() as connection:
            return Tip() if connection is None else Tip.load(connection)

    def request(self, name: str) -> Request:
        """The request of that id. Raises UnknownError."""
        return self._one("request", name, request_of)

    def grant(self, name: str) -> Grant:
        """The grant of that id. Raises UnknownError."""
        return self._one("grant", name, grant_of)

    def campaign(self, name: str) -> Campaign:
        """The access review of that id. Raises UnknownError."""
        return self._one("campaign", name, campaign_of)

    def requests(self, *, pending: bool = False) -> list[Request]:
        """Every request, or those that are pending on paper, the newest first."""
        some = "WHERE state = 'pending' " if pending else ""
        return self._documents(f"SELECT document FROM requests {some}ORDER BY created DESC, id", (), request_of)  # noqa: S608 - ours

    def grants(self, grantee: str | None = None, *, held: bool = False) -> list[Grant]:
        """Every grant, or one person's, or those that have not ended on paper, the newest first."""
        said = {"grantee = ?": grantee is not None, "state IN ('scheduled', 'active', 'suspended', 'stuck')": held}
        some = " AND ".join(sql for sql, wanted in said.items() if wanted) or "true"
        asked = f"SELECT document FROM grants WHERE {some} ORDER BY starts DESC, id"  # noqa: S608 - ours
        return self._documents(asked, () if grantee is None else (grantee,), grant_of)

    def campaigns(self) -> list[Campaign]:
        """Every access review, the newest first."""
        return self._documents("SELECT document FROM campaigns ORDER BY closes DESC, id", (), campaign_of)

    def questions(self, campaign: str | None = None) -> list[Question]:
        """Every question, or those of one campaign, in the order in which they were asked."""
        asked = "SELECT document FROM questions WHERE campaign = coalesce(?, campaign) ORDER BY rowid"
        return self._documents(asked, (campaign,), question_of)

    def usage(self, person: str, now: datetime) -> Usage:
        """What the record says of `person` that counts when they ask at `now`."""
        with self._reading() as connection:
            return Usage() if connection is None else usage(connection, person, now)

    def records(self, *, after: int = 0, until: int | None = None) -> Iterator[Record]:
        """Audit records in order: those with `after` < seq ≤ `until`."""
        rows = "SELECT record, hash FROM records WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1000"
        last = self.tip().seq if until is None else until
        while page := self._rows(rows, (after, last)):
            yield from (Record.read(text, digest=digest) for text, digest in page)
            after += len(page)

    def reads_of(self, person: str) -> list[Record]:
        """What `person` was handed out, oldest first."""
        asked = (
            "SELECT record, hash FROM records WHERE record ->> '$.type' = 'read.served' AND record ->> '$.actor' = ?"
        )
        return [Record.read(text, digest=digest) for text, digest in self._rows(f"{asked} ORDER BY seq", (person,))]

    def rows(self, after: int, limit: int = 1000) -> list[tuple[int, str, str]]:
        """Rows of the log as they lie there, for whoever verifies: (seq, text, hash), believed in nothing."""
        return self._rows("SELECT seq, record, hash FROM records WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))

    def documents(self) -> list[tuple[str, str]]:
        """Every request, grant, campaign and question as it lies there: (id, text)."""
        kept = ("requests", "grants", "campaigns", "questions")
        return self._rows(" UNION ALL ".join(f"SELECT id, document FROM {table}" for table in kept), ())  # noqa: S608 - ours

    def snapshot(self) -> Papers:
        """Where the log stands, and all that is kept, of one moment."""
        with self._reading() as connection:
            if connection is None:
                return Papers()
            connection.execute("BEGIN")
            try:
                papers = self.requests(), self.grants(), self.campaigns(), self.questions()
                return Papers(Tip.load(connection), *papers)
            finally:
                connection.execute("ROLLBACK")

    def kept(self, key: str) -> str | None:
        """What `Change.keep` kept."""
        found = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def close(self) -> None:
        """Let go of the file. The ledger opens it again when asked something."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
                self._checked = False

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._reading() as connection:
            return [] if connection is None else connection.execute(sql, values).fetchall()

    def _one(self, noun: str, name: str, read: Callable[[str], Kind]) -> Kind:
        found = self._documents(f"SELECT document FROM {noun}s WHERE id = ?", (name,), read)  # noqa: S608 - ours
        if not found:
            raise unknown(noun, name)
        return found[0]

    def _documents(self, sql: str, values: tuple[Any, ...], read: Callable[[str], Kind]) -> list[Kind]:
        rows = self._rows(sql, values)
        with plainly(self.path, "read"):
            return [read(text) for (text,) in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """The connection, or None where nothing was ever lent."""
        with self._lock, plainly(self.path, "read"):
            known = self.path.exists() or self.checkpoints.last() is not None
            yield self._open(create=False) if known else None

    def _open(self, *, create: bool) -> sqlite3.Connection:
        if self._connection is not None and not self._is_there():
            self.close()
        if self._connection is None:
            if create:
                self._make_file()
            elif not self.path.exists():
                raise gone(self.path)
            self._connection = connected(self.path, self.wait)
            self._file = self.path.stat().st_ino
            weakref.finalize(self, self._connection.close)
        return self._connection

    def _is_there(self) -> bool:
        """Whether the file that is open still lies where it lay: SQLite would write to one that is gone, and say nothing."""
        return self.path.exists() and self.path.stat().st_ino == self._file

    def _make_file(self) -> None:
        """An empty file that only its owner can read, in a folder that only its owner can enter."""
        if self.path.exists():
            return
        if self.checkpoints.last() is not None:
            raise gone(self.path)
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600))

    def _check_tail(self, tip: Tip) -> None:
        """Refuse a ledger that ends before its last checkpoint: yesterday's copy, or one whose tail was cut."""
        if self._checked:
            return
        note = self.checkpoints.last()
        if note is not None and opened(note, self.keys.public()).size > tip.seq:
            error = TamperError(f"the ledger {self.path} ends at record {tip.seq}, before its last checkpoint")
            error.add_note(
                "records were cut off, or an older copy was put in its place: `datakeep audit verify` says more"
            )
            raise error

    def _undo(self, connection: sqlite3.Connection) -> None:
        """Roll back; where even that fails, let go of the file: SQLite rolls back for whoever opens it next."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()

    @contextmanager
    def _witness(self, *, needed: bool) -> Iterator[Callable[[Tip], None]]:
        """A way to sign where the log stands, found before the change: without a second place nothing is lent.

        Should it fail after the change was committed, the change stands and the next checkpoint covers it.
        """
        with ExitStack() as stack:
            try:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                key = self.keys.signing()
                add = stack.enter_context(self.checkpoints.appending())
            except (OSError, LedgerError) as error:
                if needed:
                    raise unwitnessed(self.checkpoints.path, error) from None
                yield lambda _tip: None
                return
            yield lambda tip: _signed(tip, key, add)


def _signed(tip: Tip, key: SigningKey, add: Callable[[Checkpoint, SigningKey], None]) -> None:
    try:
        add(Checkpoint.of(key.name, tip.tree, tip.clock), key)
    except OSError:
        LOG.warning("record %s is under no checkpoint yet: the file of checkpoints cannot be written", tip.seq)


def _check_clock(now: datetime, seen: datetime) -> None:
    if now < seen - TOLERANCE:
        error = LedgerError(f"the clock says {now:%Y-%m-%d %H:%M} UTC, before the last record of {seen:%Y-%m-%d %H:%M}")
        error.add_note("nothing is lent until it is right again")
        raise error
