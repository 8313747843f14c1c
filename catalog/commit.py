"""One commit: facts appended and beliefs replaced, under one version, in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa

from catalog import rows
from catalog.belief import Belief, change
from catalog.database import Connection, Database
from catalog.interface import ChangeKind
from catalog.judgements import Judgement
from catalog.moves import BY_UID, Move, home, moves
from catalog.rows import Row

Place = tuple[str, str, str]  # source, dataset, field
Dataset = tuple[str, str]  # source, dataset

UNITS = pa.schema([("source", pa.string()), ("dataset", pa.string())])

TABLES = {"personal": True, "other": False}  # where a belief is kept, by whether it is about personal data
CLOSE = """
    UPDATE {table} AS b SET until = $version FROM closing AS c
    WHERE b.until IS NULL AND b.source = c.source AND b.dataset = c.dataset AND b.field = c.field
"""
EXPIRED = """
    SELECT b.source, b.dataset, b.field, d.id FROM personal b JOIN decisions d ON d.id = b.decision_id
    WHERE b.until IS NULL AND d.valid_until <= $now ORDER BY d.id
"""
WAITED = """
    SELECT source, dataset, field, b.waits FROM personal b JOIN decisions d USING (source, dataset, field)
    WHERE list_contains($serials, d.id) AND b.until = d.version AND b.waits IS NOT NULL
"""


class Commit:
    """What one call changes. Beliefs are loaded, replaced in memory, and written once, at the end."""

    def __init__(self, connection: Connection, version: int, now: datetime) -> None:
        """Take the open transaction, the version it will have, and the time it is said to happen."""
        self.connection = connection
        self.version = version
        self.now = now
        self._before: dict[Place, Belief] = {}
        self._after: dict[Place, Belief] = {}
        self._renamed: set[Place] = set()

    def append(self, table: str, items: Sequence[Row]) -> None:
        """Append facts."""
        if items:
            self.connection.insert(table, pa.Table.from_pylist(list(items), schema=_schema(self.connection, table)))

    def look(self, looks: Iterable[Row]) -> None:
        """Append looks: each ends the one before it at its unit."""
        found = list(looks)
        sql = """UPDATE looks SET until = $version FROM ending AS e
                 WHERE looks.until IS NULL AND looks.source = e.source AND looks.dataset = e.dataset"""
        with self.connection.given(ending=units_table({(row["source"], row["dataset"]) for row in found})):
            self.connection.run(sql, {"version": self.version})
        self.append("looks", found)

    def load(self, units: Iterable[Dataset]) -> dict[Dataset, dict[str, Belief]]:
        """What is believed now of every field of these units, gone ones included."""
        found: dict[Dataset, dict[str, Belief]] = {unit: {} for unit in units}
        for belief in self._current("SEMI JOIN wanted USING (source, dataset)", wanted=found) if found else ():
            found[belief.source, belief.dataset][belief.field] = belief
        return found

    def load_source(self, source: str) -> list[Belief]:
        """What is believed now of every field of a source."""
        sql = "SELECT * FROM beliefs WHERE until IS NULL AND source = $source"
        return [self.remember(rows.belief(row)) for row in self.connection.rows(sql, {"source": source})]

    def load_unlisted(self, source: str, listed: Iterable[str]) -> list[Belief]:
        """What is believed now of every field of a source that is there, and whose dataset is not among these."""
        names = ((source, name) for name in listed)
        found = self._current("ANTI JOIN listed USING (source, dataset)", "AND NOT gone AND source = $source",
                              {"source": source}, listed=names)  # fmt: skip
        return list(found)

    def _current(
        self, join: str, where: str = "", params: Mapping[str, Any] | None = None, **units: Iterable[Dataset]
    ) -> Iterator[Belief]:
        """The current beliefs that a join with `units` leaves; their wide rows are read once they are found."""
        with self.connection.given(**{name: units_table(some) for name, some in units.items()}):
            for table in TABLES:
                found = f"SELECT b.rowid FROM {table} b {join} WHERE until IS NULL {where}"  # noqa: S608 - ours
                sql = f"SELECT * FROM {table} WHERE rowid IN ({found})"  # noqa: S608
                yield from map(self.remember, map(rows.belief, self.connection.rows(sql, params)))

    def remember(self, belief: Belief) -> Belief:
        """Note what was believed before this commit; what it believes already, where it does."""
        place = (belief.source, belief.dataset, belief.field)
        self._before.setdefault(place, belief)
        return self._after.get(place, belief)

    def believe(self, belief: Belief) -> None:
        """From this commit on, this."""
        self._after[belief.source, belief.dataset, belief.field] = belief

    def judgements(self, units: Iterable[Dataset]) -> dict[Place, list[Judgement]]:
        """Every decision ever made on what is now a field of these units, in order."""
        wanted = set(units)
        if not wanted:
            return {}
        known = moves(self.connection, {source for source, _ in wanted}, self.version)
        found: dict[Place, list[Judgement]] = {}
        sql = "SELECT decisions.* FROM decisions SEMI JOIN wanted USING (source, dataset) ORDER BY id"
        with self.connection.given(wanted=units_table(wanted | {one.old[:2] for one in known})):
            for row in self.connection.rows(sql):
                place = home((row["source"], row["dataset"], row["field"]), row["version"], known)
                if place is not None and place[:2] in wanted:
                    found.setdefault(place, []).append(rows.judgement(row))
        return found

    def by_uid(self, source: str, uids: Sequence[str]) -> list[Belief]:
        """What is believed now of the fields of a source that the engine knows by these."""
        found = self.connection.rows(BY_UID, {"source": source, "uids": list(uids)})
        return [self.remember(rows.belief(row)) for row in found]

    def move(self, old: Belief, new: Place) -> None:
        """Put on record that a field is called otherwise from now on."""
        self._renamed |= {old.place, new}
        self.append("moves", [Move(self.version, old.place, new).row()])

    def belief(self, place: Place) -> Belief:
        """What is believed of one field."""
        source, dataset, field = place
        return self.load([(source, dataset)])[source, dataset][field]

    def expired(self) -> dict[Place, int]:
        """Decisions whose time ran out by now, by place: their serials. The caller puts their end on record."""
        return {
            (row["source"], row["dataset"], row["field"]): row["id"]
            for row in self.connection.rows(EXPIRED, {"now": self.now})
        }

    def waited(self, serials: Sequence[int]) -> dict[Place, int]:
        """Since which commit the fields waited, by place, that these decisions are on, where they waited for them."""
        found = self.connection.rows(WAITED, {"serials": list(serials)})
        return {(row["source"], row["dataset"], row["field"]): row["waits"] for row in found}

    def next_serial(self) -> int:
        """The first free number of a decision."""
        return int(self.connection.value("SELECT coalesce(max(id), 0) + 1 FROM decisions"))

    def finish(self) -> bool:
        """Write the beliefs that became different; whether anything that somebody may act on did."""
        changed = [
            (belief, kind) for place, belief in self._after.items() if (kind := self._kind(place, belief)) is not None
        ]
        self._close([belief for belief, _ in changed if belief.place in self._before])
        for table, personal in TABLES.items():
            some = [self._row(belief, kind) for belief, kind in changed if belief.personal is personal]
            self.append(table, some)
        return any(kind is not ChangeKind.DETAILS for _, kind in changed)

    def _row(self, belief: Belief, kind: ChangeKind) -> rows.Row:
        """The row of a belief that holds from this commit on."""
        waits = (belief.waits or self.version) if belief.waiting else None
        return {**rows.belief_row(belief), "since": self.version, "until": None, "change": str(kind), "waits": waits}

    def _kind(self, place: Place, belief: Belief) -> ChangeKind | None:
        kind = change(self._before.get(place), belief)
        return ChangeKind.RENAMED if kind and place in self._renamed else kind

    def _close(self, beliefs: Sequence[Belief]) -> None:
        if not beliefs:
            return
        keys = [{"source": one.source, "dataset": one.dataset, "field": one.field} for one in beliefs]
        with self.connection.given(closing=pa.Table.from_pylist(keys)):
            for table in TABLES:
                self.connection.run(CLOSE.format(table=table), {"version": self.version})


@contextmanager
def commit(
    database: Database, now: datetime, *, actor: str, action: str, run_id: str | None = None
) -> Iterator[Commit]:
    """Open the catalog, change it, close it: all under one version, or nothing at all."""
    with database.writing() as connection:
        version = int(connection.value("SELECT coalesce(max(version), 0) + 1 FROM commits"))
        work = Commit(connection, version, now)
        yield work
        row: dict[str, Any] = {"version": version, "now": now, "actor": rows.text(actor), "action": action,
                               "run_id": run_id, "believes": work.finish()}  # fmt: skip
        connection.run("INSERT INTO commits VALUES ($version, $now, $actor, $action, $run_id, $believes)", row)


def units_table(wanted: Iterable[Dataset]) -> pa.Table:
    """Units as a table to join with."""
    return pa.Table.from_pylist([{"source": source, "dataset": name} for source, name in wanted], schema=UNITS)


_schemas: dict[str, pa.Schema] = {}


def _schema(connection: Connection, table: str) -> pa.Schema:
    """A table's columns as Arrow types, asked of the database once: the migration is the only list of them."""
    if table not in _schemas:
        _schemas[table] = connection.table(f"SELECT * FROM {table} LIMIT 0").schema  # noqa: S608 - our own names
    return _schemas[table]
