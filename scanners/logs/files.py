"""Logs in a folder: `file:./logs/*.log`, `file:/var/log/app/`."""

from random import Random
from typing import BinaryIO

from scanners import formats
from scanners.formats import Drawn, Quota
from scanners.interface import Source
from scanners.logs.lines import MESSAGE, parse
from scanners.logs.streams import group, written_to
from scanners.objects.collection import Collection, FilesScanner, Store
from scanners.objects.folder import Folder


class LogScanner(FilesScanner):
    """Looks at log files as streams of lines with named fields."""

    __slots__ = ()

    def collection(self) -> Collection:
        return logs(self.source, Folder.of(self.source, written_to))


def logs(source: Source, store: Store) -> Collection:
    """The logs that lie in a store."""
    return Collection(source, store, group, draw, whole=MESSAGE)


def draw(name: str, handle: BinaryIO, quota: Quota, rng: Random) -> Drawn:
    """Lines of one file as rows of fields; a file that is no text is read as what it is."""
    return formats.draw(name, handle, quota, rng, line=parse)
