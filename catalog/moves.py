"""Fields that were renamed, where the engine knows them by more than their name; what was decided on them goes along.

The facts stay where they were put: a decision is found under the name that its field had, and `home` says whose it is now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from catalog import rows
from catalog.belief import Belief
from catalog.database import Connection
from classifiers import Classification

Place = tuple[str, str, str]  # source, dataset, field

MOVES = "SELECT * FROM moves WHERE list_contains($sources, source) AND version <= $version ORDER BY version"


@dataclass(frozen=True, slots=True)
class Move:
    """From this version on what was `old` is `new`."""

    version: int
    old: Place
    new: Place

    def row(self) -> rows.Row:
        """As a row of `moves`."""
        source, dataset, field = self.old
        return {"version": self.version, "source": source, "dataset": dataset, "field": field,
                "to_dataset": self.new[1], "to_field": self.new[2]}  # fmt: skip


def moves(connection: Connection, sources: Iterable[str], version: int) -> list[Move]:
    """Every rename in these sources up to a version, in order."""
    found = connection.rows(MOVES, {"sources": sorted(set(sources)), "version": version})
    return [
        Move(row["version"], (row["source"], row["dataset"], row["field"]),
             (row["source"], row["to_dataset"], row["to_field"]))
        for row in found
    ]  # fmt: skip


def home(place: Place, version: int, known: Sequence[Move]) -> Place | None:
    """Where the field is now that was at `place` at a version; None where another one took its name since."""
    for move in known:
        if move.version <= version:
            continue
        if move.old == place:
            return home(move.new, move.version, known)
        if move.new == place and not any(other.old == place and other.version == move.version for other in known):
            return None
    return place


def former(place: Place, known: Sequence[Move]) -> list[tuple[Place, int, int]]:
    """The places where a field was, each with the first and the last version that it was there; the oldest first."""
    found: list[tuple[Place, int, int]] = []
    upto = 2**62
    while move := next((one for one in reversed(known) if one.new == place and one.version <= upto), None):
        found.insert(0, (place, move.version, upto))
        place, upto = move.old, move.version - 1
    return [(place, 0, upto), *found]


BY_UID = """
    SELECT * FROM beliefs WHERE until IS NULL AND NOT gone AND uid IS NOT NULL AND source = $source
    AND list_contains($uids, uid)
"""


def renamed(
    find: Callable[[str, Sequence[str]], list[Belief]],
    unit: tuple[str, str],
    seen: Mapping[str, Classification],
    known: Mapping[str, Belief],
) -> dict[str, Belief]:
    """By their path now, the fields of one look that the catalog knows under another name, as it knows them.

    `find` gives what is believed of the fields of a source that have one of some uids. Only a field that has no name
    here yet can be one that was renamed: a database that was restored numbers its columns anew.
    """
    alive = {path for path, belief in known.items() if not belief.gone}
    new = {one.field.uid: path for path, one in seen.items() if one.field.uid and path not in alive}
    if not new:
        return {}
    found = [belief for belief in find(unit[0], sorted(new)) if _is(belief, seen[new[belief.uid or ""]], seen, unit)]
    if {belief.dataset for belief in found} - {unit[1]} and (alive or len({belief.dataset for belief in found}) > 1):
        found = [belief for belief in found if belief.dataset == unit[1]]
    return {new[belief.uid or ""]: belief for belief in found}


def _is(belief: Belief, now: Classification, seen: Mapping[str, Classification], unit: tuple[str, str]) -> bool:
    """Whether a belief can be of the field that is seen: of the same type, and not seen under its own name as well."""
    stays = belief.dataset == unit[1] and belief.field in seen and seen[belief.field].field.uid == belief.uid
    return belief.data_type == rows.text(now.field.data_type) and not stays


def moved(belief: Belief, dataset: str, path: str) -> Belief:
    """The belief under its new name."""
    return replace(belief, dataset=dataset, field=path)
