"""What a run found different in the shape of its sources: datasets and columns new, dropped, renamed or retyped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from catalog import history
from catalog.database import Connection

Schema = Mapping[str, str]  # column to type
Place = tuple[str, str]  # source, dataset

NESTED = "nested"  # the type of a column that is known by what lies in it
FIELDS = """
    SELECT source, dataset, field, data_type FROM beliefs
    WHERE since <= $version AND (until IS NULL OR until > $version) AND NOT gone AND field <> '*'
    AND list_contains($sources, source)
"""


class SchemaKind(StrEnum):
    """How a shape became different."""

    NEW = "new"
    DROPPED = "dropped"
    RENAMED = "renamed"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference: of a whole dataset where `field` is None; `before` and `after` are names, or types."""

    kind: SchemaKind
    source: str
    dataset: str
    field: str | None = None
    before: str | None = None
    after: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The item that `run show` prints."""
        return asdict(self)


def schema_changes(connection: Connection, run_id: str) -> list[SchemaChange]:
    """What a run found different since just before it. A source's first run has nothing to compare with."""
    before, after = history.span(connection, run_id)
    sources = list(history.run(connection, run_id).sources)
    old, new = (_schemas(connection, sources, version) for version in (before, after))
    known = {source for source, _ in old}
    return list(compared(old, {place: schema for place, schema in new.items() if place[0] in known}))


def _schemas(connection: Connection, sources: list[str], version: int) -> dict[Place, dict[str, str]]:
    found: dict[Place, dict[str, str]] = {}
    for row in connection.rows(FIELDS, {"sources": sources, "version": version}):
        column = row["field"].partition(".")[0].partition("[")[0]
        schema = found.setdefault((row["source"], row["dataset"]), {})
        schema[column] = row["data_type"] if column == row["field"] else NESTED
    return found


def compared(old: Mapping[Place, Schema], new: Mapping[Place, Schema]) -> Iterator[SchemaChange]:
    """The differences between two states, in order of place.

    A dataset was renamed where one that is gone and one that is new are the only two of their columns and types, within
    a source; a column, where one that is gone and one that is new are the only two of their type, within a dataset.
    """
    places = dict(_renamed(_only(old, new), _only(new, old)))
    taken = set(places.values())
    for place in sorted({*old, *new} - taken):
        source, dataset = place
        if place in places:
            after = places[place]
            yield SchemaChange(SchemaKind.RENAMED, source, after[1], before=dataset, after=after[1])
        elif place not in new:
            yield SchemaChange(SchemaKind.DROPPED, source, dataset)
        elif place not in old:
            yield SchemaChange(SchemaKind.NEW, source, dataset)
        else:
            yield from _columns(place, old[place], new[place])


def _only(here: Mapping[Place, Schema], there: Mapping[Place, Schema]) -> dict[Place, tuple[Any, ...]]:
    """The places that are here alone, by source and schema."""
    return {place: (place[0], *sorted(here[place].items())) for place in here if place not in there}


def _columns(place: Place, old: Schema, new: Schema) -> Iterator[SchemaChange]:
    gone = {name: kind for name, kind in old.items() if name not in new}
    made = {name: kind for name, kind in new.items() if name not in old}
    names = dict(_renamed(gone, made))
    for name in sorted({*old, *new} - set(names.values())):
        before, after = old.get(name), new.get(name)
        if name in names:
            yield SchemaChange(SchemaKind.RENAMED, *place, names[name], before=name, after=names[name])
        elif after is None:
            yield SchemaChange(SchemaKind.DROPPED, *place, name, before=before)
        elif before is None:
            yield SchemaChange(SchemaKind.NEW, *place, name, after=after)
        elif before != after and NESTED not in {before, after}:
            yield SchemaChange(SchemaKind.RETYPED, *place, name, before=before, after=after)


def _renamed(gone: Mapping[Any, Any], made: Mapping[Any, Any]) -> Iterable[tuple[Any, Any]]:
    """Pairs of one that is gone and one that was made, alike and each the only one of its kind."""
    alike = {what for what, count in Counter(gone.values()).items() if count == 1}
    alike &= {what for what, count in Counter(made.values()).items() if count == 1}
    by_kind = {what: one for one, what in made.items()}
    return [(one, by_kind[what]) for one, what in gone.items() if what in alike]
