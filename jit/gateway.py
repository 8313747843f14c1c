"""Reading through a grant: what is lent in clear, everything else masked before anything else sees it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from catalog import Entry, query_tables
from jit.change import unknown
from jit.interface import DeniedError, Grant, GrantState, Person, Pin, is_live
from jit.ledger import Ledger
from jit.policies.policy import Policy
from jit.proof.record import Event
from jit.resolve import Known, of_dataset, readable, standing
from jit.states import seen_grant
from jit.veil import Veil

Rows = Callable[[str, str, int, float], pa.Table]
"""Up to so many rows of a dataset of a source, all columns, within so many seconds: (source, dataset, limit, seconds)."""

PAGE = 100  # rows that a read shows unless told otherwise
MOST = 100_000  # rows that a query runs over where neither grant nor policy sets a cap


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader gets: the rows, and what they are. `clear` are the ids of the entries shown as they are."""

    table: pa.Table
    dataset: str
    clear: tuple[str, ...]
    masked: tuple[str, ...]
    withheld: tuple[str, ...] = ()  # why lent entries are masked all the same: the catalog changed since


@dataclass(frozen=True, slots=True)
class Place:
    """One dataset to read, its entries, and the one field of it that was named, if one was."""

    source: str
    dataset: str
    entries: tuple[Entry, ...]
    field: Entry | None

    @property
    def name(self) -> str:
        """The dataset as people write it."""
        return f"{self.source}/{self.dataset}"

    @property
    def names(self) -> frozenset[str]:
        """What a query may call it: `data`, the dataset, and its last word (`customers` of `public.customers`)."""
        return frozenset({"data", self.dataset, self.dataset.rpartition(".")[2]})

    def lent(self, grant: Grant) -> tuple[Pin, ...]:
        """What the grant lends of this place."""
        here = {self.field.id} if self.field else {entry.id for entry in self.entries}
        return tuple(pin for pin in grant.pins if pin.entry in here)

    def clear(self, grant: Grant) -> tuple[frozenset[str], tuple[str, ...]]:
        """The entries of this place that the grant shows, and why others that it lent are withheld.

        Raises DeniedError where it shows none: a page of masks is no reading.
        """
        mine = self.lent(grant)
        if not mine:
            raise DeniedError(f"{grant.id} lends nothing of {self.field.id if self.field else self.name}")
        shown, withheld = readable(replace(grant, pins=mine), self.entries)
        if not shown:
            error = DeniedError(f"{grant.id} lends nothing of {self.name} any more: the catalog changed")
            for reason in withheld:
                error.add_note(reason)
            raise error
        return shown, withheld

    def columns(self, table: pa.Table) -> pa.Table:
        """The column that the named field lies in; all of them where no field was named."""
        if self.field is None:
            return table
        path = self.field.field
        return table.select(
            [name for name in table.column_names if path == name or path.startswith((f"{name}.", f"{name}["))]
        )


@dataclass(frozen=True, slots=True)
class Gateway:
    """The door to the rows. It admits grantees, while their grant is live, and puts every read on record first.

    `clock` is asked anew after the source has answered: what ended meanwhile shows nothing.
    """

    ledger: Ledger
    policy: Callable[[], Policy]
    catalog: Known
    rows: Rows
    clock: Callable[[], datetime]

    def read(
        self, name: str, person: Person, target: str, *, limit: int | None = None, sql: str | None = None
    ) -> Reading:
        """Rows of `target` (an entry's id, or `source/dataset`) through the grant called `name`.

        Granted fields are in clear and all else is masked; `sql` is one SELECT that runs over the masked rows alone,
        so that no condition can probe what is masked. The attempt is on record before the source is asked, the
        rows' count before they are handed out; where that cannot be written nothing is read. The source has until the
        grant's end, and grant, catalog and clock are asked again once it has answered. Raises DeniedError.
        """
        place = self._place(target)
        with self._refusals_on_record(name, person, place), self.ledger.write(self.clock()) as change:
            grant = admitted(change.grant(name), person, change.now)
            clear, withheld = place.clear(grant)
            asked = {"dataset": place.name, "limit": limit or 0, "sql": change.commit_to(sql or "") or ""}
            change.record(_event("read.allowed", grant, clear, place, asked))
            left = (grant.expires - change.now).total_seconds()
        try:
            found = self._answer(grant, place, clear, left, limit, sql)
        except Exception as failed:
            why = {"dataset": place.name, "error": type(failed).__name__}
            self.ledger.record(_event("read.failed", grant, clear, place, why), self.clock(), narrowing=True)
            raise
        with self._refusals_on_record(name, person, place):
            self._hand_out(name, person, self._place(target), clear, found)
        masked = tuple(entry.id for entry in place.entries if entry.id not in clear)
        return Reading(found, place.name, tuple(sorted(clear)), masked, withheld)

    def _hand_out(self, name: str, person: Person, place: Place, clear: frozenset[str], found: pa.Table) -> None:
        """Put on record what is handed out, if it still may be. Raises DeniedError."""
        with self.ledger.write(self.clock()) as change:
            grant = admitted(change.grant(name), person, change.now)
            shown, why = place.clear(grant)
            if not clear <= shown:
                raise DeniedError(f"{name} lends less of {place.name} than when the read began: the catalog changed")
            size: dict[str, Any] = {"dataset": place.name, "rows": found.num_rows, "columns": found.num_columns}
            if withheld := sorted({pin.entry for pin in place.lent(grant)} - clear):
                size["withheld"] = withheld
            change.record(replace(_event("read.served", grant, clear, place, size), because=why))

    def _place(self, target: str) -> Place:
        source, _, rest = target.partition("/")
        field = next(iter(standing([target], self.catalog)), None)
        dataset = field.dataset if field else rest
        mine = of_dataset(source, dataset, self.catalog)
        if not mine:
            raise unknown("entry or dataset", target, ["`datakeep catalog list --all` shows what there is"])
        return Place(source, dataset, mine, field)

    def _answer(  # noqa: PLR0913, PLR0917 - what is lent, and one parameter per flag of the command
        self, grant: Grant, place: Place, clear: frozenset[str], seconds: float, limit: int | None, sql: str | None
    ) -> pa.Table:
        cap = MOST if grant.rows is None else grant.rows
        wanted = cap if sql is not None else min(cap, limit or PAGE)
        veil = Veil.of(place.entries, clear, self.policy(), self.ledger.keys.masking())
        masked = veil.over(place.columns(self.rows(place.source, place.dataset, wanted, seconds).slice(0, wanted)))
        if sql is None:
            return masked
        answer = query_tables(dict.fromkeys(place.names, masked), sql)
        return answer.slice(0, cap if limit is None else min(cap, limit))

    @contextmanager
    def _refusals_on_record(self, name: str, person: Person, place: Place) -> Iterator[None]:
        try:
            yield
        except DeniedError as refused:
            event = Event("read.refused", person.name, grant=name, decision="refused", because=(str(refused),),
                          detail={"dataset": place.name})  # fmt: skip
            self.ledger.record(event, self.clock(), narrowing=True)
            raise


def admitted(grant: Grant, person: Person, now: datetime) -> Grant:
    """The grant, if `person` may read through it at `now`. Raises DeniedError."""
    if grant.grantee != person.name:
        raise DeniedError(f"{grant.id} is {grant.grantee}'s grant, not {person.name}'s")
    if not is_live(grant, now):
        seen = seen_grant(grant, now)
        error = DeniedError(f"{grant.id} is {seen.state.value}" + _when(seen))
        error.add_note("`datakeep request create` asks for a new one")
        raise error
    return grant


def _when(grant: Grant) -> str:
    if grant.state is GrantState.EXPIRED:
        return f" since {grant.expires:%Y-%m-%d %H:%M:%S} UTC"
    return f" and starts {grant.starts:%Y-%m-%d %H:%M:%S} UTC" if grant.state is GrantState.SCHEDULED else ""


def _event(kind: str, grant: Grant, clear: frozenset[str], place: Place, detail: Mapping[str, object]) -> Event:
    classes = sorted({str(held) for entry in place.entries if entry.id in clear for held in entry.classes})
    return Event(kind, grant.grantee, grant.request_id, grant.id, tuple(sorted(clear)), tuple(classes), "allowed",
                 detail=detail)  # fmt: skip
