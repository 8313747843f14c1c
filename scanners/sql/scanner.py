"""One scanner for every SQL database. What differs between engines is a `Dialect`, and nothing else is."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Protocol

import pyarrow as pa
import sqlalchemy as sa

from scanners.interface import Budget, Sample, ScanError, Source, Unit
from scanners.secrets import SecretError
from scanners.sql.sampler import draw
from scanners.sql.samples import samples
from scanners.sql.session import Session
from scanners.sql.table import Column, Plan, Table
from scanners.sql.trouble import Trouble, source_error, unit_error
from scanners.sql.watch import StalledError

# Seconds between attempts where a server has no connection left: somebody else's burst is soon over.
PAUSES = (0.2, 0.5, 1.0)


class Dialect(Protocol):
    """What one engine does differently. Stateless; drivers' exceptions pass through `open` and the sessions."""

    def open(self, source: Source, seconds: float) -> Session:
        """A session within a read-only transaction, whose statements end after `seconds`."""
        ...

    def tables(self, session: Session, dataset: str | None = None) -> Iterable[Table]:
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
        """The tables of the database. Raises ScanError where it cannot be listed."""
        with self._session(None, self.source.budget.seconds) as session:
            tables = list(self.dialect.tables(session))
        yield from (table.unit(self.source) for table in tables if _wanted(self.source, table.dataset))

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """Values of every column, in one statement for all of them; nested ones by their leaves."""
        with self._session(unit, budget.seconds) as session:
            table = self._table(session, unit)
            data, seen = draw(self.dialect, session, table, budget, seed)
        return list(samples(self.source.name, table, data, seen))

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """The first rows as the engine gives them, readable columns only."""
        with self._session(unit, self.source.budget.seconds) as session:
            table = self._table(session, unit)
            statement = sa.select(*_labelled(self.dialect, table)).limit(limit)
            data = session.draw(statement, most_bytes=self.source.budget.bytes).data
        return data.rename_columns([column.name for column in table.readable])

    def _table(self, session: Session, unit: Unit) -> Table:
        table = next(iter(self.dialect.tables(session, unit.dataset)), None)
        if table is None:
            raise unit_error(unit, Trouble.GONE)
        if table.columns and not table.readable:
            raise unit_error(unit, Trouble.DENIED)
        return table

    @contextmanager
    def _session(self, unit: Unit | None, seconds: float) -> Iterator[Session]:
        """A session whose every driver exception comes out in our words."""
        try:
            with self._opened(seconds) as session:
                yield session
        except (ScanError, SecretError):
            raise
        except Exception as error:
            found = _diagnosed(self.dialect, error)
            if found is None:
                raise
            raise self._error(unit, *found) from None  # the driver's text may quote a value

    def _opened(self, seconds: float) -> Session:
        """A session; where the server has no connection left, after some patience."""
        for pause in PAUSES:
            try:
                return self.dialect.open(self.source, seconds)
            except Exception as error:
                found = _diagnosed(self.dialect, error)
                if found is None or found[0] is not Trouble.BUSY:
                    raise
            time.sleep(pause)
        return self.dialect.open(self.source, seconds)

    def _error(self, unit: Unit | None, trouble: Trouble, code: str) -> ScanError:
        gone = {Trouble.UNREACHABLE, Trouble.SHUT, Trouble.REFUSED, Trouble.ABSENT, Trouble.NO_DATABASE}
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
