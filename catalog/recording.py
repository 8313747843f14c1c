"""Writing down what a run saw: facts appended, beliefs re-derived, decisions left as they are."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog import correlation, hints, moves, rows
from catalog.belief import Belief, decided, digest, looked, settled, unreadable
from catalog.commit import Commit, Dataset, Place, units_table
from catalog.database import Connection
from catalog.interface import Look, UnitState
from catalog.ownership import Owners, carry, declare
from catalog.replay import judged, limits
from classifiers import Classification, Label, Taxonomy
from scanners import Cause, Extent

WHOLE = "*"  # stands for a unit whose fields are not known yet
GONE = "gone"  # a look that did not find the unit any more

LAST_LOOKS = """
    SELECT looks.* FROM looks SEMI JOIN wanted USING (source, dataset) WHERE until IS NULL
"""


def record(commit: Commit, run_id: str, looks: Sequence[Look], taxonomy: Taxonomy) -> None:
    """One run's looks at some units, whichever way they ended."""
    units = [_place(look) for look in looks]
    for source, said in {look.unit.source: look.ownership for look in looks if look.ownership is not None}.items():
        declare(commit, source, said)
    changed = [unit for look, unit in zip(looks, units, strict=True) if look.state is not UnitState.UNCHANGED]
    known = commit.load(changed)
    _follow(commit, zip(looks, units, strict=True), known)
    judgements = commit.judgements(changed)
    owners = Owners.of(commit.connection, {source for source, _ in units})
    last = _last_looks(commit, units)
    wanted = limits(commit.connection)

    def judge(seen: Classification) -> tuple[Label, ...]:
        return judged(seen.labels, seen.alternatives, wanted, taxonomy)

    hinted = hints.of_units(commit, changed)
    verdicts: list[rows.Row] = []
    found: list[Belief] = []
    for look, unit in zip(looks, units, strict=True):
        after, new = _beliefs(commit, look, known.get(unit, {}), judge)
        for belief in map(owners.apply, after):
            proposed = belief.proposed or hints.labels(hinted.get(belief.place, ()))
            found.append(decided(replace(belief, proposed=proposed), judgements.get(belief.place, ()), taxonomy))
        verdicts += [_verdict(commit, run_id, unit, seen, mark) for seen, mark in new]
    _believe(commit, found, hints.learn(commit, found, hinted), taxonomy)
    commit.append("verdicts", verdicts)
    done = [(look, unit) for look, unit in zip(looks, units, strict=True) if look.state is UnitState.DONE]
    correlation.keep(commit, {unit: look.classifications for look, unit in done})
    rules = str(commit.connection.value("SELECT rules FROM runs WHERE run_id = $run_id", {"run_id": run_id}))
    pairs = zip(looks, units, strict=True)
    commit.look(_look(commit, run_id, look, last.get(unit), rules) for look, unit in pairs)


def _follow(
    commit: Commit, looks: Iterable[tuple[Look, Dataset]], known: MutableMapping[Dataset, dict[str, Belief]]
) -> None:
    """Give what is known of a field under its old name to the name it has now."""
    for look, unit in looks:
        seen = _seen(look)
        for path, old in moves.renamed(commit.by_uid, unit, seen, known.get(unit, {})).items():
            place = (unit[0], unit[1], path)
            commit.move(old, place)
            hints.carry(commit, old.place, place)
            carry(commit, old.place, place)
            commit.believe(replace(old, gone=True, decision_id=None))  # what was decided went along
            known[unit].pop(old.field if old.dataset == unit[1] else "", None)
            known[unit][path] = moves.moved(old, unit[1], path)


def _seen(look: Look) -> dict[str, Classification]:
    """What was seen of each field, by its path as the catalog writes it."""
    return {rows.text(one.field.path): one for one in look.classifications}


def _believe(commit: Commit, found: Iterable[Belief], lessons: Mapping[Place, hints.Hint], taxonomy: Taxonomy) -> None:
    """Believe what was found, and of what is like a field that somebody decided on what they said of that."""
    for belief in found:
        lesson = lessons.get(belief.place)
        told = decided(replace(belief, proposed=hints.labels([lesson])), (), taxonomy) if lesson else belief
        commit.believe(told)


def _place(look: Look) -> Dataset:
    return (rows.text(look.unit.source), rows.text(look.unit.dataset))


def _beliefs(
    commit: Commit, look: Look, known: Mapping[str, Belief], judge: Callable[[Classification], tuple[Label, ...]]
) -> tuple[list[Belief], list[tuple[Classification, str]]]:
    """The beliefs that a look leads to, and those of its classifications that say something new, with their digest."""
    if look.state is UnitState.UNCHANGED:
        return [], []
    if look.state is not UnitState.DONE:
        return _unread(commit, look, known), []
    seen = _seen(look)
    before = {path: known.get(path) or _unknown(commit, look, path) for path in seen}
    after = [looked(before[path], one, judge(one), digest(one)) for path, one in seen.items()]
    new = [
        (one, belief.digest)
        for (path, one), belief in zip(seen.items(), after, strict=True)
        if before[path].digest != belief.digest
    ]
    vanished = [belief for path, belief in known.items() if path not in seen and not belief.gone]
    if not _tells_all(look):
        vanished = [belief for belief in vanished if belief.field == WHOLE]
    return after + [replace(belief, gone=True) for belief in vanished], new


def _unread(commit: Commit, look: Look, known: Mapping[str, Belief]) -> list[Belief]:
    """A unit that could not be looked at: its fields are not examined, and stay what they were held to be."""
    alive = {path: belief for path, belief in known.items() if not belief.gone}
    for field in look.unit.fields:
        path = rows.text(field.path)
        alive.setdefault(path, known.get(path) or _unknown(commit, look, path, field.data_type))
    alive = alive or {WHOLE: known.get(WHOLE) or _unknown(commit, look, WHOLE)}
    return [unreadable(belief, look.cause) for belief in alive.values()]


def _unknown(commit: Commit, look: Look, path: str, data_type: str = "unknown") -> Belief:
    source, dataset = _place(look)
    return Belief(source, dataset, path, rows.text(data_type), first_seen=commit.now)


def _tells_all(look: Look) -> bool:
    """Whether a field that this look did not see is gone: a database lists its columns, a sample of JSON does not."""
    whole = all(one.coverage.share == 1.0 or one.coverage.method == "all" for one in look.classifications)
    return bool(look.unit.fields) or (bool(look.classifications) and whole)


def _verdict(commit: Commit, run_id: str, unit: Dataset, seen: Classification, mark: str) -> rows.Row:
    place = {"source": unit[0], "dataset": unit[1], "field": rows.text(seen.field.path)}
    return rows.verdict_row(seen, mark, version=commit.version, run_id=run_id, **place)


def _last_looks(commit: Commit, units: Iterable[Dataset]) -> dict[Dataset, dict[str, Any]]:
    with commit.connection.given(wanted=units_table(units)):
        return {(row["source"], row["dataset"]): row for row in commit.connection.rows(LAST_LOOKS)}


def _look(commit: Commit, run_id: str, look: Look, last: Mapping[str, Any] | None, rules: str) -> rows.Row:
    source, dataset = _place(look)
    base = {
        "version": commit.version,
        "run_id": run_id,
        "source": source,
        "dataset": dataset,
        "looked": commit.now,
        "outcome": str(look.state),
        "cause": look.cause,
        "message": rows.maybe(look.message),
        "rules": rules,
        "rows_drawn": look.rows,
        "values_seen": look.values,
        "bytes_read": look.size,
    }
    if look.state is UnitState.UNCHANGED and last is not None:
        kept = ("fingerprint", "complete", "row_count", "rules", *COUNTS)
        return base | {key: last[key] for key in kept}
    return base | _extents(look) | {
        "fingerprint": rows.maybe(look.unit.fingerprint),
        "complete": look.state is UnitState.DONE and look.message is None and settled(look.classifications),
        "row_count": look.unit.rows,
    }  # fmt: skip


COUNTS = ("fields_examined", "fields_partial", "fields_not_examined")


def _extents(look: Look) -> dict[str, int]:
    if look.state is not UnitState.DONE:
        return dict.fromkeys(COUNTS, 0) | {"fields_not_examined": max(1, len(look.unit.fields))}
    extents = [one.coverage.extent for one in look.classifications]
    kinds = (Extent.EXAMINED, Extent.PARTIAL, Extent.NOT_EXAMINED)
    return {name: extents.count(kind) for name, kind in zip(COUNTS, kinds, strict=True)}


def retire(commit: Commit, run_id: str, source: str, datasets: Iterable[str]) -> None:
    """What a complete listing of a source no longer has is gone. It stays on record, and comes back if it does."""
    gone = commit.load_unlisted(rows.text(source), {rows.text(name) for name in datasets})
    for belief in gone:
        commit.believe(replace(belief, gone=True))
    empty = dict.fromkeys((*COUNTS, "rows_drawn", "values_seen", "bytes_read"), 0)
    fact = {"version": commit.version, "run_id": run_id, "source": source, "looked": commit.now, "outcome": GONE,
            "rules": "", "complete": False, "until": commit.version, **empty}  # fmt: skip
    commit.append("looks", [{**fact, "dataset": name} for name in sorted({one.dataset for one in gone})])


def record_source_failure(commit: Commit, run_id: str, source: str, message: str) -> None:
    """A source that could not be listed: nothing is known of its units, so nothing about them changes."""
    empty = dict.fromkeys((*COUNTS, "rows_drawn", "values_seen", "bytes_read"), 0)
    fact = {"version": commit.version, "run_id": run_id, "source": rows.text(source), "dataset": "",
            "looked": commit.now, "outcome": str(UnitState.FAILED), "cause": str(Cause.UNREACHABLE),
            "message": rows.text(message), "rules": "", "complete": False}  # fmt: skip
    commit.look([fact | empty])


def recorded(connection: Connection, run_id: str) -> frozenset[str]:
    """Units that the run is through with, as `source/dataset`."""
    sql = """SELECT DISTINCT concat(source, '/', dataset) AS unit FROM looks
             WHERE run_id = $run_id AND outcome IN ('done', 'unchanged')"""
    return frozenset(row["unit"] for row in connection.rows(sql, {"run_id": run_id}))


FINGERPRINTS = """
    SELECT l.dataset, l.fingerprint FROM looks l
    WHERE l.until IS NULL AND l.source = $source AND ($dataset IS NULL OR l.dataset = $dataset)
    AND l.complete AND l.fingerprint IS NOT NULL AND ($rules IS NULL OR l.rules = $rules)
    AND NOT EXISTS (FROM looks g WHERE g.outcome = 'gone' AND g.source = l.source AND g.dataset = l.dataset
                    AND g.version > l.version)
    AND ($since IS NULL OR EXISTS (FROM looks d WHERE d.outcome = 'done' AND d.source = l.source
                                   AND d.dataset = l.dataset AND d.looked >= $since))
"""


def fingerprints(
    connection: Connection, source: str, rules: str | None, dataset: str | None = None, since: datetime | None = None
) -> dict[str, str]:
    """The fingerprints of a source's datasets, or of one, whose last look was complete and under these rules.

    Without those that were not examined since `since`: finding nothing changed is no examination.
    """
    params = {"source": rows.text(source), "rules": rules, "dataset": rows.maybe(dataset), "since": since}
    return {row["dataset"]: row["fingerprint"] for row in connection.rows(FINGERPRINTS, params)}


def fingerprint(connection: Connection, source: str, dataset: str, rules: str | None) -> str | None:
    """As `fingerprints`, of one dataset."""
    return fingerprints(connection, source, rules, dataset).get(rows.text(dataset))
