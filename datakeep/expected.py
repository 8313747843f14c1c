"""What the sample data should yield, held against what the catalog says."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog import Entry
from classifiers import DataClass


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of `expected.csv`: this entry holds this class."""

    entry: str
    data_class: DataClass

    @property
    def source(self) -> str:
        """The source that the entry belongs to."""
        return self.entry.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Score:
    """How one source fared. `missed` and `wrong` name entries; wrong is a class nobody expected there."""

    source: str
    expected: int
    found: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


def read_expected(path: Path) -> list[Expected]:
    """The lines of `expected.csv` (columns `entry`, `class`)."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Expected(row["entry"], DataClass(row["class"])) for row in csv.DictReader(file)]


def scores(expected: Iterable[Expected], entries: Iterable[Entry]) -> list[Score]:
    """A Score per source. An entry counts as found where one of its classes is the expected one or below it."""
    wanted = {one.entry: one for one in expected}
    held = {entry.id: entry for entry in entries if entry.data_class}
    sources = dict.fromkeys([one.source for one in wanted.values()] + [entry.source for entry in held.values()])
    return [_score(source, wanted, held) for source in sources]


def _score(source: str, wanted: dict[str, Expected], held: dict[str, Entry]) -> Score:
    mine = {name: one for name, one in wanted.items() if one.source == source}
    right = {name for name, one in mine.items() if name in held and _holds(held[name], one.data_class)}
    wrong = [name for name, entry in held.items() if entry.source == source and name not in right]
    return Score(source, len(mine), len(right), tuple(sorted(set(mine) - right)), tuple(sorted(wrong)))


def _holds(entry: Entry, data_class: DataClass) -> bool:
    return any(data_class.covers(held) for held in entry.classes)
