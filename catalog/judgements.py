"""What people and policies decide, and what waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, overload

from classifiers import DataClass, Label, Sensitivity

NOBODY = "nobody"  # whose questions those are that no rule gives to a steward


class Action(StrEnum):
    """What a decision does."""

    ACCEPT = "accept"
    REJECT = "reject"
    RECLASSIFY = "reclassify"
    SECOND = "second"  # another person agrees to a decision that waits for one
    MUTE = "mute"
    ASSIGN = "assign"
    UNDO = "undo"
    EXPIRE = "expire"  # a decision's time ran out


class Authority(StrEnum):
    """Who speaks. A human outranks a policy, a policy the machine."""

    HUMAN = "human"
    POLICY = "policy"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision on one entry, for good on the record. `seen` are the classes the machine proposed at the time.

    A `pending` one holds once another person's judgement `seconds` it; `undoes` and `seconds` are serials.
    """

    serial: int
    id: str
    action: Action
    authority: Authority
    actor: str
    reason: str
    happened: datetime
    labels: tuple[Label, ...] = ()
    seen: tuple[DataClass, ...] = ()
    valid_until: datetime | None = None
    undoes: int | None = None
    seconds: int | None = None
    pending: bool = False


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One decision to make: entries that look the same, what is proposed of them, why it is asked, and how pressing."""

    ids: tuple[str, ...]
    data_class: DataClass | None
    proposed: tuple[DataClass, ...]
    confidence: float | None
    sensitivity: Sensitivity | None
    why: tuple[str, ...]
    risk: float
    since: datetime  # since when it waits
    owner: str | None
    steward: str | None = None  # whose question it is
    due: datetime | None = None
    readers: int = 0  # people who can read one of the entries now

    def overdue(self, now: datetime) -> bool:
        """Whether it has waited for longer than it may."""
        return self.due is not None and self.due <= now

    def as_json(self) -> dict[str, Any]:
        """The item that `review list` prints; `id` is the first entry of the cluster."""
        return {
            "id": self.ids[0],
            "count": len(self.ids),
            "class": self.data_class,
            "proposed": list(self.proposed),
            "confidence": self.confidence,
            "sensitivity": self.sensitivity.word if self.sensitivity else None,
            "why": list(self.why),
            "risk": round(self.risk, 3),
            "since": self.since.isoformat(),
            "due": self.due.isoformat() if self.due else None,
            "owner": self.owner,
            "steward": self.steward,
            "readers": self.readers,
            "entries": list(self.ids),
        }


@dataclass(frozen=True, slots=True)
class Queue(Sequence[QueueItem]):
    """The riskiest decisions to make, and how many there are in all: decisions, their entries, decisions that are late."""

    items: tuple[QueueItem, ...]
    decisions: int
    entries: int
    overdue: int

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, place: int) -> QueueItem: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[QueueItem, ...]: ...

    def __getitem__(self, place: int | slice) -> QueueItem | tuple[QueueItem, ...]:
        return self.items[place]


@dataclass(frozen=True, slots=True)
class ReviewStats:
    """How far the review is: entries by status, decisions by person, and per class how often people agreed."""

    statuses: dict[str, int]
    waiting: int
    clusters: int
    oldest: datetime | None
    decided_by: dict[str, int]
    accepted: dict[str, int]
    rejected: dict[str, int]
    overdue: int = 0  # entries whose question waits for longer than it may
    by_steward: dict[str, int] = field(default_factory=dict)  # entries that wait, by whose question they are
    overdue_by_steward: dict[str, int] = field(default_factory=dict)
