"""What awaits a steward: the riskiest first, and what looks the same as one decision."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from catalog.belief import known
from catalog.database import Connection
from catalog.judgements import NOBODY, QueueItem, ReviewStats
from catalog.reading import PERIOD, Filter, held
from catalog.terms import Rules
from classifiers import DataClass, Sensitivity, Taxonomy

LEAST_DOUBT = 0.2  # even a sure proposal is a risk until somebody looked
DOUBT_OF_DISAGREEMENT = 1.5  # a person and the machine contradict each other: one of them is wrong

# Risk is sensitivity times doubt times size times who can read it: what a wrong belief could do; one reader doubles it.
# Of a cluster it is its riskiest entry's, and grows with the number of entries that one decision settles. A question
# waits since the field last needed no decision, or since it is there; one that was muted, since it may be asked.
CLUSTERS = f"""
    WITH waiting AS (
        SELECT *, concat(source, '/', dataset, '#', field) AS id, [p.class FOR p IN proposed] AS proposed_classes,
               lower(CASE WHEN contains(field, '.') THEN regexp_extract(field, '[^.]*$') ELSE field END) AS name,
               proposed[1].confidence AS confidence, status = 'proposed' AS undecided, {{steward}} AS steward
        FROM ({{held}})
    ), weighed AS (
        SELECT w.*, coalesce(r.readers, 0) AS readers, greatest(c.happened, coalesce(w.muted_until, c.happened)) AS began,
               coalesce(sensitivity, 1) * (1 + log10(1 + coalesce(row_count, 0))) * (1 + log2(1 + coalesce(r.readers, 0)))
                  * CASE WHEN disagrees OR asked_by IS NOT NULL THEN {DOUBT_OF_DISAGREEMENT}
                         ELSE greatest({LEAST_DOUBT}, 1 - coalesce(confidence, 0)) END AS risk
        FROM waiting w JOIN commits c ON c.version = w.waits LEFT JOIN readers r USING (id)
    )
    SELECT {{columns}}, steward, max(sensitivity) AS sensitivity, min(began) AS since FROM weighed
    GROUP BY name, data_type, class, proposed_classes, undecided, disagrees, asked_by, steward
"""  # noqa: S608 - constants
ITEM = """
    list(id ORDER BY id) AS ids, class, proposed_classes, avg(confidence) AS confidence, undecided, disagrees, asked_by,
    max(risk) * (1 + log10(count(*))) AS risk, max(readers) AS readers,
    CASE WHEN count(DISTINCT coalesce(owner, '')) = 1 THEN any_value(owner) END AS owner
"""
ASKED = """
    b.source, b.dataset, b.field, b.data_type, b.class, b.proposed, b.status, b.disagrees, b.asked_by, b.sensitivity,
    b.owner, b.muted_until, b.waits
"""
READERS = pa.schema([("id", pa.string()), ("readers", pa.int64())])


def queue(  # noqa: PLR0913, PLR0917 - what is asked, and on which terms
    connection: Connection, wanted: Filter, version: int, rules: Rules, taxonomy: Taxonomy, readers: Mapping[str, int]
) -> list[QueueItem]:
    """Clusters of entries that await a decision, the riskiest first.

    Entries are one cluster where the field's own name, its type, what is proposed, what is asked and whose question it
    is are the same.
    """
    found = _clusters(connection, wanted, version, rules, readers, ITEM)
    items = sorted((_item(row, rules, taxonomy) for row in found), key=lambda item: (-item.risk, item.ids))
    return [item for item in items if not wanted.classes or _of(item, wanted.classes)]


def _clusters(  # noqa: PLR0913, PLR0917 - what is asked, and on which terms
    connection: Connection, wanted: Filter, version: int, rules: Rules, readers: Mapping[str, int], columns: str
) -> list[dict[str, Any]]:
    """The clusters with these columns, in no order."""
    where, params = replace(wanted, classes=(), waiting=True, unclassified=True).clauses()
    steward, said = _steward(rules)
    sql = CLUSTERS.format(held=held(where, ASKED), steward=steward, columns=columns)
    can_read = pa.table({"id": list(readers), "readers": list(readers.values())}, schema=READERS)
    with connection.given(readers=can_read):
        return connection.rows(sql, {**params, **said, "version": version})


def _of(item: QueueItem, classes: Iterable[str]) -> bool:
    """Whether the question is about one of these classes, held or proposed, or one below it."""
    asked = [key for key in (item.data_class, *item.proposed) if key is not None]
    return any(DataClass(wanted).covers(key) for wanted in classes for key in asked)


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


def _worst(row: Mapping[str, Any], taxonomy: Taxonomy) -> Sensitivity | None:
    """The most sensitive of what is held and what the machine proposes; an unknown class counts as the worst."""
    held = [Sensitivity(row["sensitivity"])] if row["sensitivity"] else []
    infos = [known(taxonomy, key) for key in row["proposed_classes"]]
    return max([*held, *(info.sensitivity if info else Sensitivity.CRITICAL for info in infos)], default=None)


def _item(row: dict[str, Any], rules: Rules, taxonomy: Taxonomy) -> QueueItem:
    why = (
        ("the machine disagrees with the decision", row["disagrees"]),
        (f"{row['asked_by']} asks a second person to agree to less", row["asked_by"] is not None),
        ("nobody decided yet", row["undecided"]),
    )
    sensitivity = _worst(row, taxonomy)
    return QueueItem(
        ids=tuple(row["ids"]),
        data_class=DataClass(row["class"]) if row["class"] else None,
        proposed=tuple(map(DataClass, row["proposed_classes"])),
        confidence=row["confidence"],
        sensitivity=sensitivity,
        why=tuple(words for words, so in why if so),
        risk=row["risk"] * (sensitivity or 1) / (row["sensitivity"] or 1),
        since=row["since"],
        owner=row["owner"],
        steward=row["steward"],
        due=rules.by(row["since"], sensitivity),
        readers=row["readers"],
    )


STATUSES = f"SELECT status, count(*) AS n FROM beliefs b WHERE {PERIOD} AND NOT gone GROUP BY status ORDER BY status"  # noqa: S608 - ours
PEOPLE = "SELECT actor, count(*) AS n FROM decisions WHERE version <= $version GROUP BY actor ORDER BY n DESC, actor"
VERDICTS = """
    WITH made AS (SELECT * FROM decisions WHERE version <= $version)
    SELECT seen[1] AS class, count(*) AS n FROM made
    WHERE action = $action AND len(seen) > 0 AND id NOT IN (SELECT undoes FROM made WHERE undoes IS NOT NULL)
    GROUP BY ALL ORDER BY class
"""


def stats(connection: Connection, version: int, rules: Rules, taxonomy: Taxonomy, now: datetime | None) -> ReviewStats:
    """How far the review is, and how often people agreed with the machine, class by class; with `now`, without what is muted."""
    columns = "proposed_classes, count(*) AS entries"
    waiting = _clusters(connection, Filter(unmuted_at=now), version, rules, {}, columns)
    shares: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for one in waiting:
        due = rules.by(one["since"], _worst(one, taxonomy))
        shares[one["steward"] or NOBODY] += one["entries"]
        late[one["steward"] or NOBODY] += one["entries"] if now is not None and due is not None and due <= now else 0
    at = {"version": version}
    counts = {
        action: Counter(_counted(connection.rows(VERDICTS, {**at, "action": action}), "class"))
        for action in ("accept", "reject", "reclassify")
    }
    return ReviewStats(
        statuses=_counted(connection.rows(STATUSES, at), "status"),
        waiting=shares.total(),
        clusters=len(waiting),
        oldest=min((one["since"] for one in waiting), default=None),
        decided_by=_counted(connection.rows(PEOPLE, at), "actor"),
        accepted=dict(counts["accept"]),
        rejected=dict(counts["reject"] + counts["reclassify"]),
        overdue=late.total(),
        by_steward=dict(sorted(shares.items())),
        overdue_by_steward={steward: number for steward, number in sorted(late.items()) if number},
    )


def _counted(found: Iterable[dict[str, object]], key: str) -> dict[str, int]:
    return {str(row[key]): int(str(row["n"])) for row in found}
