"""One scanner for every SQL database. What differs between engines is a `Dialect`, and nothing else is."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Protocol, TypeVar

import pyarrow as pa
import sqlalchemy as sa

from scanners.interface import Budget, Sample, ScanError, Source, Unit
from scanners.secrets import SecretError
from scanners.sql.sampler import draw
from scanners.sql.samples import samples
from scanners.sql.session import Session
from scanners.sql.slots import SlotsTakenError, slot
from scanners.sql.table import Column, Plan, Table
from scanners.sql.trouble import Trouble, source_error, unit_error
from scanners.sql.watch import StalledError

# Seconds between attempts where a server has no connection left or a table is locked: somebody else's burst is soon
# over. Each is stretched by chance, so that the workers of a scan do not come back together.
PAUSES = (0.2, 0.5, 1.0, 2.0)
WORTH = 2.0  # seconds without which another attempt would only end in a time-out
PASSING = {Trouble.BUSY, Trouble.LOCKED, Trouble.CONFLICT}
# Seconds, as many units' budgets, that a connection is waited for where the source allows only so many.
PATIENCE = 10

Made = TypeVar("Made")


class Dialect(Protocol):
    """What one engine does differently. Stateless; drivers' exceptions pass through `open` and the sessions."""

    def open(self, source: Source, seconds: float) -> Session:
        """A session within a read-only transaction, whose statements end after `seconds`."""
        ...

    def tables(self, session: Session, dataset: str | None = None, *, views: bool = False) -> Iterable[Table]:
        """Every table, or the one called `dataset`, in a stable order, in as few statements as can be."""
        ...

    def value(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """How a column is selected: types that the driver cannot carry are turned to text by the engine."""
        ...

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """As `value`, for a sample: long cells are cut by the engine, not by us."""
        ...

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        """Ways to draw `rows` + 1 rows, the cheapest first; the next is tried where one gave too little."""
        ...

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        """What a driver's exception amounts to, and its code; None where it is none of the driver's."""
        ...


@dataclass(frozen=True, slots=True)
class SqlScanner:
    """Configuration that can look at one database; each engine's scanner is this with its dialect."""

    dialect: ClassVar[Dialect]
    source: Source

    def units(self) -> Iterator[Unit]:
        """The tables of the database, and its views where asked for. Raises ScanError where it cannot be listed."""

        def listed(session: Session) -> list[Table]:
            return list(self.dialect.tables(session, views=self.source.views))

        tables = self._asked(None, self.source.budget.seconds, listed)
        yield from (table.unit(self.source) for table in tables if _wanted(self.source, table.dataset))

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """Values of every column, in one statement for all of them; nested ones by their leaves."""

        def drawn(session: Session) -> list[Sample]:
            table = self._table(session, unit)
            data, seen = draw(self.dialect, session, table, budget, seed)
            return list(samples(self.source.name, table, data, seen))

        return self._asked(unit, budget.seconds, drawn)

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """The first rows as the engine gives them, readable columns only."""

        def rows(session: Session) -> pa.Table:
            table = self._table(session, unit)
            statement = sa.select(*_labelled(self.dialect, table)).limit(limit)
            data = session.draw(statement, most_bytes=self.source.budget.bytes).data
            return data.rename_columns([column.name for column in table.readable])

        return self._asked(unit, self.source.budget.seconds, rows)

    def _table(self, session: Session, unit: Unit) -> Table:
        table = next(iter(self.dialect.tables(session, unit.dataset, views=self.source.views)), None)
        if table is None:
            raise unit_error(unit, Trouble.GONE)
        if table.columns and not table.readable:
            raise unit_error(unit, Trouble.DENIED)
        return table

    def _asked(self, unit: Unit | None, seconds: float, work: Callable[[Session], Made]) -> Made:
        """What `work` makes of a session, over one of the connections that the source allows."""
        try:
            with slot(self.source, PATIENCE * seconds):
                return self._patiently(unit, seconds, work)
        except SlotsTakenError:
            raise self._error(unit, Trouble.BUSY, "") from None

    def _patiently(self, unit: Unit | None, seconds: float, work: Callable[[Session], Made]) -> Made:
        """A busy server is left alone for a while, a few times within `seconds`; drivers' errors come in our words."""
        deadline = time.monotonic() + seconds
        pauses = [pause * random.uniform(0.75, 1.5) for pause in PAUSES]  # noqa: S311 - chance, no secret
        while True:
            try:
                with self.dialect.open(self._place, deadline - time.monotonic()) as session:
                    return work(session)
            except (ScanError, SecretError):
                raise
            except Exception as error:
                found = _diagnosed(self.dialect, error)
                if found is None:
                    raise
                is_worth = pauses and time.monotonic() + pauses[0] + WORTH <= deadline
                if found[0] not in PASSING or not is_worth:
                    raise self._error(unit, *found) from None  # the driver's text may quote a value
            time.sleep(pauses.pop(0))

    @property
    def _place(self) -> Source:
        """Where it is read: the replica, where there is one. Its primary is then left alone whatever happens."""
        return self.source if self.source.replica is None else replace(self.source, url=self.source.replica)

    def _error(self, unit: Unit | None, trouble: Trouble, code: str) -> ScanError:
        gone = {
            Trouble.UNREACHABLE,
            Trouble.SHUT,
            Trouble.REFUSED,
            Trouble.ABSENT,
            Trouble.NO_DATABASE,
            Trouble.UNTRUSTED,
        }
        if unit is None or trouble in gone:
            return source_error(self.source, trouble, code)
        return unit_error(unit, trouble, code)


def _diagnosed(dialect: Dialect, error: Exception) -> tuple[Trouble, str] | None:
    return (Trouble.STALLED, "") if isinstance(error, StalledError) else dialect.diagnose(error)


def _wanted(source: Source, dataset: str) -> bool:
    def matches(globs: Sequence[str]) -> bool:
        return any(fnmatchcase(dataset, glob) for glob in globs)

    return matches(source.include) and not matches(source.exclude)


def _labelled(dialect: Dialect, table: Table) -> list[sa.ColumnElement[Any]]:
    clause = table.clause()
    values = (dialect.value(column, clause.c[column.name]) for column in table.readable)
    return [value.label(f"c{place}") for place, value in enumerate(values)] or [sa.null().label("c")]
