"""One transaction of the ledger: every change comes with the audit record that says so."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from jit.documents import Kept, campaign_of, document, grant_of, question_of, request_of
from jit.interface import Grant, JitError, Request, UnknownError, Usage
from jit.proof.canonical import commitment, moment, stamp
from jit.proof.merkle import Frontier
from jit.proof.record import START, Event, Record
from jit.question import Campaign, Question
from jit.states import check_move

BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the log ends: the last record's number and hash, the tree up to it, and the latest time on record."""

    seq: int = 0
    hash: str = START
    tree: Frontier = field(default_factory=Frontier)
    clock: datetime = BEGINNING

    def after(self, record: Record) -> "Tip":
        """The tip once `record` is added."""
        tree = self.tree.add(bytes.fromhex(record.hash))
        return Tip(record.seq, record.hash, tree, max(self.clock, record.ts))

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> "Tip":
        """The tip that is stored, or that of an empty log."""
        row = connection.execute("SELECT value FROM meta WHERE key = 'tip'").fetchone()
        if row is None:
            return cls()
        body = json.loads(row[0])
        tree = Frontier(body["seq"], tuple(map(bytes.fromhex, body["peaks"])))
        return cls(body["seq"], body["hash"], tree, moment(body["clock"]))

    def save(self, connection: sqlite3.Connection) -> None:
        """Store the tip, in the transaction of what it is the tip of."""
        peaks = [peak.hex() for peak in self.tree.peaks]
        body = json.dumps({"seq": self.seq, "hash": self.hash, "peaks": peaks, "clock": stamp(self.clock)})
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('tip', ?)", (body,))


@dataclass(frozen=True, slots=True)
class Papers:
    """Everything that the ledger keeps at one moment, and where its log stood then."""

    tip: Tip = field(default_factory=Tip)
    requests: Sequence[Request] = ()
    grants: Sequence[Grant] = ()
    campaigns: Sequence[Campaign] = ()
    questions: Sequence[Question] = ()


class Change:
    """What a writer holds while its transaction is open. `now` is the later of its clock and the ledger's."""

    def __init__(self, connection: sqlite3.Connection, tip: Tip, now: datetime, secret: bytes) -> None:
        """Made by `Ledger.write` alone."""
        self.now = max(now, tip.clock)
        self.tip = tip
        self.records: list[Record] = []
        self._connection = connection
        self._secret = secret

    def request(self, name: str) -> Request:
        """The request as it is now, under the lock. Raises UnknownError."""
        return request_of(self._one("SELECT document FROM requests WHERE id = ?", "request", name))

    def grant(self, name: str) -> Grant:
        """The grant as it is now, under the lock. Raises UnknownError."""
        return grant_of(self._one("SELECT document FROM grants WHERE id = ?", "grant", name))

    def campaign(self, name: str) -> Campaign:
        """The campaign as it is now, under the lock. Raises UnknownError."""
        return campaign_of(self._one("SELECT document FROM campaigns WHERE id = ?", "campaign", name))

    def question(self, name: str) -> Question:
        """The question as it is now, under the lock. Raises UnknownError."""
        return question_of(self._one("SELECT document FROM questions WHERE id = ?", "campaign", name))

    def open_questions(self, campaign: str) -> list[Question]:
        """The questions of a campaign that nobody answered."""
        asked = "SELECT document FROM questions WHERE campaign = ? AND state = 'open' ORDER BY id"
        return [question_of(text) for (text,) in self._connection.execute(asked, (campaign,))]

    def reviewing(self, grant: str) -> list[Campaign]:
        """The open campaigns in which nobody has answered yet whether a grant stays."""
        asked = """SELECT c.document FROM questions q JOIN campaigns c ON c.id = q.campaign
            WHERE json_extract(q.document, '$.grant') = ? AND q.state = 'open' AND c.state = 'open'"""
        return [campaign_of(text) for (text,) in self._connection.execute(asked, (grant,))]

    def due_campaigns(self) -> list[Campaign]:
        """Open campaigns past their end."""
        due = "SELECT document FROM campaigns WHERE state = 'open' AND closes <= ?"
        return [campaign_of(text) for (text,) in self._connection.execute(due, (stamp(self.now),))]

    def usage(self, person: str) -> Usage:
        """What the record says of `person` that counts when they ask."""
        return usage(self._connection, person, self.now)

    def due(self) -> tuple[list[Request], list[Grant]]:
        """Requests nobody answered in time, and grants past their end that are not marked so."""
        by = (stamp(self.now),)
        requests = self._connection.execute(
            "SELECT document FROM requests WHERE state = 'pending' AND json_extract(document, '$.expires') <= ?", by
        )
        grants = self._connection.execute(
            "SELECT document FROM grants WHERE state IN ('scheduled', 'active', 'suspended') AND expires <= ?", by
        )
        return [request_of(text) for (text,) in requests], [grant_of(text) for (text,) in grants]

    def begun(self) -> list[Grant]:
        """Scheduled grants whose time has come."""
        rows = self._connection.execute(
            "SELECT document FROM grants WHERE state = 'scheduled' AND starts <= ?", (stamp(self.now),)
        )
        return [grant_of(text) for (text,) in rows]

    def add(self, thing: Kept, event: Event) -> None:
        """Put something new on paper, and say so."""
        text = document(thing)
        self._connection.execute(f"INSERT INTO {_table(thing)} VALUES (?, 1, ?)", (thing.id, text))  # noqa: S608 - ours
        self._record_state(thing, text, event)

    def move(self, old: Kept, new: Kept, event: Event) -> None:
        """Put `new` in the place of `old`, and say so: compare-and-swap on everything that `old` held.

        Raises DeniedError where the state may not follow, JitError where `old` is no longer what stands there.
        """
        check_move(old, new)
        text = document(new)
        swap = f"UPDATE {_table(new)} SET document = ?, version = version + 1 WHERE id = ? AND document = ?"  # noqa: S608 - ours
        if self._connection.execute(swap, (text, old.id, document(old))).rowcount != 1:
            error = JitError(f"{old.id} was changed by somebody else at the same moment")
            error.add_note("look at it again")
            raise error
        self._record_state(new, text, event)

    def record(self, event: Event) -> Record:
        """Put an event on record; it is durable when the transaction is."""
        if not self.tip.seq and event.type != "ledger.opened":
            self.record(Event("ledger.opened", "datakeep", detail={"format": 1}))
        sealed = Record.seal(event, self.tip.seq + 1, self.now, self.tip.hash)
        self.records.append(sealed)
        self.tip = self.tip.after(sealed)
        return sealed

    def keep(self, key: str, value: str) -> None:
        """Remember a word about the ledger itself, such as its last export."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def kept(self, key: str) -> str | None:
        """What `keep` kept."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def commit_to(self, text: str) -> str | None:
        """A keyed hash that stands in a record for words somebody typed; None for no words."""
        return commitment(self._secret, text) if text else None

    def flush(self) -> None:
        """Write the records and the tip."""
        rows = ((record.seq, record.text, record.hash) for record in self.records)
        self._connection.executemany("INSERT INTO records VALUES (?, ?, ?)", rows)
        if self.records:
            self.tip.save(self._connection)

    def _record_state(self, thing: Kept, text: str, event: Event) -> None:
        """The record names the new state and a keyed hash of everything in it, so that replay can compare."""
        state = {"state": thing.state.value, "mac": commitment(self._secret, text)}
        if isinstance(thing, Grant):
            state |= {"starts": stamp(thing.starts), "expires": stamp(thing.expires)}
        if isinstance(thing, (Campaign, Question)):
            state["id"] = thing.id
        self.record(replace(event, detail={**event.detail, **state}))

    def _one(self, sql: str, noun: str, name: str) -> str:
        row = self._connection.execute(sql, (name,)).fetchone()
        if row is None:
            raise unknown(noun, name)
        return str(row[0])


AUTOMATIC = "SELECT created FROM requests WHERE requester = ? AND automatic AND state = 'approved' ORDER BY created"
UNREVIEWED = """SELECT id FROM requests WHERE requester = ? AND automatic AND state = 'approved'
    AND json_extract(document, '$.review_by') <= ? AND json_array_length(document, '$.answers') = 0 ORDER BY created"""
BARRED = """SELECT rule FROM questions took WHERE person = ? AND rule IS NOT NULL AND state = 'revoke' AND NOT EXISTS (
    SELECT 1 FROM questions gave WHERE gave.person = took.person AND gave.rule = took.rule AND gave.state = 'keep'
    AND json_extract(gave.document, '$.answered') > json_extract(took.document, '$.answered'))"""

REVIEWED = """SELECT json_extract(q.document, '$.grant') FROM questions q JOIN campaigns c ON c.id = q.campaign
    WHERE q.person = ? AND q.rule IS NULL AND q.state = 'open' AND c.state = 'open'"""


def usage(connection: sqlite3.Connection, person: str, now: datetime) -> Usage:
    """What the record says of `person` that counts when they ask at `now`.

    The newest answer of an access review counts: a rule that one took and a later one gave back is not barred. Of two at
    the same moment the one that takes does.
    """
    given = tuple(moment(created) for (created,) in connection.execute(AUTOMATIC, (person,)))
    overdue = tuple(name for (name,) in connection.execute(UNREVIEWED, (person, stamp(now))))
    barred = frozenset(rule for (rule,) in connection.execute(BARRED, (person,)))
    return Usage(given, overdue, barred, frozenset(name for (name,) in connection.execute(REVIEWED, (person,))))


def is_named(connection: sqlite3.Connection, key: str) -> bool:
    """Whether the record says that `key` signs from then on."""
    named = "SELECT 1 FROM records WHERE record ->> '$.type' = 'key.rotated' AND record ->> '$.detail.key' = ?"
    return connection.execute(named, (key,)).fetchone() is not None


def unknown(noun: str, name: str, hints: Iterable[str] = ()) -> UnknownError:
    """The error for an id that nobody has."""
    error = UnknownError(f"no {noun} {name}")
    error.add_note(next(iter(hints), f"`datakeep {noun} list` shows them"))
    return error


TABLES: Mapping[type[Kept], str] = {
    Request: "requests", Grant: "grants", Campaign: "campaigns", Question: "questions",
}  # fmt: skip


def _table(thing: Kept) -> str:
    return TABLES[type(thing)]
