"""What awaits a steward: the riskiest first, and what looks the same as one decision."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.belief import known
from catalog.database import Connection, dicts
from catalog.judgements import NOBODY, Queue, QueueItem, ReviewStats
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
        SELECT w.*, {{readers}} AS readers, greatest(c.happened, coalesce(w.muted_until, c.happened)) AS began,
               coalesce(sensitivity, 1) * (1 + log10(1 + coalesce(row_count, 0))) * (1 + log2(1 + {{readers}}))
                  * CASE WHEN disagrees OR asked_by IS NOT NULL THEN {DOUBT_OF_DISAGREEMENT}
                         ELSE greatest({LEAST_DOUBT}, 1 - coalesce(confidence, 0)) END AS risk
        FROM waiting w JOIN commits c ON c.version = w.waits {{join}}
    )
    SELECT {{columns}} proposed_classes, steward, count(*) AS entries, max(sensitivity) AS sensitivity, min(began) AS since
    FROM weighed GROUP BY name, data_type, class, proposed_classes, undecided, disagrees, asked_by, steward
"""  # noqa: S608 - constants
ITEM = """
    list(place) AS places, name, data_type, class, avg(confidence) AS confidence, undecided, disagrees, asked_by,
    max(risk) * (1 + log10(count(*))) AS risk, max(readers) AS readers,
    CASE WHEN min(coalesce(owner, '')) = max(coalesce(owner, '')) THEN min(owner) END AS owner,
"""
IDS = """
    SELECT number, list(concat(source, '/', dataset, '#', field) ORDER BY source, dataset, field) AS ids
    FROM personal b JOIN wanted w ON b.rowid = w.place GROUP BY number ORDER BY number
"""
ASKED = """
    b.rowid AS place, b.source, b.dataset, b.field, b.data_type, b.class, b.proposed, b.status, b.disagrees, b.asked_by,
    b.sensitivity, b.owner, b.muted_until, b.waits
"""
READERS = pa.schema([("id", pa.string()), ("readers", pa.int64())])


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms questions are asked: the rules, the classes there are, the time, who can read what (by id)."""

    rules: Rules
    taxonomy: Taxonomy
    now: datetime | None = None
    readers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which questions: of some entries, about some classes, of one steward (`nobody`: of none), what is late alone."""

    entries: Filter
    classes: tuple[str, ...] = ()
    steward: str | None = None
    overdue: bool = False

    def takes(self, cluster: Mapping[str, Any]) -> bool:
        """Whether a cluster is asked for."""
        mine = self.steward is None or (cluster["steward"] or NOBODY) == self.steward
        return mine and (cluster["overdue"] or not self.overdue) and (not self.classes or _of(cluster, self.classes))


def queue(connection: Connection, wanted: Wanted, version: int, terms: Terms, limit: int | None = None) -> Queue:
    """Clusters of entries that await a decision, the riskiest first: all, or the first `limit`.

    Entries are one cluster where the field's own name, its type, what is proposed, what is asked and whose question it
    is are the same. Those of clusters that are not among the first are counted, and not named.
    """
    found = _clusters(connection, wanted.entries, version, terms, ITEM)
    rated = enumerate(_rated(dicts(found.drop_columns("places")), terms))
    asked = [one | {"number": number} for number, one in rated if wanted.takes(one)]
    asked.sort(key=_rank)
    first = asked[:limit]
    ids = _ids(connection, found["places"].take(pa.array((one["number"] for one in first), pa.int64())))
    return Queue(
        items=tuple(_item(one, names) for one, names in zip(first, ids, strict=True)),
        decisions=len(asked),
        entries=sum(one["entries"] for one in asked),
        overdue=sum(one["overdue"] for one in asked),
    )


def _rank(cluster: Mapping[str, Any]) -> tuple[Any, ...]:
    """The riskiest first; of the same risk in an order that does not depend on the database's."""
    texts = (cluster[name] or "" for name in ("name", "data_type", "class", "steward", "asked_by"))
    return (-cluster["risk"], *texts, cluster["proposed_classes"], cluster["undecided"], cluster["disagrees"])


def _clusters(connection: Connection, wanted: Filter, version: int, terms: Terms, columns: str) -> pa.Table:
    """The clusters with these columns, in no order."""
    where, params = replace(wanted, waiting=True, unclassified=True).clauses()
    steward, said = _steward(terms.rules)
    number, join = ("coalesce(r.readers, 0)", "LEFT JOIN readers r USING (id)") if terms.readers else ("0", "")
    parts = {"steward": steward, "columns": columns, "readers": number, "join": join}
    sql = CLUSTERS.format(held=held(where, ASKED, "personal"), **parts)
    can_read = pa.table({"id": list(terms.readers), "readers": list(terms.readers.values())}, schema=READERS)
    with connection.given(readers=can_read):
        return connection.table(sql, {**params, **said, "version": version})


def _rated(clusters: Sequence[dict[str, Any]], terms: Terms) -> Iterator[dict[str, Any]]:
    """Clusters with their sensitivity as the worst that may be so, their risk by that, and by when they are to be answered."""
    kinds = {_kind(one) for one in clusters}
    worst = {kind: _worst(kind, terms.taxonomy) for kind in kinds}  # there are few kinds, and many clusters
    for one in clusters:
        level = worst[_kind(one)]
        due = terms.rules.by(one["since"], level)
        late = terms.now is not None and due is not None and due <= terms.now
        risk = one.get("risk", 0) * (level or 1) / (one["sensitivity"] or 1)
        yield one | {"sensitivity": level, "due": due, "overdue": late, "risk": risk}


def _kind(cluster: Mapping[str, Any]) -> tuple[Any, ...]:
    return (cluster["sensitivity"], *cluster["proposed_classes"])


def _ids(connection: Connection, places: pa.ChunkedArray) -> list[tuple[str, ...]]:
    """The ids of the entries at some places, list by list."""
    lists = places.combine_chunks()
    wanted = pa.table({"number": pc.list_parent_indices(lists), "place": pc.list_flatten(lists)})
    with connection.given(wanted=wanted):
        return [tuple(row["ids"]) for row in connection.rows(IDS)]


def _of(cluster: Mapping[str, Any], classes: Iterable[str]) -> bool:
    """Whether the question is about one of these classes, held or proposed, or one below it."""
    asked = [DataClass(key) for key in (cluster["class"], *cluster["proposed_classes"]) if key is not None]
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


def _worst(kind: tuple[Any, ...], taxonomy: Taxonomy) -> Sensitivity | None:
    """The most sensitive of what is held and what the machine proposes; an unknown class counts as the worst."""
    level, *proposed = kind
    infos = [known(taxonomy, key) for key in proposed]
    held = [Sensitivity(level)] if level else []
    return max([*held, *(info.sensitivity if info else Sensitivity.CRITICAL for info in infos)], default=None)


def _item(cluster: Mapping[str, Any], ids: tuple[str, ...]) -> QueueItem:
    why = (
        ("the machine disagrees with the decision", cluster["disagrees"]),
        (f"{cluster['asked_by']} asks a second person to agree to less", cluster["asked_by"] is not None),
        ("nobody decided yet", cluster["undecided"]),
    )
    same = ("confidence", "sensitivity", "risk", "since", "owner", "steward", "due", "readers")
    return QueueItem(
        ids=ids,
        data_class=DataClass(cluster["class"]) if cluster["class"] else None,
        proposed=tuple(map(DataClass, cluster["proposed_classes"])),
        why=tuple(words for words, so in why if so),
        **{name: cluster[name] for name in same},
    )


# What is not about personal data has no status: it need only be counted.
STATUSES = f"""
    SELECT status, sum(n)::BIGINT AS n FROM (
        SELECT status, count(*) AS n FROM personal b WHERE {PERIOD} AND NOT gone GROUP BY status
        UNION ALL SELECT 'none', count(*) FROM other b WHERE {PERIOD} AND NOT gone
    ) WHERE n > 0 GROUP BY status ORDER BY status
"""  # noqa: S608 - ours
PEOPLE = "SELECT actor, count(*) AS n FROM decisions WHERE version <= $version GROUP BY actor ORDER BY n DESC, actor"
VERDICTS = """
    WITH made AS (SELECT * FROM decisions WHERE version <= $version)
    SELECT seen[1] AS class, count(*) FILTER (action = 'accept') AS accepted,
           count(*) FILTER (action IN ('reject', 'reclassify')) AS rejected FROM made
    WHERE len(seen) > 0 AND id NOT IN (SELECT undoes FROM made WHERE undoes IS NOT NULL)
    GROUP BY ALL ORDER BY class
"""


def stats(connection: Connection, version: int, terms: Terms) -> ReviewStats:
    """How far the review is, and how often people agreed with the machine, class by class; at a time, without what is muted."""
    found = dicts(_clusters(connection, Filter(unmuted_at=terms.now), version, terms, ""))
    shares: Counter[str] = Counter()
    late: Counter[str] = Counter()
    for one in _rated(found, terms):
        shares[one["steward"] or NOBODY] += one["entries"]
        late[one["steward"] or NOBODY] += one["entries"] if one["overdue"] else 0
    at = {"version": version}
    verdicts = connection.rows(VERDICTS, at)
    return ReviewStats(
        statuses=_counted(connection.rows(STATUSES, at), "status"),
        waiting=shares.total(),
        clusters=len(found),
        oldest=min((one["since"] for one in found), default=None),
        decided_by=_counted(connection.rows(PEOPLE, at), "actor"),
        accepted={row["class"]: row["accepted"] for row in verdicts if row["accepted"]},
        rejected={row["class"]: row["rejected"] for row in verdicts if row["rejected"]},
        overdue=late.total(),
        by_steward=dict(sorted(shares.items())),
        overdue_by_steward={steward: number for steward, number in sorted(late.items()) if number},
    )


def _counted(found: Iterable[dict[str, object]], key: str) -> dict[str, int]:
    return {str(row[key]): int(str(row["n"])) for row in found}
