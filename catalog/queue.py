"""What awaits a steward: the riskiest first, and what looks the same as one decision."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from catalog.database import Connection
from catalog.judgements import QueueItem, ReviewStats
from catalog.reading import WAITING, Filter, held
from catalog.terms import Rules
from classifiers import DataClass, Sensitivity

LEAST_DOUBT = 0.2  # even a sure proposal is a risk until somebody looked
DOUBT_OF_DISAGREEMENT = 1.5  # a person and the machine contradict each other: one of them is wrong

# Risk is sensitivity times doubt times size times who can read it: what a wrong belief could do; one reader doubles it.
# Of a cluster it is its riskiest entry's, and grows with the number of entries that one decision settles. A question
# waits since the field last needed no decision, or since it is there.
QUEUE = f"""
    WITH waiting AS (
        SELECT *, concat(source, '/', dataset, '#', field) AS id, [p.class FOR p IN proposed] AS proposed_classes,
               lower(regexp_extract(field, '[^.]*$')) AS name, proposed[1].confidence AS confidence,
               status = 'proposed' AS undecided, {{steward}} AS steward
        FROM ({{held}})
    ), began AS (
        SELECT source, dataset, field, coalesce(max(until) FILTER (NOT {WAITING} OR gone), min(since)) AS version
        FROM beliefs b SEMI JOIN waiting USING (source, dataset, field) WHERE since <= $version GROUP BY ALL
    ), weighed AS (
        SELECT w.*, coalesce(r.readers, 0) AS readers, greatest(c.happened, coalesce(w.muted_until, c.happened)) AS waits,
               coalesce(sensitivity, 1) * (1 + log10(1 + coalesce(row_count, 0))) * (1 + log2(1 + coalesce(r.readers, 0)))
                  * CASE WHEN disagrees OR asked_by IS NOT NULL THEN {DOUBT_OF_DISAGREEMENT}
                         ELSE greatest({LEAST_DOUBT}, 1 - coalesce(confidence, 0)) END AS risk
        FROM waiting w JOIN began n USING (source, dataset, field) JOIN commits c ON c.version = n.version
        LEFT JOIN readers r USING (id)
    )
    SELECT list(id ORDER BY id) AS ids, class, proposed_classes, avg(confidence) AS confidence,
           max(sensitivity) AS sensitivity, undecided, disagrees, max(risk) * (1 + log10(count(*))) AS risk,
           min(waits) AS since, asked_by, steward, max(readers) AS readers,
           CASE WHEN count(DISTINCT coalesce(owner, '')) = 1 THEN any_value(owner) END AS owner
    FROM weighed GROUP BY name, data_type, class, proposed_classes, undecided, disagrees, asked_by, steward
    ORDER BY risk DESC, ids
"""  # noqa: S608 - constants
READERS = pa.schema([("id", pa.string()), ("readers", pa.int64())])


def queue(
    connection: Connection, wanted: Filter, version: int, rules: Rules, readers: Mapping[str, int]
) -> list[QueueItem]:
    """Clusters of entries that await a decision, the riskiest first.

    Entries are one cluster where the field's own name, its type, what is proposed, what is asked and whose question it
    is are the same.
    """
    where, params = replace(wanted, waiting=True, unclassified=True).clauses()
    steward, said = _steward(rules)
    sql = QUEUE.replace("{held}", held(where)).replace("{steward}", steward)
    known = pa.table({"id": list(readers), "readers": list(readers.values())}, schema=READERS)
    with connection.given(readers=known):
        found = connection.rows(sql, {**params, **said, "version": version})
    return [_item(row, rules) for row in found]


def _steward(rules: Rules) -> tuple[str, dict[str, Any]]:
    """Whose question an entry is, as SQL and its parameters: the first rule that fits."""
    cases: list[str] = []
    params: dict[str, Any] = {}
    for number, one in enumerate(rules.stewards):
        tests = [f"$steward{number} IS NOT NULL"]
        for column, names in (("source", one.sources), ("owner", one.owners)):
            if names:
                tests.append(f"list_contains(${column}s{number}, {column})")
                params[f"{column}s{number}"] = list(names)
        params[f"steward{number}"] = one.steward
        cases.append(f"WHEN {' AND '.join(tests)} THEN $steward{number}")
    return (f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"), params


def _item(row: dict[str, Any], rules: Rules) -> QueueItem:
    why = (
        ("the machine disagrees with the decision", row["disagrees"]),
        (f"{row['asked_by']} asks a second person to agree to less", row["asked_by"] is not None),
        ("nobody decided yet", row["undecided"]),
    )
    sensitivity = Sensitivity(row["sensitivity"]) if row["sensitivity"] else None
    return QueueItem(
        ids=tuple(row["ids"]),
        data_class=DataClass(row["class"]) if row["class"] else None,
        proposed=tuple(map(DataClass, row["proposed_classes"])),
        confidence=row["confidence"],
        sensitivity=sensitivity,
        why=tuple(words for words, so in why if so),
        risk=row["risk"],
        since=row["since"],
        owner=row["owner"],
        steward=row["steward"],
        due=rules.by(row["since"], sensitivity),
        readers=row["readers"],
    )


STATUSES = "SELECT status, count(*) AS n FROM beliefs WHERE until IS NULL AND NOT gone GROUP BY status ORDER BY status"
PEOPLE = "SELECT actor, count(*) AS n FROM decisions GROUP BY actor ORDER BY n DESC, actor"
VERDICTS = """
    SELECT seen[1] AS class, count(*) AS n FROM decisions
    WHERE action = $action AND len(seen) > 0 AND id NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
    GROUP BY ALL ORDER BY class
"""


def stats(connection: Connection, version: int, rules: Rules, now: datetime | None) -> ReviewStats:
    """How far the review is, and how often people agreed with the machine, class by class."""
    waiting = queue(connection, Filter(), version, rules, {})
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
        overdue=sum(len(item.ids) for item in waiting if now is not None and item.overdue(now)),
        by_steward=_shares(waiting),
    )


def _counted(found: Iterable[dict[str, object]], key: str) -> dict[str, int]:
    return {str(row[key]): int(str(row["n"])) for row in found}


def _shares(waiting: Iterable[QueueItem]) -> dict[str, int]:
    """Entries that wait, by whose question they are."""
    shares: Counter[str] = Counter()
    for item in waiting:
        shares[item.steward or "nobody"] += len(item.ids)
    return dict(sorted(shares.items()))


def _oldest(times: Iterable[datetime]) -> datetime | None:
    return min(times, default=None)
