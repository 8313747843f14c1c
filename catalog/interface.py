"""What the catalog believes: entries, the judgements they rest on, and the runs that looked."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalog.judgements import Judgement
from classifiers import Classification, DataClass, Finding, Label, Mode, Sensitivity
from scanners import Cause, Coverage, Extent, Unit


class CatalogError(Exception):
    """Root of what goes wrong with the catalog; the message names what the user named, a hint rides as a note."""


class NoCatalogError(CatalogError):
    """There is no catalog yet."""


class CatalogBusyError(CatalogError):
    """Another process held the catalog for longer than we wait; the message names it."""


class UnknownEntryError(CatalogError):
    """No entry of that id or glob."""


class Status(StrEnum):
    """Where an entry stands with its steward. `none`: nothing was found and nobody said otherwise."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalog believes of one field now; the attributes are the keys of the contract's JSON.

    `data_class` prints as `class`: the leading class, a steward's before the machine's. `labels` prints as `classes`.
    """

    id: str
    source: str
    dataset: str
    field: str
    data_type: str
    data_class: DataClass | None
    labels: tuple[Label, ...]
    entity: str | None
    confidence: float | None
    status: Status
    coverage: Extent
    coverage_reason: Cause | None
    sensitivity: Sensitivity | None
    regulations: tuple[str, ...]
    requirements: tuple[str, ...]
    owner: str | None
    purpose: tuple[str, ...]
    examined: int
    distinct: int
    matched: int
    mode: Mode | None
    first_seen: datetime
    last_scanned: datetime
    decided_by: str | None
    decided_at: datetime | None
    run_id: str
    rows: int | None = None
    proposed: tuple[Label, ...] = ()  # the machine's own view, whatever was decided
    disagrees: bool = False  # the machine now says what was not on the table when somebody decided
    asked_by: str | None = None  # who wants to lower it, and waits for a second person
    muted_until: datetime | None = None  # nobody is asked about it before then

    @property
    def classes(self) -> tuple[DataClass, ...]:
        """Every class that the entry holds, the leading one first."""
        others = (label.data_class for label in self.labels if label.data_class != self.data_class)
        return (self.data_class, *others) if self.data_class else tuple(others)

    def as_json(self) -> dict[str, Any]:
        """The item that the contract describes, its keys in its order."""
        return {
            "id": self.id,
            "source": self.source,
            "dataset": self.dataset,
            "field": self.field,
            "data_type": self.data_type,
            "class": self.data_class,
            "classes": [
                {"class": one.data_class, "entity": one.entity, "confidence": one.confidence, "mode": one.mode}
                for one in self.labels
            ],
            "entity": self.entity,
            "confidence": self.confidence,
            "status": self.status,
            "coverage": self.coverage,
            "coverage_reason": self.coverage_reason,
            "sensitivity": self.sensitivity.word if self.sensitivity else None,
            "regulations": list(self.regulations),
            "requirements": list(self.requirements),
            "owner": self.owner,
            "purpose": list(self.purpose),
            "examined": self.examined,
            "distinct": self.distinct,
            "matched": self.matched,
            "mode": self.mode,
            "first_seen": self.first_seen.isoformat(),
            "last_scanned": self.last_scanned.isoformat(),
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
            "run_id": self.run_id,
            "rows": self.rows,
            "proposed": [str(label.data_class) for label in self.proposed],
            "disagrees": self.disagrees,
            "asked_by": self.asked_by,
            "muted_until": self.muted_until.isoformat() if self.muted_until else None,
        }


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a source, a dataset or a field is, and what it is there for. None says nothing: the level above speaks."""

    owner: str | None = None
    purpose: tuple[str, ...] | None = None


class UnitState(StrEnum):
    """How a run's look at one unit ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Look:
    """A run's look at one unit, as it is recorded.

    `cause` and `message` say why it failed or was skipped (the message is ours: no value, no driver's text); `rows`,
    `values` and `size` (bytes) are what was read for it. `ownership` is what the settings say of the whole source.
    """

    unit: Unit
    state: UnitState = UnitState.DONE
    classifications: tuple[Classification, ...] = ()
    ownership: Ownership | None = None
    cause: Cause | None = None
    message: str | None = None
    rows: int = 0
    values: int = 0
    size: int = 0


class RunStatus(StrEnum):
    """How a run ended. One that never said so was interrupted."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be examined in a run; `dataset` is None where it is the source as a whole."""

    source: str
    dataset: str | None
    cause: Cause | None
    message: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run, counted; the attributes are the keys of the contract's JSON. Entries are the fields that have a class."""

    run_id: str
    status: RunStatus
    started: datetime
    ended: datetime | None
    sources: tuple[str, ...]
    engine: str
    units: dict[str, int]
    fields: dict[str, int]
    entries: dict[str, int]
    rows: int
    values: int
    bytes: int
    errors: tuple[Problem, ...]

    def as_json(self) -> dict[str, Any]:
        """The item that the contract describes."""
        times = {"started": self.started.isoformat(), "ended": self.ended.isoformat() if self.ended else None}
        return asdict(self) | times


class ChangeKind(StrEnum):
    """What became different in what is believed of a field."""

    NEW = "new"  # the field was not known before
    RENAMED = "renamed"  # the field has another name, or its table has; under both names
    GONE = "gone"
    BACK = "back"
    FOUND = "found"  # a class where there was none
    RAISED = "raised"  # a more sensitive class
    LOWERED = "lowered"
    CHANGED = "changed"  # another class, as sensitive
    UNSEEN = "unseen"  # the class is no longer found
    DECIDED = "decided"  # the same class, another status
    DISAGREED = "disagreed"  # the machine now contradicts the decision
    OWNED = "owned"  # owner, purpose or requirements
    COVERAGE = "coverage"
    DETAILS = "details"  # counts and confidence: nothing that anybody acts on


@dataclass(frozen=True, slots=True)
class Change:
    """One change of belief: of which entry, when, from what to what."""

    id: str
    kind: ChangeKind
    version: int
    happened: datetime
    run_id: str | None
    before: DataClass | None
    after: DataClass | None
    actor: str

    @property
    def classes(self) -> tuple[DataClass, ...]:
        """What was believed, and what is."""
        return tuple(one for one in (self.before, self.after) if one is not None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the catalog believes what it believes of one entry: evidence for and against, decisions, what it replaced."""

    entry: Entry
    coverage: Coverage | None
    proposed: tuple[Label, ...]
    alternatives: tuple[Label, ...]
    findings: tuple[Finding, ...]
    judgements: tuple[Judgement, ...]
    changes: tuple[Change, ...]
    reasons: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """What was looked at in one dataset; `classes` counts its fields by leading class."""

    source: str
    dataset: str
    examined: int
    partial: int
    not_examined: int
    classified: int
    causes: tuple[Cause, ...]
    classes: dict[str, int]
    sensitivity: Sensitivity | None
    last_scanned: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """How many fields of a source lead with a class; without a class, how many nobody looked at."""

    source: str
    data_class: DataClass | None
    fields: int
