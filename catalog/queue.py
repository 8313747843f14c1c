"""What awaits a steward: the riskiest first, and what looks the same as one decision."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from catalog.database import Connection
from catalog.interface import Entry, QueueItem, ReviewStats, Status
from catalog.reading import Filter, entries
from classifiers import DataClass

LEAST_DOUBT = 0.2  # even a sure proposal is a risk until somebody looked
DOUBT_OF_DISAGREEMENT = 1.5  # a person and the machine contradict each other: one of them is wrong

Shape = tuple[str, str, tuple[DataClass, ...], DataClass | None, tuple[str, ...]]


def queue(connection: Connection, wanted: Filter, version: int) -> list[QueueItem]:
    """Clusters of entries that await a decision, the riskiest first.

    Entries are one cluster where the field's own name, its type, what is proposed and what is asked are the same.
    """
    clusters: dict[Shape, list[Entry]] = {}
    for entry in entries(connection, wanted, version):
        if why := reasons(entry):
            clusters.setdefault(_shape(entry, why), []).append(entry)
    items = [_item(shape, members) for shape, members in clusters.items()]
    return sorted(items, key=lambda item: (-item.risk, item.ids[0]))


def reasons(entry: Entry) -> tuple[str, ...]:
    """Why a steward should look at an entry; empty where nothing is to be decided."""
    asked = []
    if entry.disagrees:
        asked.append("the machine disagrees with the decision")
    if entry.status is Status.PROPOSED:
        asked.append("nobody decided yet")
    return tuple(asked)


def _shape(entry: Entry, why: tuple[str, ...]) -> Shape:
    name = entry.field.rpartition(".")[2].lower()
    proposed = tuple(label.data_class for label in entry.proposed)
    return (name, entry.data_type, proposed, entry.data_class, why)


def _item(shape: Shape, members: Sequence[Entry]) -> QueueItem:
    _, _, proposed, data_class, why = shape
    sure = [label.confidence for entry in members for label in entry.proposed[:1]]
    owners = {entry.owner for entry in members}
    return QueueItem(
        ids=tuple(entry.id for entry in members),
        data_class=data_class,
        proposed=proposed,
        confidence=sum(sure) / len(sure) if sure else None,
        sensitivity=max((entry.sensitivity for entry in members if entry.sensitivity), default=None),
        why=why,
        risk=max(map(risk, members)) * (1 + math.log10(len(members))),
        since=min(entry.first_seen for entry in members),
        owner=owners.pop() if len(owners) == 1 else None,
    )


def risk(entry: Entry) -> float:
    """Sensitivity times doubt times size: what a wrong belief about the entry could do."""
    doubt = max(LEAST_DOUBT, 1 - (entry.confidence or 0.0))
    if entry.disagrees:
        doubt = DOUBT_OF_DISAGREEMENT
    return float(entry.sensitivity or 1) * doubt * (1 + math.log10(1 + (entry.rows or 0)))


STATUSES = "SELECT status, count(*) AS n FROM beliefs WHERE until IS NULL AND NOT gone GROUP BY status ORDER BY status"
PEOPLE = "SELECT actor, count(*) AS n FROM decisions GROUP BY actor ORDER BY n DESC, actor"
VERDICTS = """
    SELECT seen[1] AS class, count(*) AS n FROM decisions
    WHERE action = $action AND len(seen) > 0 AND id NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
    GROUP BY ALL ORDER BY class
"""


def stats(connection: Connection, version: int) -> ReviewStats:
    """How far the review is, and how often people agreed with the machine, class by class."""
    waiting = queue(connection, Filter(unclassified=True), version)
    return ReviewStats(
        statuses=_counted(connection.rows(STATUSES), "status"),
        waiting=sum(len(item.ids) for item in waiting),
        clusters=len(waiting),
        oldest=_oldest(item.since for item in waiting),
        decided_by=_counted(connection.rows(PEOPLE), "actor"),
        accepted=_counted(connection.rows(VERDICTS, {"action": "accept"}), "class"),
        rejected=dict(
            Counter(_counted(connection.rows(VERDICTS, {"action": "reject"}), "class"))
            + Counter(_counted(connection.rows(VERDICTS, {"action": "reclassify"}), "class"))
        ),
    )


def _counted(found: Iterable[dict[str, object]], key: str) -> dict[str, int]:
    return {str(row[key]): int(str(row["n"])) for row in found}


def _oldest(times: Iterable[datetime]) -> datetime | None:
    return min(times, default=None)
