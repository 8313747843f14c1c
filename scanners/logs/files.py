"""Logs in a folder: `file:./logs/*.log`, `file:/var/log/app/`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import BinaryIO

import pyarrow as pa

from scanners import formats
from scanners.formats import Drawn, Quota
from scanners.interface import Budget, Sample, Source, Unit
from scanners.logs.lines import MESSAGE, parse
from scanners.logs.streams import group, written_to
from scanners.objects.collection import Collection, Store
from scanners.objects.folder import Folder


@dataclass(frozen=True, slots=True)
class LogScanner:
    """Looks at log files as streams of lines with named fields."""

    source: Source

    def units(self) -> Iterator[Unit]:
        """Every log. Raises ScanError where there is no such folder."""
        yield from self._collection().units()

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """As `Scanner.sample`: lines from the whole of the newest, the oldest and other files of the log."""
        return self._collection().sample(unit, budget, seed)

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """As `Scanner.read`: the first lines of the newest file, as fields."""
        return self._collection().read(unit, limit)

    def _collection(self) -> Collection:
        return logs(self.source, Folder.of(self.source, written_to))


def logs(source: Source, store: Store) -> Collection:
    """The logs that lie in a store."""
    return Collection(source, store, group, draw, whole=MESSAGE)


def draw(name: str, handle: BinaryIO, quota: Quota, rng: Random) -> Drawn:
    """Lines of one file as rows of fields; a file that is no text is read as what it is."""
    return formats.draw(name, handle, quota, rng, line=parse)
