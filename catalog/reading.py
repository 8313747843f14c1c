"""Questions to the catalog, now or as of a time. The SQL is the rule; data comes in as parameters only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import rows
from catalog.database import Connection
from catalog.globs import any_of, is_glob
from catalog.interface import CoverageRow, Entry, Status, UnknownEntryError
from classifiers import Sensitivity
from scanners import Cause

ID = "concat(b.source, '/', b.dataset, '#', b.field)"


def held(where: str = "true", *, few: bool = False) -> str:
    """The query for beliefs `b` that held at `$version`, with the last look at their unit up to it.

    Where `few` are expected, only looks at the units that are left are gone through.
    """
    near = "SEMI JOIN wanted USING (source, dataset)" if few else ""
    return f"""
    WITH wanted AS {"MATERIALIZED" if few else "NOT MATERIALIZED"} (
        SELECT * FROM beliefs b WHERE b.since <= $version AND (b.until IS NULL OR b.until > $version) AND {where}
    ), looked AS (
        SELECT source, dataset, arg_max(looked, version) AS looked, arg_max(run_id, version) AS run_id,
               arg_max(row_count, version) AS row_count
        FROM looks {near} WHERE version <= $version AND outcome <> 'gone' GROUP BY source, dataset
    )
    SELECT b.*, l.looked, l.run_id, l.row_count FROM wanted b JOIN looked l USING (source, dataset)
    """  # noqa: S608 - conditions are ours, data comes in as parameters


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries: every part that is given must hold. Classes cover their children, the rest are globs or words."""

    classes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    ids: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    min_confidence: float = 0.0
    unclassified: bool = False  # entries without a class too
    gone: bool = False  # also what the sources no longer have
    waiting: bool = False  # only entries that await a decision
    unmuted_at: datetime | None = None  # only entries that somebody may be asked about at this time

    def clauses(self) -> tuple[str, dict[str, Any]]:
        """As SQL conditions and their parameters."""
        found = self._flags()
        params: dict[str, Any] = {}
        for sql, name, value in (
            (f"list_bool_or([{HAS_CLASS} FOR k IN $classes])", "classes", list(self.classes)),
            ("list_contains($sources, b.source)", "sources", list(self.sources)),
            ("list_contains($statuses, b.status)", "statuses", [str(status) for status in self.statuses]),
            ("coalesce(b.classes[1].confidence, 0) >= $min_confidence", "min_confidence", self.min_confidence),
            ("(b.muted_until IS NULL OR b.muted_until <= $unmuted_at)", "unmuted_at", self.unmuted_at),
        ):
            if value:
                found.append(sql)
                params[name] = value
        if self.ids and all("/" in pattern and not is_glob(pattern.partition("/")[0]) for pattern in self.ids):
            found.append(
                "list_contains($id_sources, b.source)"
            )  # cheap, and it spares most of the ids from being built
            params["id_sources"] = sorted({pattern.partition("/")[0] for pattern in self.ids})
        for name, patterns, column in (("datasets", self.datasets, "b.dataset"), ("ids", self.ids, ID)):
            if patterns:
                sql, said = _named(name, patterns, column)
                found.append(sql)
                params |= said
        for number, word in enumerate(self.words):
            found.append(f"contains({SEARCHED}, lower($word{number}))")
            params[f"word{number}"] = word
        return " AND ".join(found), params

    def _flags(self) -> list[str]:
        flags = ["true"] if self.gone else ["NOT b.gone"]
        if not self.unclassified and Status.REJECTED not in self.statuses:
            flags.append("b.class IS NOT NULL")
        if self.waiting:
            flags.append("(b.status = 'proposed' OR b.disagrees OR b.asked_by IS NOT NULL)")
        return flags


HAS_CLASS = "list_bool_or([c.class = k OR starts_with(c.class, concat(k, '.')) FOR c IN b.classes])"
SEARCHED = (
    f"lower(concat_ws(' ', {ID}, b.data_type, [c.class FOR c IN b.classes]::VARCHAR, b.owner, b.purpose::VARCHAR))"
)


def _named(name: str, patterns: Iterable[str], column: str) -> tuple[str, dict[str, Any]]:
    """The condition that a column is one of some names or matches one of some globs."""
    known = list(patterns)
    globs = [pattern for pattern in known if is_glob(pattern)]
    exact = f"list_contains(${name}_exact, {column})"
    if not globs:
        return exact, {f"{name}_exact": known}
    sql = f"({exact} OR regexp_full_match({column}, ${name}_like))"
    return sql, {f"{name}_exact": known, f"{name}_like": any_of(globs)}


def version(connection: Connection) -> int:
    """The last commit that changed a belief; 0 before there is any."""
    return int(connection.value("SELECT coalesce(max(version), 0) FROM commits WHERE believes"))


def version_at(connection: Connection, as_of: datetime | None) -> int:
    """The last commit up to a time; the last one of all without a time."""
    sql = "SELECT coalesce(max(version), 0) FROM commits WHERE $as_of IS NULL OR happened <= $as_of::TIMESTAMPTZ"
    return int(connection.value(sql, {"as_of": as_of}))


def entries(connection: Connection, wanted: Filter, version: int) -> list[Entry]:
    """Entries as believed at a version: the most sensitive first, then by place."""
    where, params = wanted.clauses()
    order = "ORDER BY b.sensitivity DESC NULLS LAST, b.source, b.dataset, b.field"
    return [
        rows.entry(row) for row in connection.rows(f"{held(where, few=True)} {order}", {**params, "version": version})
    ]


def resolve(connection: Connection, patterns: Iterable[str], version: int, *, every: bool = False) -> list[Entry]:
    """The entries that ids and globs name. Raises UnknownEntryError for an id or glob that names none.

    A glob means entries with a class, or with `every` the others too; an id means its entry in any case.
    """
    asked = tuple(dict.fromkeys(patterns))
    exact = tuple(pattern for pattern in asked if not is_glob(pattern))
    globs = tuple(pattern for pattern in asked if is_glob(pattern))
    found = entries(connection, Filter(ids=exact, unclassified=True), version) if exact else []
    missing = set(exact) - {entry.id for entry in found}
    if missing:
        raise unknown(min(missing), f"{len(missing)} of the ids are unknown" if len(missing) > 1 else None)
    for pattern in globs:
        matched = entries(connection, Filter(ids=(pattern,), unclassified=every), version)
        if not matched:
            raise unknown(pattern)
        found += matched
    return list({entry.id: entry for entry in found}.values())


def unknown(pattern: str, note: str | None = None) -> UnknownEntryError:
    """The error for an id or glob that names nothing."""
    error = UnknownEntryError(f"no entry {pattern}")
    error.add_note(note or "`datakeep catalog list --all` shows every entry; globs need quotes in a shell")
    return error


COVERAGE = f"""
    WITH held AS ({held("NOT b.gone")}), by_class AS (
        SELECT source, dataset, class, count(*) AS n FROM held WHERE class IS NOT NULL GROUP BY ALL
    ), counted AS (
        SELECT source, dataset, map_from_entries(list(struct_pack(k := class, v := n) ORDER BY class)) AS per_class
        FROM by_class GROUP BY ALL
    )
    SELECT source, dataset, count(*) FILTER (coverage = 'examined') AS examined,
           count(*) FILTER (coverage = 'partial') AS partial, count(*) FILTER (coverage = 'not_examined') AS not_examined,
           count(class) AS classified, max(sensitivity) AS sensitivity, any_value(looked) AS last_scanned,
           any_value(run_id) AS run_id, any_value(per_class) AS per_class,
           list_sort(list_distinct(list(coverage_reason) FILTER (coverage_reason IS NOT NULL))) AS causes
    FROM held LEFT JOIN counted USING (source, dataset) GROUP BY source, dataset ORDER BY source, dataset
"""  # noqa: S608 - both parts are ours


def coverage(connection: Connection, version: int) -> list[CoverageRow]:
    """What was looked at, dataset by dataset."""
    return [_coverage_row(row) for row in connection.rows(COVERAGE, {"version": version})]


def _coverage_row(row: dict[str, Any]) -> CoverageRow:
    return CoverageRow(
        **{key: row[key] for key in ("source", "dataset", "examined", "partial", "not_examined", "classified",
                                     "last_scanned", "run_id")},
        causes=tuple(map(Cause, row["causes"] or ())),
        classes=dict(row["per_class"] or ()),
        sensitivity=Sensitivity(row["sensitivity"]) if row["sensitivity"] else None,
    )  # fmt: skip
