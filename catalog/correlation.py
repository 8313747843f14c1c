"""Which fields share their values with one whose class is known: found by their sketches, at the end of a run.

Nothing of this needs a source or a key: sketches are compared with each other alone. A table of which only a part was
drawn shows less in common than there is, so it is never too much that is claimed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from catalog import hints, rows
from catalog.commit import Commit, Dataset, Place, units_table
from catalog.hints import Hint, Via
from classifiers import Classification, DataClass, Label, Mode, Taxonomy, shared

ALIKE = 0.5  # of a field's values are another's: from here on they are told apart from chance by five standard errors
FEWEST = 16  # hashes that two sketches have in common, before they are compared at all
COMPARED = 5  # fields that a field is compared with, those with most hashes in common

# A field that holds a class by a hint alone passes on nothing, and is asked again.
PAIRS = f"""
    WITH fresh AS (
        SELECT DISTINCT source, dataset FROM looks WHERE run_id = $run_id AND outcome = 'done'
    ), hinted AS (
        {hints.LAST.format(where="via = 'values'")}
    ), known AS (
        SELECT s.*, b.classes[1] AS label, b.class IS NULL OR h.class IS NOT NULL AS silent, b.decision_id,
               f.source IS NOT NULL AS fresh
        FROM sketches s JOIN beliefs b USING (source, dataset, field)
        LEFT JOIN hinted h USING (source, dataset, field) LEFT JOIN fresh f ON f.source = s.source AND f.dataset = s.dataset
        WHERE b.until IS NULL AND NOT b.gone
    ), seekers AS (
        SELECT source, dataset, field, fresh, unnest(hashes) AS hash FROM known WHERE silent AND decision_id IS NULL
    ), holders AS (
        SELECT source, dataset, field, fresh, unnest(hashes) AS hash FROM known WHERE NOT silent OR decision_id IS NOT NULL
    ), pairs AS (
        SELECT s.source, s.dataset, s.field, h.source AS origin_source, h.dataset AS origin_dataset,
               h.field AS origin_field, count(*) AS common
        FROM seekers s JOIN holders h USING (hash) WHERE s.fresh OR h.fresh GROUP BY ALL HAVING count(*) >= {FEWEST}
    ), closest AS (
        FROM pairs
        QUALIFY row_number() OVER (PARTITION BY source, dataset, field ORDER BY common DESC) <= {COMPARED}
    )
    SELECT p.*, o.label, a.hashes AS mine, a.distinct_values AS mine_count, o.hashes AS others,
           o.distinct_values AS others_count
    FROM closest p JOIN known a USING (source, dataset, field) JOIN known o ON o.source = p.origin_source
    AND o.dataset = p.origin_dataset AND o.field = p.origin_field WHERE o.label IS NOT NULL
"""  # noqa: S608 - both parts are ours

# Hints by values that may have ended: either field was looked at by the run, or the origin holds the class no more.
DOUBTFUL = f"""
    WITH fresh AS (
        SELECT DISTINCT source, dataset FROM looks WHERE run_id = $run_id AND outcome = 'done'
    ), hinted AS (
        {hints.LAST.format(where="via = 'values'")}
    )
    SELECT h.* FROM hinted h LEFT JOIN beliefs o ON o.until IS NULL AND NOT o.gone AND o.source = h.origin_source
    AND o.dataset = h.origin_dataset AND o.field = h.origin_field AND o.class = h.class
    WHERE o.class IS NULL OR (h.source, h.dataset) IN (SELECT (source, dataset) FROM fresh)
    OR (h.origin_source, h.origin_dataset) IN (SELECT (source, dataset) FROM fresh)
"""  # noqa: S608


def keep(commit: Commit, seen: Mapping[Dataset, Sequence[Classification]]) -> None:
    """The sketches of what was looked at, in place of those of the look before."""
    if not seen:
        return
    with commit.connection.given(wanted=units_table(seen)):
        commit.connection.run("DELETE FROM sketches WHERE (source, dataset) IN (SELECT (source, dataset) FROM wanted)")
    commit.append(
        "sketches", [_row(commit.version, unit, one) for unit, found in seen.items() for one in found if one.sketch]
    )


def _row(version: int, unit: Dataset, seen: Classification) -> rows.Row:
    return {"version": version, "source": unit[0], "dataset": unit[1], "field": rows.text(seen.field.path),
            "distinct_values": seen.coverage.distinct, "hashes": list(seen.sketch)}  # fmt: skip


def correlate(commit: Commit, run_id: str, taxonomy: Taxonomy) -> list[Hint]:
    """Propose what a run showed to share its values with a class, and take back what it showed not to any more."""
    params = {"run_id": run_id, "version": commit.version}
    found = _best(commit.connection.rows(PAIRS, params))
    before = [hints.hint(row) for row in commit.connection.rows(DOUBTFUL, params)]
    over = [replace(hint, label=None) for hint in before if hint.place not in found]
    known = {(hint.place, hint.origin, hint.share, hint.label) for hint in before}
    new = [hint for hint in found.values() if (hint.place, hint.origin, hint.share, hint.label) not in known]
    hints.say(commit, [*over, *new], taxonomy)
    return new


def _best(pairs: Iterable[Mapping[str, object]]) -> dict[Place, Hint]:
    """For each field the one that it shares most with, where that is enough."""
    found: dict[Place, Hint] = {}
    for pair in pairs:
        hint = _compared(pair)
        if hint.share >= ALIKE and (hint.place not in found or hint.share > found[hint.place].share):
            found[hint.place] = hint
    return found


def _compared(pair: Mapping[str, object]) -> Hint:
    mine, others = (tuple(_list(pair[name])) for name in ("mine", "others"))
    share = round(shared(mine, int(str(pair["mine_count"])), others, int(str(pair["others_count"]))), 2)
    held = pair["label"]
    assert isinstance(held, dict)  # noqa: S101 - a struct of the database
    label = Label(DataClass(held["class"]), held["entity"], share, Mode(held["mode"]))
    place = (str(pair["source"]), str(pair["dataset"]), str(pair["field"]))
    origin = (str(pair["origin_source"]), str(pair["origin_dataset"]), str(pair["origin_field"]))
    return Hint(place, Via.VALUES, origin, share, label)


def _list(numbers: object) -> list[int]:
    return list(numbers) if isinstance(numbers, list) else []
