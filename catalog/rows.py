"""Between the catalog's nouns and its table rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from catalog.belief import Belief
from catalog.interface import Entry, Status
from catalog.judgements import Action, Authority, Judgement
from classifiers import Classification, DataClass, Finding, Label, Mode, Sensitivity
from scanners import Cause, Coverage, Extent, Gap

Row = dict[str, Any]


def text(value: str) -> str:
    """Text that DuckDB and UTF-8 can hold: a lone surrogate (from undecodable bytes) is spelled out."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def maybe(value: str | None) -> str | None:
    """As `text`, where there is any."""
    return None if value is None else text(value)


def label_row(label: Label) -> Row:
    """A label as a struct."""
    return {
        "class": text(label.data_class),
        "entity": text(label.entity),
        "confidence": label.confidence,
        "mode": str(label.mode),
    }


def labels(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Label, ...]:
    """Labels from structs."""
    return tuple(
        Label(DataClass(row["class"]), row["entity"], row["confidence"], Mode(row["mode"])) for row in rows or ()
    )


def finding_row(finding: Finding) -> Row:
    """A finding as a struct."""
    return {
        "detector": text(finding.detector),
        "entity": text(finding.entity),
        "class": maybe(finding.data_class),
        "matched": finding.matched,
        "examined": finding.examined,
        "score": finding.score,
        "mode": str(finding.mode),
        "against": finding.against,
        "version": text(finding.version),
        "note": text(finding.note),
    }


def finding(row: Mapping[str, Any]) -> Finding:
    """A finding from a struct."""
    data_class = DataClass(row["class"]) if row["class"] is not None else None
    rest = {
        key: row[key] for key in ("detector", "entity", "matched", "examined", "score", "against", "version", "note")
    }
    return Finding(data_class=data_class, mode=Mode(row["mode"]), **rest)


def verdict_row(seen: Classification, digest: str, **place: Any) -> Row:
    """A classification as a row of `verdicts`."""
    coverage = seen.coverage
    return {
        **place,
        "data_type": text(seen.field.data_type),
        "extent": str(coverage.extent),
        "cause": coverage.cause,
        "rows_drawn": coverage.rows,
        "values_seen": coverage.values,
        "distinct_values": coverage.distinct,
        "share": coverage.share,
        "method": text(coverage.method),
        "gaps": [{"part": text(gap.part), "cause": str(gap.cause)} for gap in coverage.gaps],
        "labels": [label_row(label) for label in seen.labels],
        "alternatives": [label_row(label) for label in seen.alternatives],
        "findings": [finding_row(one) for one in seen.findings],
        "examined": seen.examined,
        "matched": seen.matched,
        "ambiguous": seen.ambiguous,
        "digest": digest,
    }


def coverage(row: Mapping[str, Any]) -> Coverage:
    """What was looked at, from a row of `verdicts`."""
    return Coverage(
        Extent(row["extent"]),
        Cause(row["cause"]) if row["cause"] else None,
        row["rows_drawn"],
        row["values_seen"],
        row["distinct_values"],
        row["share"],
        row["method"],
        tuple(Gap(gap["part"], Cause(gap["cause"])) for gap in row["gaps"]),
    )


PLAIN = ("source", "dataset", "field", "data_type", "first_seen", "owner", "examined", "matched", "gone", "disagrees",
         "ambiguous", "asked_by", "muted_until", "decision_id", "decided_by", "decided_at", "digest", "comment",
         "reason", "uid", "waits")  # fmt: skip


def belief_row(belief: Belief) -> Row:
    """A belief as a row of `beliefs`, without its period and change."""
    return {
        **{name: getattr(belief, name) for name in PLAIN},
        "class": belief.data_class,
        "classes": [label_row(label) for label in belief.labels],
        "status": str(belief.status),
        "coverage": str(belief.coverage),
        "coverage_reason": belief.coverage_reason,
        "sensitivity": int(belief.sensitivity) if belief.sensitivity else None,
        "regulations": list(belief.regulations),
        "requirements": list(belief.requirements),
        "purpose": list(belief.purpose),
        "distinct_values": belief.distinct,
        "proposed": [label_row(label) for label in belief.proposed],
        "listed": _listed(belief),
        "folded": _folded(belief.field),
    }


def _listed(belief: Belief) -> str | None:
    """Classes and purposes as one text, a line each: there are few different ones, and DuckDB searches each once."""
    classes = [f"={label.data_class}\n" for label in belief.labels]
    purposes = [f"+{name.replace(chr(10), ' ')}\n" for name in belief.purpose]
    return "\n" + "".join([*classes, *purposes]) if classes or purposes else None


def _folded(field: str) -> str | None:
    """A field's name in small letters, where it is not written so: most are, and need not be folded to be searched."""
    small = field.lower()
    return small if small != field else None


def _judged(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a belief and an entry say alike of a row, in the catalog's own types."""
    return {
        "status": Status(row["status"]),
        "coverage": Extent(row["coverage"]),
        "coverage_reason": Cause(row["coverage_reason"]) if row["coverage_reason"] else None,
        "sensitivity": Sensitivity(row["sensitivity"]) if row["sensitivity"] else None,
        "regulations": tuple(row["regulations"]),
        "requirements": tuple(row["requirements"]),
        "purpose": tuple(row["purpose"]),
        "distinct": row["distinct_values"],
    }


def belief(row: Mapping[str, Any]) -> Belief:
    """A belief from a row of `beliefs`."""
    return Belief(
        **{name: row[name] for name in PLAIN},
        **_judged(row),
        labels=labels(row["classes"]),
        proposed=labels(row["proposed"]),
    )


SAME = ("source", "dataset", "field", "data_type", "owner", "examined", "matched", "first_seen", "decided_by", "decided_at",
        "run_id", "disagrees", "asked_by", "muted_until")  # fmt: skip


def entry(row: Mapping[str, Any]) -> Entry:
    """An entry from a belief joined with the last look at its unit."""
    held = labels(row["classes"])
    leading = held[0] if held else None
    return Entry(
        **{name: row[name] for name in SAME},
        **_judged(row),
        id=f"{row['source']}/{row['dataset']}#{row['field']}",
        data_class=leading.data_class if leading else None,
        labels=held,
        entity=leading.entity or None if leading else None,
        confidence=leading.confidence if leading else None,
        mode=leading.mode if leading else None,
        last_scanned=row["looked"],
        rows=row["row_count"],
        proposed=labels(row["proposed"]),
    )


def judgement_row(one: Judgement, version: int, place: tuple[str, str, str]) -> Row:
    """A judgement as a row of `decisions`."""
    source, dataset, field = place
    return {
        "id": one.serial,
        "version": version,
        "happened": one.happened,
        "source": source,
        "dataset": dataset,
        "field": field,
        "action": str(one.action),
        "authority": str(one.authority),
        "actor": text(one.actor),
        "reason": text(one.reason),
        "labels": [label_row(label) for label in one.labels],
        "seen": [str(key) for key in one.seen],
        "valid_until": one.valid_until,
        "undoes": one.undoes,
        "seconds": one.seconds,
        "pending": one.pending,
    }


def judgement(row: Mapping[str, Any]) -> Judgement:
    """A judgement from a row of `decisions`."""
    return Judgement(
        serial=row["id"],
        id=f"{row['source']}/{row['dataset']}#{row['field']}",
        action=Action(row["action"]),
        authority=Authority(row["authority"]),
        actor=row["actor"],
        reason=row["reason"],
        happened=row["happened"],
        labels=labels(row["labels"]),
        seen=tuple(map(DataClass, row["seen"])),
        valid_until=row["valid_until"],
        undoes=row["undoes"],
        seconds=row["seconds"],
        pending=row["pending"],
    )
