"""Archives as folders: `misc/q3.zip!customers.csv` is a part of its own, listed without being unpacked.

Nothing is written anywhere: a member is read through its archive. Sizes that an archive states are not believed; what
is read is bounded where it is read.
"""

import io
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import BinaryIO, Final, cast

from scanners.formats import BROKEN, Bounded, Opened, Quota, Rewinding
from scanners.interface import Cause, Part, UnitUnreadableError
from scanners.objects.collection import Store

ZIP: Final = (".zip",)
TAR: Final = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")

MEMBERS: Final = 2000
"""Members of one archive that are listed."""

DEPTH: Final = 3
"""Archives inside archives that are opened."""

HELD: Final = 64 * 1024 * 1024
"""Bytes of an inner archive that are held in memory, and of a tar file that are passed through to list it."""

SECONDS: Final = 20.0
"""What listing or finding a member in one tar file may take."""


@dataclass(frozen=True, slots=True)
class Containers:
    """A store whose archives are open: their members stand beside the other parts."""

    store: Store

    @property
    def root(self) -> str:
        """As the store's."""
        return self.store.root

    def list(self) -> Iterator[Part]:
        """The store's parts, archives replaced by their members; an archive that cannot be listed stays, to say so."""
        for part in self.store.list():
            yield from self._expanded(part, DEPTH)

    def open(self, part: Part) -> BinaryIO:
        """A part, or a member of an archive. An archive itself is a part only where it could not be listed: refused."""
        if part.path.lower().endswith(ZIP + TAR):
            raise self._refused(part)
        return self._raw(part)

    def _raw(self, part: Part) -> BinaryIO:
        outer = _outer(part)
        if outer is None:
            return self.store.open(part)
        handle = self._archive(outer)
        try:
            return _member(outer, handle, part.path[len(outer.path) + 1 :])
        except BROKEN:
            handle.close()
            raise UnitUnreadableError(f"{part.path} cannot be taken out of its archive", Cause.MALFORMED) from None
        except UnitUnreadableError:
            handle.close()
            raise

    def _expanded(self, part: Part, depth: int) -> Iterator[Part]:
        if not part.path.lower().endswith(ZIP + TAR):
            yield part
            return
        try:
            found = self._members(part) if depth else []
        except UnitUnreadableError:
            found = []
        for member in found[:MEMBERS]:
            yield from self._expanded(member, depth - 1)
        if not found or len(found) > MEMBERS:
            yield part

    def _members(self, part: Part) -> Sequence[Part]:
        with self._archive(part) as handle:
            try:
                return list(islice(_members(part, handle), MEMBERS + 1))
            except BROKEN:
                raise UnitUnreadableError(f"{part.path} is broken", Cause.MALFORMED) from None

    def _refused(self, part: Part) -> UnitUnreadableError:
        try:
            found = len(self._members(part))
        except UnitUnreadableError as error:
            return error
        if found == 0:
            return UnitUnreadableError(f"{part.path} is empty", Cause.EMPTY)
        said = f"has more than {MEMBERS} members" if found > MEMBERS else f"lies in more than {DEPTH} archives"
        return UnitUnreadableError(f"{part.path} {said}", Cause.TOO_LARGE)

    def _archive(self, part: Part) -> BinaryIO:
        """An archive's bytes with random access: one that lies in another is held in memory."""
        handle = self._raw(part)
        if not isinstance(handle, Rewinding):
            return handle
        with handle:
            held = handle.read(HELD + 1)
        if len(held) > HELD:
            raise UnitUnreadableError(f"{part.path} is too large for an archive inside another", Cause.TOO_LARGE)
        return io.BytesIO(held)


def _outer(part: Part) -> Part | None:
    """The archive that a member lies in; a member's version holds what is needed to open that one."""
    at = part.path.rfind("!")
    while at > 0 and not part.path[:at].lower().endswith(ZIP + TAR):
        at = part.path.rfind("!", 0, at)
    if at <= 0 or part.version.count(":") < 2:
        return None
    _, size, version = part.version.split(":", 2)
    return Part(part.path[:at], int(size), version)


def _members(archive: Part, handle: BinaryIO) -> Iterator[Part]:
    def member(name: str, size: int, mark: int) -> Part:
        return Part(f"{archive.path}!{name}", size, f"{mark:08x}:{archive.size}:{archive.version}")

    if archive.path.lower().endswith(ZIP):
        with zipfile.ZipFile(handle) as opened:
            yield from (member(i.filename, i.file_size, i.CRC) for i in opened.infolist() if not i.is_dir())
    else:
        found, limit = _tar(archive, handle)
        try:
            yield from (member(i.name, i.size, int(i.mtime)) for i in found if i.isfile())
        except tarfile.TarError:
            raise UnitUnreadableError(
                f"{archive.path} is broken or too large", limit.stopped or Cause.MALFORMED
            ) from None


def _member(archive: Part, handle: BinaryIO, name: str) -> BinaryIO:
    if archive.path.lower().endswith(ZIP):
        opened = zipfile.ZipFile(handle)
        info = opened.getinfo(name)
        if info.flag_bits & 1:
            raise UnitUnreadableError(f"{archive.path}!{name} is encrypted", Cause.ENCRYPTED)
        return cast("BinaryIO", Rewinding(_again(opened, info), info.file_size, handle))
    found, _ = _tar(archive, handle)
    member = next((one for one in found if one.name == name and one.isfile()), None)
    inside = found.extractfile(member) if member else None
    if member is None or inside is None:
        raise UnitUnreadableError(f"{archive.path}!{name} is not there any more", Cause.GONE)
    return cast("BinaryIO", Rewinding(_once(inside, archive, handle, name), member.size, handle))


def _again(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast("BinaryIO", opened.open(info))


def _once(first: object, archive: Part, handle: BinaryIO, name: str) -> Callable[[], BinaryIO]:
    """A member of a tar file from its start: where it was found, and from the archive's start every time after."""
    ready = [first]

    def opened() -> BinaryIO:
        if ready:
            return cast("BinaryIO", ready.pop())
        found, _ = _tar(archive, handle)
        return cast("BinaryIO", found.extractfile(next(one for one in found if one.name == name)))

    return opened


def _tar(archive: Part, handle: BinaryIO) -> tuple[tarfile.TarFile, Bounded]:
    """A tar file as a stream, decompressed within bounds: a bomb ends early."""
    quota = Quota(0, HELD * 16, time.monotonic() + SECONDS)
    stream, limit = Opened.of(archive.path, handle, quota, Random(0)).stream()  # noqa: S311 - nothing is drawn
    try:
        return tarfile.open(fileobj=stream, mode="r|"), limit
    except tarfile.TarError:
        raise UnitUnreadableError(f"{archive.path} is no archive", limit.stopped or Cause.MALFORMED) from None
