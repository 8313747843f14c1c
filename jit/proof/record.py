"""One line of the audit log: what happened, sealed by its place in the log and the hash of the line before."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jit.interface import JitError, TamperError
from jit.proof.canonical import canonical, moment, stamp
from jit.proof.merkle import leaf_hash

START = "0" * 64  # what the first record has for the hash of the one before
TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
KEYS = frozenset(
    {"seq", "ts", "type", "actor", "request", "grant", "entries", "classes", "decision", "because", "prev"}
)
MAX_BECAUSE = 500  # characters of one sentence; a record is a line, not a letter


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has a place in the log.

    Every part is an id, a key of the taxonomy, a count or a sentence of ours: no value and no word that somebody
    typed. `type` reads `noun.verb`, such as `grant.revoked`; `detail` holds what only this type has.
    """

    type: str
    actor: str
    request: str | None = None
    grant: str | None = None
    entries: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    decision: str | None = None
    because: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """An event in its place. `text` is its canonical JSON, `hash` (hex) the RFC 6962 leaf hash of that text."""

    seq: int
    ts: datetime
    event: Event
    prev: str
    text: str
    hash: str

    @classmethod
    def seal(cls, event: Event, seq: int, ts: datetime, prev: str) -> "Record":
        """Give `event` its place after the record with hash `prev`."""
        if not TYPE.fullmatch(event.type):
            raise JitError(f"{event.type} is no type of audit record")
        body = {
            "seq": seq,
            "ts": stamp(ts),
            "type": event.type,
            "actor": event.actor,
            "request": event.request,
            "grant": event.grant,
            "entries": list(event.entries),
            "classes": [str(name) for name in event.classes],
            "decision": event.decision,
            "because": [sentence[:MAX_BECAUSE] for sentence in event.because],
            "prev": prev,
        }
        sealed = canonical({**body, "detail": dict(event.detail)} if event.detail else body)
        return cls(seq, ts, event, prev, sealed.decode(), leaf_hash(sealed).hex())

    @classmethod
    def read(cls, text: str, *, digest: str | None = None) -> "Record":
        """The record that `text` is. Raises TamperError where it is none."""
        try:
            body = json.loads(text)
            event = Event(body["type"], body["actor"], body["request"], body["grant"], tuple(body["entries"]),
                          tuple(body["classes"]), body["decision"], tuple(body["because"]), body.get("detail", {}))  # fmt: skip
            return cls(
                body["seq"], moment(body["ts"]), event, body["prev"], text, digest or leaf_hash(text.encode()).hex()
            )
        except (ValueError, KeyError, TypeError):
            raise TamperError("a line of the audit log is no record") from None

    def as_json(self) -> dict[str, Any]:
        """The keys of the contract, `hash` and, where there is one, `detail`."""
        return {**json.loads(self.text), "hash": self.hash}
