"""What a field counts as when somebody asks for it. Doubt narrows: what nobody confirmed counts as critical."""

from dataclasses import dataclass

from catalog import Entry, Status
from classifiers import DataClass, Sensitivity
from jit.policies.rules import UNCLASSIFIED, UNEXAMINED
from scanners import Extent

REVIEWED = frozenset({Status.CONFIRMED, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class Exposure:
    """An entry as policies see it.

    `classes` are all it may hold, the machine's contradiction included, or `unclassified` (looked at, nothing found)
    or `unexamined`. `stated` is how sensitive the catalog holds it to be; `sensitivity` is what it counts as: critical
    as long as no steward has confirmed it.
    """

    entry: Entry
    classes: tuple[DataClass, ...]
    stated: Sensitivity
    reviewed: bool

    @property
    def sensitivity(self) -> Sensitivity:
        """What it counts as wherever a rule asks how sensitive it is."""
        return self.stated if self.reviewed else Sensitivity.CRITICAL

    @property
    def source(self) -> str:
        """The first part of its id."""
        return self.entry.id.partition("/")[0]


def exposure(entry: Entry) -> Exposure:
    """The entry as policies see it. A decision that the machine contradicts since is not reviewed any more."""
    reviewed = entry.status in REVIEWED and not entry.disagrees
    held = () if entry.status is Status.REJECTED else entry.classes
    if entry.disagrees:
        held = tuple(dict.fromkeys((*held, *(label.data_class for label in entry.proposed))))
    if not held and (entry.coverage is Extent.EXAMINED or (reviewed and entry.coverage is Extent.PARTIAL)):
        return Exposure(entry, (UNCLASSIFIED,), Sensitivity.LOW, reviewed)
    if not held:
        return Exposure(entry, (UNEXAMINED,), Sensitivity.CRITICAL, reviewed=False)
    stated = entry.sensitivity if entry.sensitivity is not None and not entry.disagrees else Sensitivity.CRITICAL
    return Exposure(entry, held, stated, reviewed)
