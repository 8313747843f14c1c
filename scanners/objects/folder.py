"""A folder of files, one file, or a glob: `file:./exports/`, `file:/data/users.csv`, `file:./logs/*.log`.

Nothing outside the folder is opened and nothing but regular files: a symbolic link that leads out, a loop, a pipe or a
device is listed and refused, so that it shows as not examined.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote

from scanners import formats
from scanners.interface import Cause, Part, ScanError, Source, UnitUnreadableError
from scanners.objects import globs
from scanners.objects.collection import Alias, Collection, FilesScanner
from scanners.objects.containers import Containers
from scanners.objects.datasets import group

MAX_DEPTH: Final = 64
"""Folders inside folders that are entered."""

_CAUSES: Final = {
    errno.ENOENT: (Cause.GONE, "is not there any more"),
    errno.ENOTDIR: (Cause.GONE, "is not there any more"),
    errno.EACCES: (Cause.PERMISSION, "may not be read"),
    errno.EPERM: (Cause.PERMISSION, "may not be read"),
    errno.ELOOP: (Cause.TYPE, "is a symbolic link"),
    errno.ENXIO: (Cause.TYPE, "is no regular file"),
}


class FolderScanner(FilesScanner):
    """Looks at a folder of data files as if it were a bucket."""

    __slots__ = ()

    def collection(self) -> Collection:
        return Collection(self.source, Containers(Folder.of(self.source)), group, formats.draw)


@dataclass(frozen=True, slots=True)
class Folder:
    """The regular files below `top` whose path from there matches `glob`."""

    source: str
    top: Path
    glob: str | None = None
    alias: Alias = str

    @classmethod
    def of(cls, source: Source, alias: Alias = str) -> "Folder":
        """The folder that a `file:` URL names; a wildcard or a file's name narrows it.

        `alias` gives the name by which a path may match as well: a rotated log goes by its log's.
        """
        written = re.sub(r"^file:(//(?=/|\.))?", "", source.url, flags=re.IGNORECASE)
        named = written if Path(written).exists() else unquote(written)
        fixed, wild = (named, None) if Path(named).exists() else globs.split(named)
        top = Path(fixed or ".").expanduser()
        if wild is None and not top.is_dir() and top.exists():
            return cls(source.name, top.parent, _escape(top.name), alias)
        return cls(source.name, top, wild, alias)

    @property
    def root(self) -> str:
        """The folder's own name."""
        return self.top.resolve().name or "root"

    def list(self) -> Iterator[Part]:
        """Every file below, in order of path. What cannot be listed or opened is there too, to be refused."""
        try:
            os.scandir(self.top).close()
        except PermissionError as error:
            raise ScanError(f"source {self.source}: {self.top} may not be listed") from error
        except OSError as error:
            raise ScanError(f"source {self.source}: there is no {self.top}") from error
        matches = globs.pattern(self.glob).fullmatch if self.glob else None
        inside = os.path.realpath(self.top)
        for part in self._walk(self.top, "", inside, 0):
            if matches is None or matches(part.path) or matches(self.alias(part.path)):
                yield part

    def open(self, part: Part) -> BinaryIO:
        """The file, every folder on the way to it entered without following a link."""
        if {"", ".", ".."} & set(part.path.split("/")):
            raise UnitUnreadableError(f"{part.path} is no path inside the folder", Cause.TYPE)
        try:
            handle = self._descend(part.path.split("/"))
        except (OSError, ValueError) as error:
            raise _refused(part, getattr(error, "errno", None)) from None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise _refused(part, errno.ENXIO)
        return os.fdopen(handle, "rb")

    def _descend(self, steps: Sequence[str]) -> int:
        at = os.open(self.top, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in steps[:-1]:
                below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                os.close(at)
                at = below
            return os.open(steps[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
        finally:
            os.close(at)

    def _walk(self, folder: Path, prefix: str, inside: str, depth: int) -> Iterator[Part]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError:
            yield Part(prefix.rstrip("/"), 0, "unlisted")
            return
        for entry in entries:
            path = f"{prefix}{entry.name}"
            if entry.is_symlink():
                if not _leads_inside(entry.path, inside):
                    yield Part(path, 0, "link")
            elif entry.is_dir(follow_symlinks=False) and depth < MAX_DEPTH:
                yield from self._walk(Path(entry.path), f"{path}/", inside, depth + 1)
            else:
                yield _part(entry, path)


def _part(entry: os.DirEntry[str], path: str) -> Part:
    try:
        told = entry.stat(follow_symlinks=False)
    except OSError:
        return Part(path, 0, "gone")
    return Part(path, told.st_size, f"{told.st_size}-{told.st_mtime_ns}")


def _leads_inside(path: str, inside: str) -> bool:
    """Whether a link's target lies in the folder, where it is listed under its own name."""
    target = os.path.realpath(path)
    return Path(target).exists() and os.path.commonpath([target, inside]) == inside


def _refused(part: Part, number: int | None) -> UnitUnreadableError:
    cause, said = _CAUSES.get(number or 0, (Cause.UNREACHABLE, "cannot be opened"))
    return UnitUnreadableError(f"{part.path} {said}", cause)


def _escape(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)
