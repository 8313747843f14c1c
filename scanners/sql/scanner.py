"""One scanner for every SQL database. What differs between engines is a `Dialect`, and nothing else is."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Protocol

import pyarrow as pa
import sqlalchemy as sa

from scanners.interface import Budget, Sample, ScanError, Source, Unit
from scanners.reservoir import reservoir
from scanners.secrets import SecretError
from scanners.sql.samples import Seen, samples
from scanners.sql.session import Drawn, Session
from scanners.sql.table import Column, Plan, Table
from scanners.sql.trouble import Trouble, source_error, unit_error


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
            drawn, plan = self._draw(session, table, budget, seed)
        is_all = plan.whole and drawn.data.num_rows <= budget.rows and drawn.cut is None
        drawn = Drawn(_picked(drawn.data, budget.rows, seed), drawn.cut)
        rows = drawn.data.num_rows
        share = 1.0 if is_all else min(1.0, rows / table.rows) if table.rows else None
        seen = Seen("all" if is_all else plan.method, rows, share, drawn.cut)
        return list(samples(self.source.name, table, drawn, seen))

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

    def _draw(self, session: Session, table: Table, budget: Budget, seed: int) -> tuple[Drawn, Plan]:
        drawn, plan = None, None
        for plan in self.dialect.plans(table, budget.rows, seed):
            drawn = session.draw(plan.statement, most_bytes=budget.bytes)
            if plan.whole or drawn.cut or drawn.data.num_rows >= budget.rows:
                break
        assert drawn is not None  # noqa: S101 - a dialect has at least one plan
        assert plan is not None  # noqa: S101 - as above
        return drawn, plan

    @contextmanager
    def _session(self, unit: Unit | None, seconds: float) -> Iterator[Session]:
        """A session whose every driver exception comes out in our words."""
        try:
            with self.dialect.open(self.source, seconds) as session:
                yield session
        except (ScanError, SecretError):
            raise
        except Exception as error:
            found = self.dialect.diagnose(error)
            if found is None:
                raise
            raise self._error(unit, *found) from None  # the driver's text may quote a value

    def _error(self, unit: Unit | None, trouble: Trouble, code: str) -> ScanError:
        gone = {Trouble.UNREACHABLE, Trouble.REFUSED, Trouble.ABSENT, Trouble.NO_DATABASE}
        if unit is None or trouble in gone:
            return source_error(self.source, trouble, code)
        return unit_error(unit, trouble, code)


def _picked(data: pa.Table, rows: int, seed: int) -> pa.Table:
    """At most `rows` of what was drawn, in its order: a plan may overshoot, and its first rows are no fair choice."""
    return data if data.num_rows <= rows else data.take(reservoir(range(data.num_rows), rows, seed=seed))


def _wanted(source: Source, dataset: str) -> bool:
    def matches(globs: Sequence[str]) -> bool:
        return any(fnmatchcase(dataset, glob) for glob in globs)

    return matches(source.include) and not matches(source.exclude)


def selected(dialect: Dialect, table: Table, clause: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """The readable columns as they are sampled, labelled by their place."""
    cells = (dialect.cell(column, clause.c[column.name]) for column in table.readable)
    return [cell.label(f"c{place}") for place, cell in enumerate(cells)] or [sa.null().label("c")]


def _labelled(dialect: Dialect, table: Table) -> list[sa.ColumnElement[Any]]:
    clause = table.clause()
    values = (dialect.value(column, clause.c[column.name]) for column in table.readable)
    return [value.label(f"c{place}") for place, value in enumerate(values)] or [sa.null().label("c")]
