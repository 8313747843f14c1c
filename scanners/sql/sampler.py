"""How a table is drawn from, whatever the engine: a fair sample, the newest rows, and more of what is rare."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from scanners.flatten import as_text
from scanners.interface import Budget
from scanners.reservoir import reservoir
from scanners.sql.samples import Seen
from scanners.sql.session import Drawn, Session
from scanners.sql.table import Column, Plan, Table
from scanners.sql.trouble import Trouble
from scanners.sql.watch import StalledError

# One row in so many is one of the newest: what an application started to write last month is not in the old ones.
NEWEST = 20
# A column with fewer values than this, in a sample that is no whole, is looked for in this many times the rows. With
# the default budget a column filled in 2 % of the rows then gives 400 values instead of 20.
FEW, TIMES = 100, 20
# What may end the extra looks without spoiling the sample.
SPENT = {Trouble.TIMEOUT, Trouble.LOCKED, Trouble.STALLED}


class Drawing(Protocol):
    """What the sampler needs of a dialect."""

    def plans(self, table: Table, rows: int, seed: int) -> Iterator[Plan]:
        """Ways to draw rows, the cheapest first."""
        ...

    def cell(self, column: Column, clause: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """How a column is selected to be sampled."""
        ...

    def diagnose(self, error: Exception) -> tuple[Trouble, str] | None:
        """What a driver's exception amounts to."""
        ...


def draw(dialect: Drawing, session: Session, table: Table, budget: Budget, seed: int) -> tuple[pa.Table, Seen]:
    """The readable columns of at most `budget.rows` rows, by place, and how they were drawn."""
    return _Look(dialect, session, table, budget, seed).draw()


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one table."""

    dialect: Drawing
    session: Session
    table: Table
    budget: Budget
    seed: int

    def draw(self) -> tuple[pa.Table, Seen]:
        drawn, plan = self._planned()
        is_all = plan.whole and drawn.data.num_rows <= self.budget.rows and drawn.cut is None
        if is_all or drawn.cut:
            data = _picked(drawn.data, self.budget.rows, self.seed)
            return data, self._seen("all" if is_all else plan.method, data, drawn)
        try:
            newest = self._newest()
            data = _joined(_picked(drawn.data, self.budget.rows - newest.num_rows, self.seed), newest)
            return self._topped(data), self._seen(plan.method, data, drawn)
        except Exception as error:
            found = self.dialect.diagnose(error)
            if not isinstance(error, StalledError) and (found is None or found[0] not in SPENT):
                raise
            data = _picked(drawn.data, self.budget.rows, self.seed)
            return data, self._seen(plan.method, data, drawn)

    def _seen(self, method: str, data: pa.Table, drawn: Drawn) -> Seen:
        rows = self.table.rows
        share = 1.0 if method == "all" else min(1.0, data.num_rows / rows) if rows else None
        return Seen(method, data.num_rows, share, drawn.cut)

    def _planned(self) -> tuple[Drawn, Plan]:
        drawn, plan = None, None
        for plan in self.dialect.plans(self.table, self.budget.rows, self.seed):
            drawn = self.session.draw(plan.statement, most_bytes=self.budget.bytes)
            if plan.whole or drawn.cut or drawn.data.num_rows >= self.budget.rows:
                break
        assert drawn is not None  # noqa: S101 - a dialect has at least one plan
        assert plan is not None  # noqa: S101 - as above
        return drawn, plan

    def _newest(self) -> pa.Table:
        """The last rows along the key, where there is a key to go along."""
        rows = self.budget.rows // NEWEST
        if self.table.seek is None or rows == 0:
            return pa.table({})
        key: sa.ColumnElement[Any] = sa.column(quoted_name(self.table.seek, quote=True))
        statement = sa.select(*selected(self.dialect, self.table, self.table.clause())).order_by(key.desc())
        if self.table.dense and self.table.rows is not None:  # no index to go along, but nothing to search for either
            statement = statement.where(key >= self.table.rows - rows)
        return self.session.draw(statement.limit(rows), most_bytes=self.budget.bytes).data

    def _topped(self, data: pa.Table) -> pa.Table:
        """The sample with more values for the columns that hardly had any, in the place of their nulls."""
        sparse = [place for place, column in enumerate(data.columns) if len(column) - column.null_count < FEW]
        if not sparse or data.num_rows < FEW:
            return data
        narrow = replace(self.table, columns=tuple(self.table.readable[place] for place in sparse))
        plan = next(self.dialect.plans(narrow, self.budget.rows * TIMES, self.seed + 1))
        rows = plan.statement.subquery("rare")
        statement = sa.select(rows).where(sa.or_(*(column.is_not(None) for column in rows.c)))
        more = self.session.draw(statement, most_bytes=self.budget.bytes).data
        for place, found in zip(sparse, more.columns, strict=True):
            data = data.set_column(place, str(place), _filled(data.column(place), found))
        return data


def _filled(column: pa.ChunkedArray, more: pa.ChunkedArray) -> pa.Array:
    """As many cells as before: its own values, then others, then nulls."""
    own, others = column.combine_chunks().drop_null(), more.combine_chunks().drop_null()
    values = _concat(own, others).slice(0, len(column))
    return _concat(values, pa.nulls(len(column) - len(values), values.type))


def _joined(data: pa.Table, newest: pa.Table) -> pa.Table:
    if newest.num_rows == 0:
        return data
    pairs = zip(data.columns, newest.columns, strict=True)
    return pa.table(
        [_concat(one.combine_chunks(), two.combine_chunks()) for one, two in pairs], names=data.column_names
    )


def _concat(one: pa.Array, two: pa.Array) -> pa.Array:
    """Two arrays as one; types that were told from the values at hand may differ, and are text together."""
    if one.type != two.type:
        alike = next((other.type for part, other in ((one, two), (two, one)) if part.null_count == len(part)), None)
        one, two = (
            pa.nulls(len(part), alike) if alike and part.null_count == len(part) else part for part in (one, two)
        )
    if one.type != two.type:
        one, two = as_text(one), as_text(two)
    return pa.concat_arrays([one, two])


def _picked(data: pa.Table, rows: int, seed: int) -> pa.Table:
    """At most `rows` of what was drawn, in its order: a plan may overshoot, and its first rows are no fair choice."""
    return data if data.num_rows <= rows else data.take(reservoir(range(data.num_rows), rows, seed=seed))


def selected(dialect: Drawing, table: Table, clause: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """The readable columns as they are sampled, labelled by their place."""
    cells = (dialect.cell(column, clause.c[column.name]) for column in table.readable)
    return [cell.label(f"c{place}") for place, cell in enumerate(cells)] or [sa.null().label("c")]
