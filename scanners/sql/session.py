"""An open, read-only look at one database: it closes itself, keeps to its deadline, and hands out Arrow."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import pyarrow as pa
import sqlalchemy as sa

from scanners.flatten import array_of
from scanners.interface import Cause
from scanners.sql.watch import Watch

CHUNK = 200
# Seconds that a server has beyond its own time-outs, before the connection is cut.
GRACE = 2.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows as columns, in the statement's order; `cut` says what ended the drawing early."""

    data: pa.Table
    cut: Cause | None = None

    def __repr__(self) -> str:
        return f"Drawn({self.data.num_rows} rows)"


class Session(AbstractContextManager["Session"], Protocol):
    """What a dialect needs of an open database."""

    def rows(self, sql: str, **values: Any) -> Sequence[Sequence[Any]]:
        """The rows of a question to the engine's own catalog."""
        ...

    def draw(self, statement: sa.Select[Any], *, most_bytes: int) -> Drawn:
        """What `statement` gives, until the deadline or `most_bytes`."""
        ...


class AlchemySession:
    """A session on a SQLAlchemy connection, which is in its read-only transaction already."""

    streams = True  # whether rows are fetched as they are wanted, or all at once

    def __init__(self, dialect: str, connect: Callable[[Watch], Any], seconds: float, **options: Any) -> None:
        """Connect by `connect`, which tells the watch; drivers' exceptions pass through for the dialect to diagnose."""
        self._deadline = time.monotonic() + seconds
        self._watch = Watch(seconds + GRACE)
        self._engine = sa.create_engine(
            dialect, creator=lambda: connect(self._watch), poolclass=sa.NullPool, hide_parameters=True, **options
        )
        sa.event.listen(self._engine, "before_cursor_execute", _signed, retval=True)
        try:
            with self._watch.telling():
                self._connection = self._engine.connect()
        except BaseException:
            self._watch.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._watch.stop()
        with suppress(sa.exc.SQLAlchemyError):  # a connection that broke cannot say goodbye
            self._connection.close()
        self._engine.dispose()

    def rows(self, sql: str, **values: Any) -> Sequence[Sequence[Any]]:
        with self._watch.telling():
            return self._connection.execute(sa.text(sql), values).all()

    def draw(self, statement: sa.Select[Any], *, most_bytes: int) -> Drawn:
        with self._watch.telling():
            options = {"yield_per": CHUNK} if self.streams else {}
            result = self._connection.execution_options(**options).execute(statement)
            width = len(result.keys())
            rows, cut = within(result.partitions(CHUNK), most_bytes, self._deadline)
            result.close()
        return Drawn(as_table(rows, width), cut)


def _signed(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
    """Every statement says whose it is, so that whoever looks after the server knows whom to ask."""
    return f"/* datakeep */ {statement}", values


def within(
    chunks: Iterable[Sequence[Sequence[Any]]], most_bytes: int, deadline: float
) -> tuple[list[Sequence[Any]], Cause | None]:
    """The rows of `chunks` until bytes or time run out, and which of them did."""
    rows: list[Sequence[Any]] = []
    size = 0
    for chunk in chunks:
        rows += chunk
        size += sum(len(cell) if isinstance(cell, (str, bytes)) else 8 for row in chunk for cell in row)
        if size > most_bytes:
            return rows, Cause.TOO_LARGE
        if time.monotonic() > deadline:
            return rows, Cause.TIMEOUT
    return rows, None


def as_table(rows: Sequence[Sequence[Any]], width: int) -> pa.Table:
    """Driver rows as an Arrow table whose columns are called by their place, since names may repeat by case."""
    columns: Iterator[Sequence[Any]] = zip(*rows, strict=True) if rows else iter(())
    arrays = [array_of(list(column)) for column in columns] or [pa.nulls(0, pa.string())] * width
    return pa.table(arrays, names=[str(place) for place in range(width)])
