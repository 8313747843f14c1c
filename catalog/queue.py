"""What awaits a steward: the riskiest first, and what looks the same as one decision."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.database import Connection
from catalog.judgements import QueueItem, ReviewStats
from catalog.reading import Filter, held
from classifiers import DataClass, Sensitivity

LEAST_DOUBT = 0.2  # even a sure proposal is a risk until somebody looked
DOUBT_OF_DISAGREEMENT = 1.5  # a person and the machine contradict each other: one of them is wrong

# Risk is sensitivity times doubt times size: what a wrong belief could do. Of a cluster it is its riskiest entry's,
# and grows with the number of entries that one decision settles.
QUEUE = f"""
    WITH waiting AS (
        SELECT *, concat(source, '/', dataset, '#', field) AS id, [p.class FOR p IN proposed] AS proposed_classes,
               lower(regexp_extract(field, '[^.]*$')) AS name, proposed[1].confidence AS confidence,
               status = 'proposed' AS undecided
        FROM ({{held}})
    ), weighed AS (
        SELECT *, coalesce(sensitivity, 1) * (1 + log10(1 + coalesce(row_count, 0)))
                  * CASE WHEN disagrees OR asked_by IS NOT NULL THEN {DOUBT_OF_DISAGREEMENT}
                         ELSE greatest({LEAST_DOUBT}, 1 - coalesce(confidence, 0)) END AS risk
        FROM waiting
    )
    SELECT list(id ORDER BY id) AS ids, class, proposed_classes, avg(confidence) AS confidence,
           max(sensitivity) AS sensitivity, undecided, disagrees, max(risk) * (1 + log10(count(*))) AS risk,
           min(first_seen) AS since, asked_by, CASE WHEN count(DISTINCT coalesce(owner, '')) = 1 THEN any_value(owner) END AS owner
    FROM weighed GROUP BY name, data_type, class, proposed_classes, undecided, disagrees, asked_by ORDER BY risk DESC, ids
"""  # noqa: S608 - constants


def queue(connection: Connection, wanted: Filter, version: int) -> list[QueueItem]:
    """Clusters of entries that await a decision, the riskiest first.

    Entries are one cluster where the field's own name, its type, what is proposed and what is asked are the same.
    """
    where, params = replace(wanted, waiting=True, unclassified=True).clauses()
    sql = QUEUE.replace("{held}", held(where))
    return [_item(row) for row in connection.rows(sql, {**params, "version": version})]


def _item(row: dict[str, Any]) -> QueueItem:
    why = (
        ("the machine disagrees with the decision", row["disagrees"]),
        (f"{row['asked_by']} asks a second person to agree to less", row["asked_by"] is not None),
        ("nobody decided yet", row["undecided"]),
    )
    return QueueItem(
        ids=tuple(row["ids"]),
        data_class=DataClass(row["class"]) if row["class"] else None,
        proposed=tuple(map(DataClass, row["proposed_classes"])),
        confidence=row["confidence"],
        sensitivity=Sensitivity(row["sensitivity"]) if row["sensitivity"] else None,
        why=tuple(words for words, so in why if so),
        risk=row["risk"],
        since=row["since"],
        owner=row["owner"],
    )


STATUSES = "SELECT status, count(*) AS n FROM beliefs WHERE until IS NULL AND NOT gone GROUP BY status ORDER BY status"
PEOPLE = "SELECT actor, count(*) AS n FROM decisions GROUP BY actor ORDER BY n DESC, actor"
VERDICTS = """
    SELECT seen[1] AS class, count(*) AS n FROM decisions
    WHERE action = $action AND len(seen) > 0 AND id NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
    GROUP BY ALL ORDER BY class
"""


def stats(connection: Connection, version: int) -> ReviewStats:
    """How far the review is, and how often people agreed with the machine, class by class."""
    waiting = queue(connection, Filter(), version)
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
