"""Who could read what, and who did: grants beside the reads on record. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from jit.interface import Grant
from jit.policies.reach import Reach
from jit.proof.record import Record

UNCLASSIFIED = "(no class)"


class Verdict(StrEnum):
    """What the reads say of what was lent."""

    UNASKED = "unasked"  # the policy lets the person ask, and nothing was lent
    UNUSED = "unused"  # nothing of it was read
    OVER_SCOPED = "over_scoped"  # less than half of its fields were read
    USED = "used"


@dataclass(slots=True)
class Access:
    """One person and one class: the fields that the policy lets them ask for, were lent, and were read, and how often."""

    person: str
    data_class: str
    could: set[str] = field(default_factory=set)
    did: set[str] = field(default_factory=set)
    askable: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    live: set[str] = field(default_factory=set)
    reads: int = 0
    refused: int = 0
    last_read: datetime | None = None

    @property
    def verdict(self) -> Verdict:
        """Never asked for, unused, lent more widely than used, or used."""
        if not self.grants:
            return Verdict.UNASKED
        if not self.did:
            return Verdict.UNUSED
        return Verdict.OVER_SCOPED if 2 * len(self.did) < len(self.could) else Verdict.USED

    def as_json(self) -> dict[str, Any]:
        """The item that `report access` prints."""
        return {
            "person": self.person, "class": self.data_class, "verdict": self.verdict.value, "could": sorted(self.could),
            "did": sorted(self.did), "askable": sorted(self.askable), "rules": sorted(self.rules), "grants": sorted(self.grants), "live": sorted(self.live), "reads": self.reads,
            "refused": self.refused, "last_read": self.last_read.isoformat() if self.last_read else None,
        }  # fmt: skip


def accesses(
    grants: Iterable[Grant], live: Iterable[str], records: Iterable[Record], reaches: Iterable[Reach] = ()
) -> list[Access]:
    """One Access per person and class of what `grants` lent, or `reaches` says that the policy lets them ask for.

    `live` are the ids of the grants that still are. A refused read counts for every class of the grant that it was
    tried through.
    """
    still, of_grant = frozenset(live), {}
    found: dict[tuple[str, str], Access] = {}
    for way in reaches:
        access = found.setdefault((way.person, way.data_class), Access(way.person, way.data_class))
        access.askable.add(way.entry)
        access.rules.add(way.rule)
    for grant in grants:
        of_grant[grant.id] = held = {pin.entry: pin.classes or (UNCLASSIFIED,) for pin in grant.pins}
        for entry, classes in held.items():
            for data_class in classes:
                one = found.setdefault((grant.grantee, data_class), Access(grant.grantee, data_class))
                one.could.add(entry)
                one.grants.add(grant.id)
                one.live |= {grant.id} & still
    for record in records:
        _count(record, of_grant.get(record.event.grant or "", {}), found)
    return [found[key] for key in sorted(found)]


def _count(record: Record, held: Mapping[str, tuple[str, ...]], found: dict[tuple[str, str], Access]) -> None:
    event = record.event
    if event.type == "read.served":
        read = [(entry, one) for entry in event.entries for one in held.get(entry, ())]
        for data_class in {one for _, one in read}:
            access = found[event.actor, data_class]
            access.reads += 1
            access.last_read = record.ts
            access.did |= {entry for entry, one in read if one == data_class}
    elif event.type == "read.refused":
        for data_class in {one for classes in held.values() for one in classes}:
            if (event.actor, data_class) in found:
                found[event.actor, data_class].refused += 1
