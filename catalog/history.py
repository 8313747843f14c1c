"""Runs and what they changed: the past, as the commits have it."""

from collections.abc import Iterable
from typing import Any

from catalog import hints, reading, rows
from catalog.commit import Commit
from catalog.database import Connection
from catalog.interface import (
    CatalogError,
    Change,
    ChangeKind,
    Explanation,
    Problem,
    Run,
    RunStatus,
    UnitState,
)
from catalog.judgements import Judgement
from catalog.moves import Place, former, moves
from classifiers import DataClass
from scanners import Cause

TOTAL = """
    SELECT count(*) FROM personal WHERE class IS NOT NULL AND NOT gone AND since <= $version
    AND (until IS NULL OR until > $version) AND source IN (SELECT unnest(sources) FROM runs WHERE run_id = $run_id)
"""

# The last look that a run had at each unit: a unit that was tried again counts once.
RUNS = """
    WITH finals AS (
        SELECT l.* FROM looks l LEFT JOIN commits again ON again.version = l.until AND again.run_id = l.run_id
        WHERE ($run_id IS NULL OR l.run_id = $run_id) AND l.outcome <> 'gone' AND again.version IS NULL
    ), counted AS (
        SELECT run_id, count(*) FILTER (dataset <> '') AS total, count(*) FILTER (outcome = 'done') AS done,
               count(*) FILTER (outcome = 'failed' AND dataset <> '') AS failed,
               count(*) FILTER (outcome = 'skipped') AS skipped, count(*) FILTER (outcome = 'unchanged') AS unchanged,
               sum(fields_examined) AS examined, sum(fields_partial) AS partial,
               sum(fields_not_examined) AS not_examined,
               sum(rows_drawn) AS rows_drawn, sum(values_seen) AS values_seen, sum(bytes_read) AS bytes_read,
               list(struct_pack(source, dataset, cause, message) ORDER BY source, dataset)
                   FILTER (outcome IN ('failed', 'skipped') OR message IS NOT NULL) AS errors
        FROM finals GROUP BY run_id
    ), changed AS (
        SELECT c.run_id, count(*) FILTER (b.change IN ('found', 'new', 'back') AND b.class IS NOT NULL) AS new,
               count(*) FILTER (b.change IN ('raised', 'lowered', 'changed', 'unseen')) AS changed,
               count(*) FILTER (b.change = 'gone' AND b.class IS NOT NULL) AS gone
        FROM beliefs b JOIN commits c ON c.version = b.since
        WHERE (b.class IS NOT NULL OR b.change IN ('lowered', 'unseen')) AND b.change NOT IN ('details', 'renamed')
        AND ($run_id IS NULL OR c.run_id = $run_id) GROUP BY ALL
    ), ends AS (
        SELECT run_id, arg_max(status, version) AS status, max(ended) AS ended, max(version) AS last,
               arg_max(entries, version) AS held
        FROM run_ends GROUP BY run_id
    )
    SELECT r.*, e.status, e.ended, e.held, coalesce(e.last, r.version) AS last, n.* EXCLUDE (run_id),
           c.* EXCLUDE (run_id)
    FROM runs r LEFT JOIN ends e USING (run_id) LEFT JOIN counted n USING (run_id) LEFT JOIN changed c USING (run_id)
    WHERE $run_id IS NULL OR r.run_id = $run_id ORDER BY r.version
"""

# A belief's predecessor ended where it began, so neither is looked for outside of the commits that are asked about.
CHANGES = """
    SELECT concat(b.source, '/', b.dataset, '#', b.field) AS id, b.change, b.since, c.happened, c.run_id, c.actor,
           p.class AS before, b.class AS after
    FROM (SELECT * FROM beliefs WHERE since > $after AND since <= $upto AND {where}) b
    JOIN commits c ON c.version = b.since
    LEFT JOIN (SELECT * FROM beliefs WHERE until > $after AND until <= $upto AND {where}) p
    ON p.until = b.since AND p.source = b.source AND p.dataset = b.dataset AND p.field = b.field
    WHERE $run_id IS NULL OR c.run_id = $run_id
    ORDER BY b.since, id
"""
OF_FIELD = "source = $source AND dataset = $dataset AND field = $field"


def start_run(commit: Commit, sources: Iterable[str], engine: str, rules: str) -> str:
    """Put a run on record; its id counts up."""
    number = int(commit.connection.value("SELECT count(*) + 1 FROM runs"))
    run_id = f"run-{number}"
    fact = {"run_id": run_id, "version": commit.version, "started": commit.now, "sources": list(sources),
            "engine": engine, "rules": rules}  # fmt: skip
    commit.append("runs", [fact])
    return run_id


def finish_run(commit: Commit, run_id: str, status: RunStatus) -> None:
    """Put a run's end on record; a run that is resumed ends again."""
    fact = {"run_id": run_id, "version": commit.version, "ended": commit.now, "status": str(status), "completed": [],
            "entries": _held(commit.connection, run_id, commit.version)}  # fmt: skip
    commit.append("run_ends", [fact])


def _held(connection: Connection, run_id: str, version: int) -> int:
    """How many entries the sources of a run had at a version."""
    return int(connection.value(TOTAL, {"run_id": run_id, "version": version}))


def runs(connection: Connection, run_id: str | None = None) -> list[Run]:
    """All runs in order, or the one asked for."""
    return [_run(connection, row) for row in connection.rows(RUNS, {"run_id": run_id})]


def run(connection: Connection, run_id: str) -> Run:
    """One run. Raises CatalogError for one that there is not."""
    return next(iter(runs(connection, _run_id(run_id)))) if _row(connection, run_id) else _raise(run_id)


def _row(connection: Connection, run_id: str) -> bool:
    return bool(connection.value("SELECT count(*) FROM runs WHERE run_id = $run_id", {"run_id": _run_id(run_id)}))


def _run_id(name: str) -> str:
    """`7` means `run-7`."""
    return f"run-{name}" if name.isdigit() else name


def _raise(run_id: str) -> Any:
    error = CatalogError(f"no run {run_id}")
    error.add_note("`datakeep run list` shows every run")
    raise error


def _run(connection: Connection, row: dict[str, Any]) -> Run:
    held = _held(connection, row["run_id"], _last(connection, row)) if row["held"] is None else int(row["held"])
    return Run(
        run_id=row["run_id"],
        status=RunStatus(row["status"] or RunStatus.INTERRUPTED),
        started=row["started"],
        ended=row["ended"],
        sources=tuple(row["sources"]),
        engine=row["engine"],
        units={key: int(row[key] or 0) for key in ("total", *map(str, UnitState))},
        fields={key: int(row[key] or 0) for key in ("examined", "partial", "not_examined")},
        entries={"total": held} | {key: int(row[key] or 0) for key in ("new", "changed", "gone")},
        rows=int(row["rows_drawn"] or 0),
        values=int(row["values_seen"] or 0),
        bytes=int(row["bytes_read"] or 0),
        errors=tuple(_problem(one) for one in row["errors"] or ()),
    )


def _last(connection: Connection, row: dict[str, Any]) -> int:
    """The last commit of a run; of one that never ended, the last one that it made."""
    if row["status"]:
        return int(row["last"])
    sql = "SELECT coalesce(max(version), 0) FROM commits WHERE run_id = $run_id"
    return int(connection.value(sql, {"run_id": row["run_id"]}))


def _problem(row: dict[str, Any]) -> Problem:
    cause = Cause(row["cause"]) if row["cause"] else None
    return Problem(row["source"], row["dataset"] or None, cause, row["message"])


def span(connection: Connection, run_id: str) -> tuple[int, int]:
    """The commits just before a run and at its end. Raises CatalogError for a run that there is not."""
    found = connection.rows(RUNS, {"run_id": _run_id(run_id)})
    if not found:
        _raise(run_id)
    return int(found[0]["version"]) - 1, _last(connection, found[0])


def changes(
    connection: Connection,
    *,
    after: int = 0,
    upto: int | None = None,
    run_id: str | None = None,
    place: tuple[str, str, str] | None = None,
) -> list[Change]:
    """Every change of belief after one commit up to another, of one run or of one entry where asked."""
    last = upto if upto is not None else reading.version_at(connection, None)
    params: dict[str, Any] = {"after": after, "upto": last, "run_id": run_id}
    if place is not None:
        params |= dict(zip(("source", "dataset", "field"), place, strict=True))
    sql = CHANGES.format(where=OF_FIELD if place is not None else "true")
    return [_change(row) for row in connection.rows(sql, params)]


def _change(row: dict[str, Any]) -> Change:
    before, after = (DataClass(row[key]) if row[key] else None for key in ("before", "after"))
    kind = ChangeKind(row["change"])
    return Change(row["id"], kind, row["since"], row["happened"], row["run_id"], before, after, row["actor"])


def explain(connection: Connection, entry_id: str, version: int) -> Explanation:
    """Why an entry is what it is: the last evidence that said something, every decision, every change.

    Answers for what is gone too. Raises UnknownEntryError.
    """
    known = reading.entries(connection, reading.Filter(ids=(entry_id,), unclassified=True, gone=True), version)
    entry = next((one for one in known if one.id == entry_id), None)
    if entry is None:
        raise reading.unknown(entry_id)
    place = {"source": entry.source, "dataset": entry.dataset, "field": entry.field, "version": version}
    verdict = connection.rows(LAST_VERDICT, place)
    spans = former((entry.source, entry.dataset, entry.field), moves(connection, [entry.source], version))
    last = verdict[0] if verdict else None
    return Explanation(
        entry=entry,
        coverage=rows.coverage(last) if last else None,
        proposed=rows.labels(last["labels"]) if last else (),
        alternatives=rows.labels(last["alternatives"]) if last else (),
        findings=(
            *map(rows.finding, last["findings"] if last else ()),
            *(one.finding() for one in hints.of_place(connection, place)),
        ),
        judgements=tuple(judgement for span in spans for judgement in _judgements(connection, span, version)),
        changes=tuple(
            one
            for where, first, last in spans
            for one in changes(connection, after=first - 1, upto=min(last, version), place=where)
        ),
    )


LAST_VERDICT = f"SELECT * FROM verdicts WHERE {OF_FIELD} AND version <= $version ORDER BY version DESC LIMIT 1"  # noqa: S608
DECISIONS = f"SELECT * FROM decisions WHERE {OF_FIELD} AND version BETWEEN $first AND $last ORDER BY id"  # noqa: S608


def _judgements(connection: Connection, span: tuple[Place, int, int], version: int) -> list[Judgement]:
    """The decisions on a field while it was at one place."""
    (source, dataset, field), first, last = span
    params = {"source": source, "dataset": dataset, "field": field, "first": first, "last": min(last, version)}
    return [rows.judgement(row) for row in connection.rows(DECISIONS, params)]
