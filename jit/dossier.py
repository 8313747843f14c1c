"""What an approver sees of a request: each field as the catalog has it now, and what was lent and read of it before. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import Entry
from jit.interface import Grant, Request
from jit.policies.exposure import exposure
from jit.proof.record import Record


@dataclass(frozen=True, slots=True)
class FieldDossier:
    """One field of a request. `entry` is None where the catalog no longer has it.

    `lent` counts the grants that lent it so far, `lent_to_requester` those to who asks; `reads` are the requester's.
    """

    id: str
    entry: Entry | None
    lent: int
    lent_to_requester: int
    reads: int
    last_read: datetime | None

    def as_json(self) -> dict[str, Any]:
        """The item that `request show` prints: no value, only what is known of the field."""
        past = {
            "lent": self.lent, "lent_to_requester": self.lent_to_requester, "reads": self.reads,
            "last_read": self.last_read.isoformat() if self.last_read else None,
        }  # fmt: skip
        return {"id": self.id, **(_known(self.entry) if self.entry else {"status": "gone"}), **past}


@dataclass(frozen=True, slots=True)
class Dossier:
    """The fields of a request, and how the requester's other requests ended, by state."""

    fields: tuple[FieldDossier, ...]
    requests: tuple[tuple[str, int], ...]

    def as_json(self) -> dict[str, Any]:
        """What `request show` adds to the request."""
        return {"fields": [one.as_json() for one in self.fields], "history": dict(self.requests)}


def dossier(
    request: Request,
    entries: Iterable[Entry],
    grants: Sequence[Grant],
    requests: Iterable[Request],
    reads: Iterable[Record],
) -> Dossier:
    """The dossier of `request`: `entries` as the catalog has them, all `grants` and `requests`, the requester's `reads`."""
    known = {entry.id: entry for entry in entries}
    lent = Counter(name for grant in grants for name in grant.entries)
    mine = Counter(name for grant in grants if grant.grantee == request.requester for name in grant.entries)
    read: dict[str, list[datetime]] = {}
    for record in reads:
        for name in record.event.entries:
            read.setdefault(name, []).append(record.ts)
    fields = (
        FieldDossier(
            name,
            known.get(name),
            lent[name],
            mine[name],
            len(read.get(name, ())),
            max(read.get(name, ()), default=None),
        )
        for name in request.entries
    )
    others = (one for one in requests if one.requester == request.requester and one.id != request.id)
    return Dossier(tuple(fields), tuple(sorted(Counter(one.state.value for one in others).items())))


def _known(entry: Entry) -> dict[str, Any]:
    seen = exposure(entry)
    return {
        "classes": [str(held) for held in seen.classes], "sensitivity": seen.stated.word,
        "counts_as": seen.sensitivity.word, "reviewed": seen.reviewed, "status": entry.status.value,
        "coverage": entry.coverage.value, "mode": entry.mode.value if entry.mode else None, "rows": entry.rows,
        "owner": entry.owner, "purpose": list(entry.purpose), "decided_by": entry.decided_by,
        "decided_at": entry.decided_at.isoformat() if entry.decided_at else None,
    }  # fmt: skip
