"""Deciding again from stored evidence: under other thresholds or another taxonomy, without touching a source.

Evidence is kept, so what would change can be shown before anything does. Thresholds that are applied stay in force for
later runs; a person's decision stays what it is, and disagrees where it has to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from catalog import rows
from catalog.belief import Belief, decided
from catalog.commit import Commit
from catalog.database import Connection
from classifiers import DataClass, Label, Taxonomy

Limits = Mapping[DataClass, float]

LIMITS = """
    SELECT class, min_confidence FROM thresholds
    QUALIFY row_number() OVER (PARTITION BY class ORDER BY version DESC) = 1
"""

SOURCES = "SELECT DISTINCT source FROM beliefs WHERE until IS NULL AND NOT gone ORDER BY source"

# Fields where anything could become different: something is held, was proposed, or was possible at the last look.
REPLAYED = """
    WITH evidence AS (
        SELECT source, dataset, field, arg_max(labels, version) AS found, arg_max(alternatives, version) AS possible
        FROM verdicts WHERE source = $source GROUP BY ALL
    )
    SELECT b.*, e.found, e.possible FROM beliefs b LEFT JOIN evidence e USING (source, dataset, field)
    WHERE b.until IS NULL AND NOT b.gone AND b.source = $source
    AND (len(b.classes) > 0 OR len(b.proposed) > 0 OR len(e.found) > 0 OR len(e.possible) > 0)
"""


def limits(connection: Connection) -> dict[DataClass, float]:
    """The thresholds in force, by class."""
    found = connection.rows(LIMITS)
    return {DataClass(row["class"]): row["min_confidence"] for row in found if row["min_confidence"] is not None}


def judged(found: Sequence[Label], possible: Iterable[Label], wanted: Limits, taxonomy: Taxonomy) -> tuple[Label, ...]:
    """What is proposed of a field: by the nearest threshold of each class, else as the classifier decided.

    A class that the taxonomy no longer has is renamed to what its entity stands for now.
    """
    if not wanted and all(label.data_class in taxonomy for label in found):
        return tuple(found)
    proposed: dict[DataClass, Label] = {}
    for label, held in (*((one, True) for one in found), *((one, False) for one in possible)):
        named = _renamed(label, taxonomy)
        limit = _nearest(named.data_class, wanted)
        if held if limit is None else named.confidence >= limit:
            proposed.setdefault(named.data_class, named)
    return tuple(proposed.values())


def _renamed(label: Label, taxonomy: Taxonomy) -> Label:
    now = label.data_class if label.data_class in taxonomy else taxonomy.class_of(label.entity)
    return replace(label, data_class=now or label.data_class)


def _nearest(data_class: DataClass, wanted: Limits) -> float | None:
    covering = [key for key in wanted if key.covers(data_class)]
    return wanted[max(covering, key=len)] if covering else None


def set_limits(commit: Commit, wanted: Mapping[DataClass, float | None], actor: str, reason: str) -> None:
    """Put thresholds on record."""
    base = {"version": commit.version, "happened": commit.now, "actor": rows.text(actor), "reason": rows.text(reason)}
    commit.append("thresholds", [{**base, "class": key, "min_confidence": limit} for key, limit in wanted.items()])


def replay(commit: Commit, wanted: Limits, taxonomy: Taxonomy) -> list[tuple[Belief, Belief]]:
    """Every belief that evidence, thresholds and taxonomy lead to now, beside what it was; only those that differ."""
    sources = [str(row["source"]) for row in commit.connection.rows(SOURCES)]
    return [pair for source in sources for pair in _replayed(commit, source, wanted, taxonomy)]


def _replayed(commit: Commit, source: str, wanted: Limits, taxonomy: Taxonomy) -> Iterator[tuple[Belief, Belief]]:
    """The same of one source: the evidence of all of them at once would fill the memory."""
    found = commit.connection.rows(REPLAYED, {"source": source})
    judgements = commit.judgements({(source, row["dataset"]) for row in found})
    for row in found:
        before = rows.belief(row)
        proposed = judged(_labels(row["found"], before), rows.labels(row["possible"]), wanted, taxonomy)
        after = decided(replace(before, proposed=proposed), judgements.get(before.place, ()), taxonomy)
        if after != before:
            commit.remember(before)
            commit.believe(after)
            yield before, after


def _labels(found: Sequence[Mapping[str, object]] | None, before: Belief) -> tuple[Label, ...]:
    """What the last look found; a look that saw less than one before it left that one's proposal standing."""
    return rows.labels(found) if found else before.proposed
