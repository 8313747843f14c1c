"""What the catalog believes: entries, the judgements they rest on, and the runs that looked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from classifiers import DataClass, Label, Mode, Sensitivity
from scanners import Cause, Extent


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

    @property
    def classes(self) -> tuple[DataClass, ...]:
        """Every class that the entry holds, the leading one first."""
        others = (label.data_class for label in self.labels if label.data_class != self.data_class)
        return (self.data_class, *others) if self.data_class else tuple(others)
