"""The catalog: one object, one method per question. Holds no connection; every call opens the file and lets it go."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalog import correlation, export, history, integrity, precision, reading, recording, replay, schemas, withdrawn
from catalog.belief import Belief, change
from catalog.commit import Commit, commit
from catalog.duties import duties
from catalog.exchange.interface import Place, World, exporter, write
from catalog.interface import (
    Change,
    CoverageCell,
    CoverageRow,
    Entry,
    Explanation,
    Look,
    Ownership,
    Run,
    RunStatus,
    Status,
    UnitState,
)
from catalog.precision import Precision
from catalog.reading import Filter
from catalog.schemas import SchemaChange
from catalog.stewardship import SCANNER, Stewardship
from catalog.terms import Word
from classifiers import Classification, DataClass
from scanners import Cause, Unit


class Catalog(Stewardship):
    """What is known of all personal data.

    Every method raises NoCatalogError where there is no catalog yet (`start_run` makes it) and CatalogBusyError where
    another process holds it for longer than `wait` seconds. Time is passed in: nothing here reads a clock.
    """

    # -- recording a run

    def start_run(self, sources: Iterable[str], engine: str = "local", *, rules: str = "", now: datetime) -> str:
        """Open a run and return its id. `rules` names the version of the classifier and its rules.

        Decisions whose time ran out come back to the queue first.
        """
        self.expire(now=now)
        with commit(self._database, now, actor=SCANNER, action="start") as work:
            return history.start_run(work, sources, engine, rules)

    def record(  # noqa: PLR0913 - what a run counts of a unit, by name
        self,
        run_id: str,
        unit: Unit,
        classifications: Sequence[Classification],
        *,
        now: datetime,
        owner: str | None = None,
        purpose: Sequence[str] = (),
        rows: int = 0,
        values: int = 0,
        bytes_read: int = 0,
        cause: Cause | None = None,
        message: str | None = None,
    ) -> None:
        """A unit was examined; `owner` and `purpose` are what the settings say of its source.

        `message` and `cause` say what of it could not be, where a part of it was left out.
        """
        said = Ownership(owner, tuple(purpose))
        look = Look(unit, UnitState.DONE, tuple(classifications), said, cause, message,
                    rows=rows, values=values, size=bytes_read)  # fmt: skip
        self.record_all(run_id, [look], now=now)

    def record_unreadable(self, run_id: str, unit: Unit, cause: Cause, message: str, *, now: datetime) -> None:
        """A unit could not be examined: its fields are not examined, and what was known of them stays."""
        self.record_all(run_id, [Look(unit, UnitState.FAILED, cause=cause, message=message)], now=now)

    def record_unchanged(self, run_id: str, unit: Unit, *, now: datetime) -> None:
        """A unit has not changed since it was last examined."""
        self.record_all(run_id, [Look(unit, UnitState.UNCHANGED)], now=now)

    def record_all(self, run_id: str, looks: Sequence[Look], *, now: datetime) -> None:
        """Several looks at once, in one transaction: what a run of many units does to hold the catalog less often."""
        with self._change(now, "record", run_id) as work:
            recording.record(work, run_id, looks, self.taxonomy)

    def record_source_failure(self, run_id: str, source: str, message: str, *, now: datetime) -> None:
        """A source could not be listed at all."""
        with self._change(now, "record", run_id) as work:
            recording.record_source_failure(work, run_id, source, message)

    def retire(self, run_id: str, source: str, datasets: Iterable[str], *, now: datetime) -> None:
        """A source was listed completely, and has these datasets: what the catalog knows beyond them is gone."""
        with self._change(now, "retire", run_id) as work:
            recording.retire(work, run_id, source, datasets)

    def correlate(self, run_id: str, *, now: datetime) -> int:
        """Compare what a run looked at with what is known by its values; how many classes that newly proposes.

        Needs no source and no key: what was kept of the values is compared (`classifiers.sketch`).
        """
        with self._change(now, "correlate", run_id) as work:
            return len(correlation.correlate(work, run_id, self.taxonomy))

    def finish_run(self, run_id: str, status: RunStatus, *, now: datetime) -> None:
        """Close a run."""
        with self._change(now, "finish", run_id) as work:
            history.finish_run(work, run_id, status)

    def recorded(self, run_id: str) -> frozenset[str]:
        """The units that a run has already examined or found unchanged, as `source/dataset`: what a resume skips."""
        with self._database.reading() as connection:
            return recording.recorded(connection, run_id)

    def fingerprint(self, source: str, dataset: str, *, rules: str | None = None) -> str | None:
        """The fingerprint of a unit when it was last looked at completely (and, where `rules` are given, under them).

        None: never looked at, not completely, not under these rules, or gone since. A catalog that is not there yet
        knows none.
        """
        if not self.path.exists():
            return None
        with self._database.reading() as connection:
            return recording.fingerprint(connection, source, dataset, rules)

    def fingerprints(self, source: str, *, rules: str | None = None, since: datetime | None = None) -> dict[str, str]:
        """As `fingerprint`, for every dataset of a source that has one: one look at the file instead of thousands.

        A dataset that was last examined before `since` has none.
        """
        if not self.path.exists():
            return {}
        with self._database.reading() as connection:
            return recording.fingerprints(connection, source, rules, since=since)

    # -- reading

    def entries(  # noqa: PLR0913 - the filters, by name
        self,
        *,
        classes: Iterable[str] = (),
        sources: Iterable[str] = (),
        datasets: Iterable[str] = (),
        statuses: Iterable[Status] = (),
        min_confidence: float = 0.0,
        as_of: datetime | None = None,
        all: bool = False,  # noqa: A002 - the flag's name
        unexamined: bool = False,
        ids: Iterable[str] = (),
        limit: int | None = None,
    ) -> list[Entry]:
        """What is believed, now or at a time: entries with a class, with `unexamined` those nobody looked at, or `all`.

        Classes cover their children, `datasets` and `ids` are globs. The most sensitive come first; all of them, or
        the first `limit`.
        """
        wanted = Filter(
            classes=tuple(classes), sources=tuple(sources), datasets=tuple(datasets), statuses=tuple(statuses),
            min_confidence=min_confidence, unclassified=all, unexamined=unexamined, ids=tuple(ids),
        )  # fmt: skip
        return self._entries(wanted, as_of, limit)

    def entry(self, entry_id: str, *, as_of: datetime | None = None) -> Entry:
        """One entry by its id. Raises UnknownEntryError."""
        return self.resolve([entry_id], as_of=as_of)[0]

    def resolve(self, patterns: Iterable[str], *, as_of: datetime | None = None, all: bool = False) -> list[Entry]:  # noqa: A002
        """The entries that ids and globs name; a glob means those with a class, with `all` the others too."""
        with self._database.reading() as connection:
            return reading.resolve(connection, patterns, reading.version_at(connection, as_of), every=all)

    def search(self, text: str, *, as_of: datetime | None = None, limit: int | None = None) -> list[Entry]:
        """Entries that hold every word of `text`, whatever its case, all or the first `limit`; without a class too.

        A word is looked for in the id, type, class, owner, purpose, the source's comment and a decision's reason.
        """
        return self._entries(Filter(words=tuple(text.split()), unclassified=True), as_of, limit)

    def coverage(self, *, sources: Iterable[str] = (), as_of: datetime | None = None) -> list[CoverageRow]:
        """What was looked at, dataset by dataset, in these sources or in all."""
        with self._database.reading() as connection:
            return reading.coverage(connection, reading.version_at(connection, as_of), sources)

    def coverage_map(self, *, sources: Iterable[str] = (), as_of: datetime | None = None) -> list[CoverageCell]:
        """The same in short: how many fields of each source lead with each class, and how many nobody looked at."""
        with self._database.reading() as connection:
            return reading.coverage_map(connection, reading.version_at(connection, as_of), sources)

    def explain(self, entry_id: str, *, as_of: datetime | None = None) -> Explanation:
        """Why the catalog believes what it believes of one entry. Raises UnknownEntryError."""
        with self._database.reading() as connection:
            found = history.explain(connection, entry_id, reading.version_at(connection, as_of))
        return dataclasses.replace(found, reasons=tuple(map(str, duties(found.entry, self.taxonomy))))

    def version(self) -> int:
        """Grows with each change of belief that somebody may act on; what a grant was decided on."""
        with self._database.reading() as connection:
            return reading.version(connection)

    # -- history

    def runs(self) -> list[Run]:
        """Every run, the first one first."""
        with self._database.reading() as connection:
            return history.runs(connection)

    def run(self, run_id: str) -> Run:
        """One run, by its id or its number. Raises CatalogError."""
        with self._database.reading() as connection:
            return history.run(connection, run_id)

    def run_changes(self, run_id: str) -> list[Change]:
        """What a run changed in what is believed."""
        with self._database.reading() as connection:
            before, last = history.span(connection, run_id)
            name = history.run(connection, run_id).run_id
            return history.changes(connection, after=before, upto=last, run_id=name)

    def schema_changes(self, run_id: str) -> list[SchemaChange]:
        """Datasets and columns that a run found new, dropped, renamed or retyped. Raises CatalogError for an unknown run."""
        with self._database.reading() as connection:
            return schemas.schema_changes(connection, run_id)

    def diff(self, before: str | datetime, after: str | datetime) -> list[Change]:
        """Every change of belief, whoever made it, after the end of one run up to the end of another; or between times."""
        with self._database.reading() as connection:
            ends = [
                reading.version_at(connection, one) if isinstance(one, datetime) else history.span(connection, one)[1]
                for one in (before, after)
            ]
            return history.changes(connection, after=ends[0], upto=ends[1])

    def changes(self, *, after: int = 0) -> list[Change]:
        """Every change of belief after a version, for whoever follows the catalog."""
        with self._database.reading() as connection:
            return history.changes(connection, after=after)

    # -- deciding again

    def replay(self, thresholds: Mapping[str, float | None] | None = None, *, now: datetime) -> list[Change]:
        """What would change if these thresholds (class → confidence, None takes one back) were applied; nothing does.

        Without thresholds: what the taxonomy of today changes. Raises ClassifyError for an unknown class.
        """
        wanted = self._limits(thresholds)
        with self._database.reading() as connection:
            work = Commit(connection, reading.version(connection), now)
            return _changes(replay.replay(work, _merged(replay.limits(connection), wanted), self.taxonomy), work, "")

    def apply(self, thresholds: Mapping[str, float | None] | None, word: Word, *, now: datetime) -> list[Change]:
        """The same, done: the thresholds hold from now on. No decision is touched; some may be disagreed with."""
        wanted = self._limits(thresholds)
        with self._change(now, "replay", actor=word.actor) as work:
            replay.set_limits(work, wanted, word.actor, word.reason)
            return _changes(replay.replay(work, replay.limits(work.connection), self.taxonomy), work, word.actor)

    def precision(self, *, as_of: datetime | None = None) -> list[Precision]:
        """How often people agreed with each recognizer, from the decisions that hold and the evidence they were made on."""
        with self._database.reading() as connection:
            return precision.precision(connection, reading.version_at(connection, as_of))

    def thresholds(self) -> dict[DataClass, float]:
        """From which confidence a class is proposed, where somebody set it."""
        with self._database.reading() as connection:
            return replay.limits(connection)

    def _limits(self, thresholds: Mapping[str, float | None] | None) -> dict[DataClass, float | None]:
        return {self.taxonomy.get(key).key: limit for key, limit in (thresholds or {}).items()}

    # -- keeping

    def faults(self) -> list[str]:
        """What is wrong with the file, in words; empty for a sound catalog. Raises CatalogError where it will not open."""
        with self._database.reading() as connection:
            return integrity.faults(connection)

    def backup(self, place: Path) -> Path:
        """A copy of the catalog as it stands, whole or not at all; to restore, put it in the catalog's place."""
        return self._database.backup(place)

    # -- exports

    def export_tables(self, *, as_of: datetime | None = None) -> dict[str, pa.Table]:
        """`entries`, `decisions` and `coverage` as Arrow tables with stable columns."""
        return dict(self._tables(as_of))

    def export(self, folder: Path, *, as_of: datetime | None = None) -> list[Path]:
        """The same as parquet files in `folder`, each whole or not at all."""
        return [export.write(name, table, folder) for name, table in self._tables(as_of)]

    def _tables(self, as_of: datetime | None) -> Iterator[tuple[str, pa.Table]]:
        """Table by table, so that one at a time is in memory, and others get their turn at the catalog in between."""
        with self._database.reading() as connection:
            version = reading.version_at(connection, as_of)
        for name in export.TABLES:
            yield name, self._table(name, version)

    def _table(self, name: str, version: int) -> pa.Table:
        with self._database.reading() as connection:
            return export.table(connection, name, version)

    def exchange(  # noqa: PLR0913 - what is exported, by name
        self,
        name: str,
        folder: Path,
        *,
        now: datetime,
        as_of: datetime | None = None,
        sources: Iterable[str] = (),
        places: Mapping[str, Place] | None = None,
    ) -> list[Path]:
        """Entries in the words of another tool, as files in `folder`; `places` says where their sources are.

        Raises CatalogError for a tool that no exporter is installed for.
        """
        tell = exporter(name)
        entries = self.entries(all=True, as_of=as_of, sources=sources)
        with self._database.reading() as connection:
            lost = withdrawn.withdrawn(connection, reading.version_at(connection, as_of), sources)
        return write(tell(entries, World(as_of or now, places or {}, lost)), folder)

    def arrow(self, *, as_of: datetime | None = None) -> pa.Table:
        """Every entry, one row each, as an Arrow table with the columns of the parquet export; for a notebook."""
        with self._database.reading() as connection:
            return export.table(connection, "entries", reading.version_at(connection, as_of))

    def frame(self, *, as_of: datetime | None = None) -> Any:
        """The same as a pandas `DataFrame`; lists are NumPy arrays, times are in UTC."""
        return self.arrow(as_of=as_of).to_pandas()

    def _entries(self, wanted: Filter, as_of: datetime | None, limit: int | None) -> list[Entry]:
        with self._database.reading() as connection:
            return reading.entries(connection, wanted, reading.version_at(connection, as_of), limit)


def _merged(held: Mapping[DataClass, float], wanted: Mapping[DataClass, float | None]) -> dict[DataClass, float]:
    return {key: limit for key, limit in {**held, **wanted}.items() if limit is not None}


def _changes(pairs: Iterable[tuple[Belief, Belief]], work: Commit, actor: str) -> list[Change]:
    return [
        Change(after.id, kind, work.version, work.now, None, before.data_class, after.data_class, actor)
        for before, after in pairs
        if (kind := change(before, after)) is not None
    ]
