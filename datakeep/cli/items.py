"""What the catalog answers, as the items that commands print, and the columns of their tables."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datakeep.cli.render import counted, note, show

if TYPE_CHECKING:
    from catalog import Change, CoverageCell, CoverageRow, Explanation, Judgement
    from classifiers import Finding

COVERAGE_COLUMNS = ("source", "dataset", "examined", "partial", "not_examined", "classified", "sensitivity", "causes",
                    "last_scanned")  # fmt: skip
NOT_EXAMINED = "not examined"
SHADES = "░▒▓█"
CHANGE_COLUMNS = ("id", "kind", "before", "after", "happened", "actor", "run_id")
HISTORY_COLUMNS = CHANGE_COLUMNS[1:]  # of one entry


def covered(row: "CoverageRow") -> dict[str, Any]:
    """A dataset's coverage as an item."""
    return {
        "source": row.source,
        "dataset": row.dataset,
        "examined": row.examined,
        "partial": row.partial,
        "not_examined": row.not_examined,
        "classified": row.classified,
        "sensitivity": row.sensitivity.word if row.sensitivity else None,
        "classes": row.classes,
        "causes": list(row.causes),
        "last_scanned": row.last_scanned.isoformat(),
        "run_id": row.run_id,
    }


def cell(one: "CoverageCell") -> dict[str, Any]:
    """A cell of the coverage map as an item."""
    return {"source": one.source, "class": one.data_class or NOT_EXAMINED, "fields": one.fields}


def heat_map(items: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """The same as a map, a class a line and a source a column, darker where there is more; with its columns."""
    sources = tuple(dict.fromkeys(item["source"] for item in items))
    most = max((item["fields"] for item in items), default=0)
    lines: dict[str, dict[str, str]] = {}
    for item in sorted(items, key=lambda item: (item["class"] == NOT_EXAMINED, item["class"])):
        if item["fields"]:
            line = lines.setdefault(item["class"], {"class": item["class"]})
            line[item["source"]] = f"{item['fields']:>5} {_shade(item['fields'], most)}"
    return list(lines.values()), ("class", *sources)


def _shade(number: int, most: int) -> str:
    """How dark a number is beside the largest: by its order of magnitude, since a few columns matter too."""
    return SHADES[min(len(SHADES) - 1, int(len(SHADES) * math.log1p(number) / math.log1p(most)))]


def changed(one: "Change") -> dict[str, Any]:
    """A change as an item."""
    return {
        "id": one.id,
        "kind": one.kind,
        "before": one.before,
        "after": one.after,
        "happened": one.happened.isoformat(),
        "actor": one.actor,
        "run_id": one.run_id,
        "version": one.version,
    }


def show_changes(items: Sequence[Mapping[str, Any]], form: str) -> None:
    """Changes as asked for; a table counts fields that came and went without a class, the other formats name them."""
    if form != "table":
        show(items, form, CHANGE_COLUMNS)
        return
    told = [one for one in items if one["before"] or one["after"] or one["kind"] not in {"new", "gone", "back"}]
    show(told, form, CHANGE_COLUMNS)
    if left := len(items) - len(told):
        note(f"and {counted(left, 'field', 'fields')} without a class, new or gone: --format json names them")


def explained_item(why: "Explanation") -> dict[str, Any]:
    """An explanation as an item: evidence says what it speaks for or against, and never a value."""
    entry, seen = why.entry, why.coverage
    return {
        "id": entry.id,
        "class": entry.data_class,
        "status": entry.status,
        "confidence": entry.confidence,
        "proposed": [{"class": one.data_class, "confidence": one.confidence} for one in why.proposed],
        "alternatives": [{"class": one.data_class, "confidence": one.confidence} for one in why.alternatives],
        "disagrees": entry.disagrees,
        "coverage": {
            "extent": entry.coverage,
            "reason": entry.coverage_reason,
            "rows": seen.rows if seen else 0,
            "values": seen.values if seen else 0,
            "distinct": seen.distinct if seen else 0,
            "share": seen.share if seen else None,
            "method": seen.method if seen else None,
            "gaps": [{"part": gap.part, "cause": gap.cause} for gap in seen.gaps] if seen else [],
        },
        "evidence": [_evidence(one) for one in why.findings],
        "requirements": [str(duty) for duty in why.reasons],
        "decisions": [_decided(one) for one in why.judgements],
        "changes": [changed(one) for one in why.changes],
    }


def _evidence(one: "Finding") -> dict[str, Any]:
    return {
        "speaks": "against" if one.against else "for",
        "detector": one.detector,
        "version": one.version,
        "entity": one.entity,
        "class": one.data_class,
        "matched": one.matched,
        "examined": one.examined,
        "score": one.score,
        "mode": one.mode,
        "note": one.note,
    }


def _decided(one: "Judgement") -> dict[str, Any]:
    return {
        "serial": one.serial,
        "happened": one.happened.isoformat(),
        "authority": one.authority,
        "actor": one.actor,
        "action": one.action,
        "classes": [label.data_class for label in one.labels],
        "seen": list(one.seen),
        "reason": one.reason,
        "valid_until": one.valid_until.isoformat() if one.valid_until else None,
        "undoes": one.undoes,
    }
