"""Questions to the catalog, now or as of a time. The SQL is the rule; data comes in as parameters only."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import rows
from catalog.commit import TABLES
from catalog.database import Connection
from catalog.globs import any_of, is_glob
from catalog.interface import CoverageCell, CoverageRow, Entry, Status, UnknownEntryError
from classifiers import DataClass, Sensitivity
from scanners import Cause

ID = "concat(b.source, '/', b.dataset, '#', b.field)"
PLACE = "struct_pack(source := b.source, dataset := b.dataset, field := b.field)"


PERIOD = "b.since <= $version AND (b.until IS NULL OR b.until > $version)"


# Column by column, because whoever opens the file reads it from the disk: what nobody needs is not touched.
ENTRY = ", ".join(f"b.{name}" for name in (
    "source", "dataset", "field", "data_type", "class", "classes", "status", "coverage", "coverage_reason", "sensitivity",
    "regulations", "requirements", "owner", "purpose", "examined", "distinct_values", "matched", "first_seen", "proposed",
    "disagrees", "asked_by", "muted_until", "decided_by", "decided_at",
))  # fmt: skip


def held(where: str = "true", columns: str = ENTRY, table: str = "beliefs") -> str:
    """The query for beliefs `b` that held at `$version`, with the look at their unit that was the last one then."""
    return f"""
    SELECT {columns}, l.looked, l.run_id, l.row_count FROM {table} b JOIN looks l USING (source, dataset)
    WHERE {PERIOD} AND {where} AND l.version <= $version AND (l.until IS NULL OR l.until > $version)
    AND l.outcome <> 'gone'
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
    unexamined: bool = False  # of those without a class the ones that nobody looked at
    gone: bool = False  # also what the sources no longer have
    waiting: bool = False  # only entries that await a decision
    unmuted_at: datetime | None = None  # only entries that somebody may be asked about at this time

    def clauses(self) -> tuple[str, dict[str, Any]]:
        """As SQL conditions and their parameters."""
        found = self._flags()
        params: dict[str, Any] = {}
        for sql, name, value in (
            ("list_contains($sources, b.source)", "sources", list(self.sources)),
            ("list_contains($statuses, b.status)", "statuses", [str(status) for status in self.statuses]),
            ("coalesce(b.classes[1].confidence, 0) >= $min_confidence", "min_confidence", self.min_confidence),
            ("(b.muted_until IS NULL OR b.muted_until <= $unmuted_at)", "unmuted_at", self.unmuted_at),
        ):
            if value:
                found.append(sql)
                params[name] = value
        if self.classes:
            found.append(_holds_class(len(self.classes)))
            params |= {f"class{number}": f"\n={key}" for number, key in enumerate(self.classes)}
        if self.datasets:
            sql, said = _named("datasets", self.datasets, "b.dataset")
            found.append(sql)
            params |= said
        if self.ids:
            sql, said = _ids(self.ids)
            found.append(sql)
            params |= said
        for number, word in enumerate(self.words):
            found.append(_holds_word(word, f"$word{number}"))
            params[f"word{number}"] = word.lower()
        return " AND ".join(found), params

    def _flags(self) -> list[str]:
        flags = ["true"] if self.gone else ["NOT b.gone"]
        if not self.unclassified and Status.REJECTED not in self.statuses:
            also = " OR b.coverage = 'not_examined'" if self.unexamined else ""
            flags.append(f"(b.class IS NOT NULL{also})")
        if self.waiting:
            flags.append("b.waits IS NOT NULL")
        return flags


def _holds_class(count: int) -> str:
    """The condition that an entry holds one of some classes or one below it: a line of `listed`."""
    lines = [
        f"contains(b.listed, concat($class{number}, {end}))" for number in range(count) for end in ("'.'", "chr(10)")
    ]
    return f"({' OR '.join(lines)})"


# Column by column: DuckDB looks at each distinct text of a column once, and at a text put together every time.
SEARCHED = ("source", "dataset", "listed", "owner", "data_type", "reason", "comment")


def _holds_word(word: str, name: str) -> str:
    """The condition that an entry holds a word in its id or in what is said of it; `name` is the word's parameter."""
    told = [f"contains(lower(b.{column}), {name})" for column in SEARCHED]
    told.append(f"contains(coalesce(b.folded, b.field), {name})")
    if set(word) & {"/", "#"}:
        told.append(f"contains(lower({ID}), {name})")
    return f"({' OR '.join(told)})"


FEW = 100
MANY = f"{PLACE} IN (SELECT unnest($id_places))"


def _ids(patterns: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The condition that an entry is named by one of some ids or matched by one of some globs.

    An id does not say where its dataset ends, so every place where it could is tried; that is still cheaper than to put
    the id of every entry together. Of a glob, what stands before and after its wildcards spares most of that.
    """
    known = list(patterns)
    places = [place for pattern in known for place in _places(pattern)]
    found, params = [], {}
    if places:
        parts = {f"id_{part}s": [place[part] for place in places] for part in ("source", "dataset", "field")}
        params = {"id_places": places, **parts}
        among = " AND ".join(f"list_contains($id_{part}s, b.{part})" for part in ("source", "dataset", "field"))
        few = len(places) <= FEW  # a hash join of many ids with every belief costs more than a few comparisons
        found = [f"{among} AND " + (f"list_contains($id_places, {PLACE})" if few else MANY)]
    for number, pattern in enumerate(filter(is_glob, known)):
        texts = {"head": _head(pattern), "tail": re.split(r"[*?#/]", pattern)[-1], "like": any_of([pattern])}
        params |= {f"{part}{number}": text for part, text in texts.items()}
        found.append(
            f"starts_with(concat(b.source, '/'), $head{number}) AND ends_with(b.field, $tail{number})"
            f" AND regexp_full_match({ID}, $like{number})"
        )
    return f"({' OR '.join(f'({one})' for one in found) or 'false'})", params


def _head(pattern: str) -> str:
    """The source that a glob names with its slash, or what stands before its first wildcard."""
    plain = re.split(r"[*?]", pattern)[0]
    source, slash, _ = plain.partition("/")
    return source + slash


def _places(entry_id: str) -> list[dict[str, str]]:
    """Every source, dataset and field that an id can mean."""
    source, slash, rest = entry_id.partition("/")
    ends = [match.start() for match in re.finditer("#", rest)] if slash else []
    return [{"source": source, "dataset": rest[:end], "field": rest[end + 1 :]} for end in ends]


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


ORDER = "ORDER BY b.sensitivity DESC NULLS LAST, b.source, b.dataset, b.field"


def entries(connection: Connection, wanted: Filter, version: int, limit: int | None = None) -> list[Entry]:
    """Entries as believed at a version: the most sensitive first, then by place; all, or the first `limit`.

    Those about personal data are few. Where many are looked through for few of them, they are found by narrow columns
    before their wide rows are fetched.
    """
    where, params = wanted.clauses()
    first = "" if limit is None else f"{ORDER} LIMIT {int(limit)}"
    if not (wanted.unclassified or wanted.unexamined):
        sql = held(where, table="personal")
    elif first or wanted.words:
        sql = " UNION ALL ".join(held(f"b.rowid IN ({_found(table, where, first)})", table=table) for table in TABLES)
    else:
        sql = held(where)
    found = connection.rows(f"SELECT * FROM ({sql}) b {first or ORDER}", {**params, "version": version})  # noqa: S608 - ours
    return [rows.entry(row) for row in found]


def _found(table: str, where: str, first: str) -> str:
    return f"SELECT b.rowid FROM {table} b WHERE {PERIOD} AND {where} {first}"  # noqa: S608 - ours


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


COVERAGE = """
    WITH grouped AS (
        SELECT source, dataset, class, coverage, coverage_reason, sensitivity, count(*)::INTEGER AS n FROM beliefs
        WHERE since <= $version AND (until IS NULL OR until > $version) AND NOT gone AND {where} GROUP BY ALL
    ), counted AS (
        SELECT source, dataset, coalesce(sum(n) FILTER (coverage = 'examined'), 0)::BIGINT AS examined,
               coalesce(sum(n) FILTER (coverage = 'partial'), 0)::BIGINT AS partial,
               coalesce(sum(n) FILTER (coverage = 'not_examined'), 0)::BIGINT AS not_examined,
               coalesce(sum(n) FILTER (class IS NOT NULL), 0)::BIGINT AS classified, max(sensitivity) AS sensitivity,
               list(struct_pack(class, n)) FILTER (class IS NOT NULL) AS per_class,
               list(DISTINCT coverage_reason) FILTER (coverage_reason IS NOT NULL) AS causes
        FROM grouped GROUP BY source, dataset
    )
    SELECT c.*, l.looked AS last_scanned, l.run_id FROM counted c JOIN looks l USING (source, dataset)
    WHERE l.version <= $version AND (l.until IS NULL OR l.until > $version) AND l.outcome <> 'gone'
    ORDER BY source, dataset
"""


def coverage(connection: Connection, version: int, sources: Iterable[str] = ()) -> list[CoverageRow]:
    """What was looked at, dataset by dataset, in these sources or in all."""
    where, params = _in_sources(sources)
    return [_coverage_row(row) for row in connection.rows(COVERAGE.format(where=where), {"version": version, **params})]


CELLS = """
    SELECT source, class AS data_class, count(*) AS fields FROM beliefs b
    WHERE {period} AND NOT gone AND {where} AND class IS NOT NULL GROUP BY ALL
    UNION ALL
    SELECT source, NULL, count(*) FILTER (coverage = 'not_examined') FROM beliefs b
    WHERE {period} AND NOT gone AND {where} GROUP BY ALL
    ORDER BY source, data_class NULLS LAST
"""


def coverage_map(connection: Connection, version: int, sources: Iterable[str] = ()) -> list[CoverageCell]:
    """How many fields of each source lead with each class, and how many nobody looked at: a clean one has that line too."""
    where, params = _in_sources(sources)
    found = connection.rows(CELLS.format(period=PERIOD, where=where), {"version": version, **params})
    return [
        CoverageCell(**row | {"data_class": DataClass(row["data_class"]) if row["data_class"] else None})
        for row in found
    ]


def _in_sources(sources: Iterable[str]) -> tuple[str, dict[str, Any]]:
    wanted = list(sources)
    return ("list_contains($sources, source)", {"sources": wanted}) if wanted else ("true", {})


def _coverage_row(row: dict[str, Any]) -> CoverageRow:
    classes: Counter[str] = Counter()
    for one in row.pop("per_class") or ():
        classes[one["class"]] += one["n"]
    causes, level = row.pop("causes") or (), row.pop("sensitivity")
    return CoverageRow(
        **row,
        causes=tuple(sorted(map(Cause, causes))),
        classes=dict(sorted(classes.items())),
        sensitivity=Sensitivity(level) if level else None,
    )
