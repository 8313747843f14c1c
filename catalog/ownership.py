"""Whose data it is and what it is there for: said of a source, a dataset or a field, the nearest word counting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from catalog import rows
from catalog.belief import Belief
from catalog.commit import Commit
from catalog.database import Connection
from catalog.interface import Ownership

SETTINGS = "settings"
Level = tuple[str, str | None, str | None]  # source, dataset, field; None is every one

# A null says nothing, so the last word stays; an empty owner or list takes it back.
LATEST = """
    SELECT source, dataset, field, arg_max(owner, version) AS owner, arg_max(purpose, version) AS purpose
    FROM ownership WHERE list_contains($sources, source) GROUP BY ALL
"""


@dataclass(frozen=True, slots=True)
class Owners:
    """The last word on every level of some sources."""

    said: Mapping[Level, Ownership]

    @classmethod
    def of(cls, connection: Connection, sources: Iterable[str]) -> "Owners":
        """As the catalog has it now."""
        found = connection.rows(LATEST, {"sources": sorted(set(sources))})
        return cls({(row["source"], row["dataset"], row["field"]): _ownership(row) for row in found})

    def apply(self, belief: Belief) -> Belief:
        """The belief with the owner and the purpose that are nearest to it."""
        levels: tuple[Level, ...] = (
            (belief.source, belief.dataset, belief.field),
            (belief.source, belief.dataset, None),
            (belief.source, None, None),
        )
        words = [self.said[level] for level in levels if level in self.said]
        owner = next((word.owner for word in words if word.owner is not None), None)
        purpose = next((word.purpose for word in words if word.purpose is not None), None)
        if (belief.owner, belief.purpose) == (owner or None, purpose or ()):
            return belief
        return replace(belief, owner=owner or None, purpose=purpose or ())


def _ownership(row: Mapping[str, object]) -> Ownership:
    owner, purpose = row["owner"], row["purpose"]
    return Ownership(
        owner if isinstance(owner, str) else None, tuple(map(str, purpose)) if isinstance(purpose, list) else None
    )


def declare(commit: Commit, source: str, said: Ownership) -> None:
    """What the settings say of a source, where it differs from what they said before; its fields inherit it."""
    level: Level = (rows.text(source), None, None)
    now = Ownership(rows.text(said.owner or ""), tuple(map(rows.text, said.purpose or ())))
    if Owners.of(commit.connection, [level[0]]).said.get(level, Ownership("", ())) == now:
        return
    state(commit, [level], now, actor=SETTINGS)
    owners = Owners.of(commit.connection, [level[0]])
    for belief in commit.load_source(level[0]):
        commit.believe(owners.apply(belief))


def carry(commit: Commit, old: tuple[str, str, str], new: tuple[str, str, str]) -> None:
    """What was said of a field goes with it to its new name, and what was said of its table to the table's."""
    said = Owners.of(commit.connection, [old[0]]).said
    if old in said:
        state(commit, [new], said[old], actor=SETTINGS)
    table, renamed = (*old[:2], None), (*new[:2], None)
    if table in said and renamed not in said:
        state(commit, [renamed], said[table], actor=SETTINGS)


def state(commit: Commit, levels: Iterable[Level], said: Ownership, *, actor: str) -> None:
    """Put an ownership on record for sources, datasets or fields."""
    words = {
        "version": commit.version,
        "happened": commit.now,
        "actor": rows.text(actor),
        "owner": rows.maybe(said.owner),
        "purpose": [rows.text(one) for one in said.purpose] if said.purpose is not None else None,
    }
    facts = [{**words, "source": source, "dataset": dataset, "field": field} for source, dataset, field in levels]
    commit.append("ownership", facts)
