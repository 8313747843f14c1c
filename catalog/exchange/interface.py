"""The catalog in the words of other tools: what all exporters share. Metadata only, never a value.

An exporter is a pure function from entries to files by name, found by its entry point in `datakeep.exporters`; the
published schemas hold ours in tests.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from catalog.interface import CatalogError, Entry
from classifiers import DataClass

Files = dict[str, str]
Datasets = dict[tuple[str, str], list[Entry]]
NAME = re.compile(r'"((?:[^"]|"")*)"|([^.]+)')  # a part of a table's name, quoted where a dot or a quote is in it


@dataclass(frozen=True, slots=True)
class Place:
    """Where other tools find a source: `platform` as DataHub names it, and what its datasets are in.

    Tables are in a database, where there are several; files are in a folder or bucket, which ends with a slash.
    """

    platform: str = "datakeep"
    database: str | None = None
    folder: str | None = None

    def named(self, dataset: str) -> tuple[str, ...]:
        """A dataset's own name in its parts, such as schema and table; a file's is one, whatever dots are in it."""
        if self.folder is not None:
            return (dataset,)
        return tuple(part.replace('""', '"') or plain for part, plain in NAME.findall(dataset))

    def parts(self, dataset: str) -> tuple[str, ...]:
        """The whole name: with the database, or the folder before a file's."""
        if self.folder is not None:
            return (self.folder + dataset,)
        return (self.database, *self.named(dataset)) if self.database else self.named(dataset)


@dataclass(frozen=True, slots=True)
class World:
    """What entries do not say: the time, where each source is, and which classes an entry had, by id, and has no more."""

    now: datetime
    places: Mapping[str, Place] = field(default_factory=dict)
    withdrawn: Mapping[str, Sequence[DataClass]] = field(default_factory=dict)

    def place(self, source: str) -> Place:
        """Where a source is; one that nobody placed is a database of its own name."""
        return self.places.get(source, Place(database=source))


Exporter = Callable[[Iterable[Entry], World], Files]


@cache
def exporters() -> Mapping[str, EntryPoint]:
    """Every exporter that is installed, by name; imports none."""
    return {point.name: point for point in sorted(entry_points(group="datakeep.exporters"))}


def exporter(name: str) -> Exporter:
    """The exporter of that name. Raises CatalogError for one that there is not."""
    if name not in exporters():
        error = CatalogError(f"nothing exports to {name}")
        error.add_note(f"there are {', '.join(exporters())}")
        raise error
    made: Exporter = exporters()[name].load()
    return made


def by_dataset(entries: Iterable[Entry]) -> Datasets:
    """Entries by source and dataset, in order."""
    found: Datasets = {}
    for entry in sorted(entries, key=lambda one: one.id):
        found.setdefault((entry.source, entry.dataset), []).append(entry)
    return found


def by_source(entries: Iterable[Entry]) -> dict[str, Datasets]:
    """The same, source by source."""
    found: dict[str, Datasets] = {}
    for (source, dataset), members in by_dataset(entries).items():
        found.setdefault(source, {})[source, dataset] = members
    return found


def facts(entry: Entry) -> dict[str, Any]:
    """What every format carries of an entry, where it has a place for it; what is unknown is left out."""
    told = {
        "class": entry.data_class and str(entry.data_class),
        "classes": [str(key) for key in entry.classes],
        "sensitivity": entry.sensitivity.word if entry.sensitivity else None,
        "status": str(entry.status),
        "coverage": str(entry.coverage),
        "owner": entry.owner,
        "purpose": list(entry.purpose),
        "regulations": list(entry.regulations),
        "requirements": list(entry.requirements),
    }
    return {key: value for key, value in told.items() if value}


def steers(text: str) -> bool:
    """Whether text holds what moves a cursor or turns the reading direction: it may not stand in a file as it is."""
    return any(unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in text)


def spelled(text: str) -> str:
    """The same with every such character spelled out, for comments."""
    return "".join(f"\\u{{{ord(letter):x}}}" if steers(letter) else letter for letter in text)


def leading(members: Sequence[Entry]) -> Entry:
    """The entry that speaks for several: the most sensitive, then the surest."""
    return max(members, key=lambda one: (one.sensitivity or 0, one.confidence or 0.0))


def write(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Each file in `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files.items():
        aside = folder / f".{name}.new"
        aside.write_text(text, encoding="utf-8")
        written.append(aside.replace(folder / name))
    return written
