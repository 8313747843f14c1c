"""A small world to try lending in: people, fields and a policy by hand, and the real ledger, broker and gateway."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalog import Entry, Status, UnknownEntryError, is_glob, matches
from classifiers import DataClass, Label, Mode, Taxonomy
from jit.audit import Audit
from jit.broker import Broker
from jit.gateway import Gateway, Reading
from jit.interface import Person
from jit.ledger import Ledger
from jit.policies.policy import Policy
from scanners import Extent

_taxonomy = cache(Taxonomy.load)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def field(name: str, *classes: str, taxonomy: Taxonomy | None = None, **parts: object) -> Entry:
    """A field as the catalog would know it, confirmed by a steward: `source/dataset#path` and its classes."""
    place, _, path = name.partition("#")
    source, _, dataset = place.partition("/")
    held = tuple(map(DataClass, classes))
    known = taxonomy or _taxonomy()
    found = Entry(
        id=name, source=source, dataset=dataset, field=path, data_type="text",
        data_class=held[0] if held else None,
        labels=tuple(Label(one, "TEST", 1.0) for one in held),
        entity="TEST" if held else None, confidence=1.0 if held else None, status=Status.CONFIRMED,
        coverage=Extent.EXAMINED, coverage_reason=None,
        sensitivity=max((known.get(one).sensitivity for one in held), default=None),
        regulations=(), requirements=(), owner="owner", purpose=(), examined=100, distinct=100, matched=100,
        mode=Mode.VALUE if held else None, first_seen=NOON, last_scanned=NOON, decided_by="stew", decided_at=NOON,
        run_id="run-1",
    )  # fmt: skip
    return replace(found, **parts)  # type: ignore[arg-type]  # the parts are the caller's


class Shelf:
    """A catalog of fields put there by hand: what lending asks of a catalog, in memory."""

    def __init__(self, fields: Iterable[Entry]) -> None:
        """Put the fields on the shelf."""
        self.fields = {entry.id: entry for entry in fields}

    def entries(
        self,
        *,
        classes: Iterable[str] = (),
        sources: Iterable[str] = (),
        datasets: Iterable[str] = (),
        ids: Iterable[str] = (),
        all: bool = False,  # noqa: A002 - the catalog's name
    ) -> list[Entry]:
        """As `Catalog.entries`."""
        wanted, places = [DataClass(one) for one in classes], set(sources)
        named, globs = set(ids), tuple(datasets)
        patterns = [one for one in named if is_glob(one)]
        return [
            entry for entry in self.fields.values()
            if (all or entry.classes) and (not places or entry.source in places)
            and (not globs or any(matches(one, entry.dataset) for one in globs))
            and (not named or entry.id in named or any(matches(one, entry.id) for one in patterns))
            and (not wanted or any(one.covers(held) for one in wanted for held in entry.classes))
        ]  # fmt: skip

    def resolve(self, patterns: Iterable[str]) -> list[Entry]:
        """As `Catalog.resolve`."""
        found: dict[str, Entry] = {}
        for pattern in patterns:
            some = [
                one
                for one in self.fields.values()
                if matches(pattern, one.id) and (one.classes or not is_glob(pattern))
            ]
            if not some:
                raise UnknownEntryError(f"no entry {pattern}")
            found |= {entry.id: entry for entry in some}
        return list(found.values())


class World:
    """Lending with everything real but the catalog and the clock; `now` is what the gateway's clock says."""

    def __init__(
        self, home: Path, policy: str, people: Iterable[Person], fields: Iterable[Entry],
        tables: Mapping[str, pa.Table] | None = None,
    ) -> None:  # fmt: skip
        """Take the state folder, the policy's YAML, the people, the fields, and rows by `source/dataset`."""
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.taxonomy = _taxonomy()
        self.people = {person.name: person for person in people}
        self.shelf = Shelf(fields)
        self.tables = dict(tables or {})
        self.now = NOON
        self.set_policy(policy)
        self.open()

    def set_policy(self, text: str) -> None:
        """Put another policy in force."""
        path = self.home / "policies.yaml"
        path.write_text(text, encoding="utf-8")
        self.policy = Policy.load(path, self.taxonomy)

    def open(self) -> None:
        """Start anew from what is on disk, as after a crash."""
        self.ledger = Ledger(self.home, wait=1.0)
        self.broker = Broker(self.ledger, lambda: self.policy, self.shelf, self.people, self.taxonomy)
        self.gateway = Gateway(self.ledger, lambda: self.policy, self.shelf, self._rows, lambda: self.now)
        self.audit = Audit(self.ledger)

    def types(self) -> Sequence[str]:
        """The types of the audit records, in order."""
        return [record.event.type for record in self.ledger.records()]

    def read(self, grant: str, person: str, target: str, now: datetime | None = None, **flags: Any) -> Reading:
        """Read through the gateway when its clock says `now`; `flags` are its `limit` and `sql`."""
        self.now = now or self.now
        return self.gateway.read(grant, self.people[person], target, **flags)

    def _rows(self, source: str, dataset: str, limit: int, _seconds: float) -> pa.Table:
        return self.tables[f"{source}/{dataset}"].slice(0, limit)
