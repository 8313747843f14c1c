"""Bytes with a limit: decompressed on the way, never more than asked for, never later than the deadline.

A bomb, a file cut off in the middle and a budget that ran out look the same to a reader: the stream ends, and
`stopped` says why. What came before is kept.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, BinaryIO, Final, TypeVar, cast

import pyarrow as pa

from scanners.formats.drawing import Quota
from scanners.interface import Cause

T = TypeVar("T")

RATIO: Final = 200
"""Decompressed to compressed bytes beyond which a stream is a bomb (text in gzip reaches 10 to 30)."""

GRACE: Final = 8 * 1024 * 1024
"""Decompressed bytes that are let through before the ratio counts: small files of blanks are harmless."""

HEAD: Final = 256 * 1024
"""Bytes looked at to tell the format, the encoding and the dialect; also what is read at once."""

STEP: Final = 64 * 1024
"""Decompressed bytes asked for at once: what a broken stream still gives before it breaks is lost by at most this."""

XZ_MEMORY: Final = 128 * 1024 * 1024
"""What the xz decoder may hold, in bytes; its default presets need up to 65 MB."""

COMPRESSED: Final = (".gz", ".gzip", ".bz2", ".zst", ".zstd", ".xz", ".lz4")

MAGIC: Final = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"\x04\x22\x4d\x18": "lz4",
}
BROKEN: Final = (
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    pa.ArrowException,
)
"""What decoders of compressed and packed bytes raise where these are broken."""


class Metered(io.RawIOBase):
    """Counts the compressed bytes, and keeps a failure of the source apart from a failure to decompress."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self.passed = 0
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._source.read(len(buffer))
        except Exception as error:
            self.error = error
            raise
        buffer[: len(data)] = data
        self.passed += len(data)
        return len(data)


class Bounded(io.RawIOBase):
    """A stream that ends at `limit` bytes or at the quota's deadline; `stopped` says why, where it ended early."""

    def __init__(
        self,
        source: BinaryIO,
        quota: Quota,
        *,
        end: int | None = None,
        limit: int | None = None,
        fed: Metered | None = None,
    ) -> None:
        super().__init__()
        self._source, self._quota, self._fed, self._end = source, quota, fed, end
        self._limit = quota.bytes if limit is None else limit
        self.passed = 0
        self.stopped: Cause | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as source and limit allow, so that a first look sees a whole head."""
        filled = 0
        while filled < len(buffer) and self._may_go_on():
            data = self._pull(
                min(len(buffer) - filled, (self._end or self._limit) - self.passed, self._limit - self.passed)
            )
            if not data:
                break
            buffer[filled : filled + len(data)] = data
            filled += len(data)
            self.passed += len(data)
        return filled

    def short(self, kept: int) -> Cause | None:
        """Why a draw of `kept` rows is less than was asked for. A budget that ran out on a full draw is no reason."""
        is_budget = self.stopped in {Cause.TOO_LARGE, Cause.TIMEOUT} and not self._is_bomb()
        return None if is_budget and kept >= self._quota.rows else self.stopped

    def _may_go_on(self) -> bool:
        if self._end is not None and self.passed >= self._end:
            return False
        if self.stopped is None and self._quota.spent:
            self.stopped = Cause.TIMEOUT
        if self.stopped is None and (self._is_bomb() or (self.passed >= self._limit and self._pull(1))):
            self.stopped = Cause.TOO_LARGE
        return self.stopped is None and self.passed < self._limit

    def _is_bomb(self) -> bool:
        return self._fed is not None and self.passed > max(GRACE, RATIO * self._fed.passed)

    def _pull(self, size: int) -> bytes:
        if self._fed is None:
            data = self._source.read(size)
            if not data and isinstance(self._source, Rewinding) and self._source.failed:
                self.stopped = Cause.MALFORMED
            return data
        some = getattr(self._source, "read1", self._source.read)
        try:
            return bytes(some(min(size, STEP)))
        except BROKEN as broken:
            if self._fed.error is not None:
                raise self._fed.error from broken
            self.stopped = Cause.MALFORMED
            return b""


class Rewinding(io.RawIOBase):
    """A stream that can only be read forwards, as a seekable one: to go back, it is opened anew.

    One that breaks ends there, and has `failed`.
    """

    def __init__(self, opening: Callable[[], BinaryIO], size: int, within: BinaryIO) -> None:
        """Open with `opening` what is `size` bytes long; `within` is closed with it."""
        super().__init__()
        self._opening, self._size, self._within = opening, size, within
        self._stream: BinaryIO | None = None
        self.failed = False
        self._at = self._wanted = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._within.close()
        super().close()

    def tell(self) -> int:
        return self._wanted

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._wanted, io.SEEK_END: self._size}[whence]
        self._wanted = max(0, start + offset)
        return self._wanted

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._placed().read(len(buffer))
        except BROKEN:
            self.failed, data = True, b""
        buffer[: len(data)] = data
        self._at = self._wanted = self._at + len(data)
        return len(data)

    def _placed(self) -> BinaryIO:
        """The stream at the wanted place."""
        if self._stream is None or self._wanted < self._at:
            self._stream, self._at = self._opening(), 0
        while self._at < self._wanted:
            passed = len(self._stream.read(min(STEP, self._wanted - self._at)))
            if not passed:
                break
            self._at += passed
        return self._stream


@dataclass(frozen=True, slots=True)
class Opened:
    """A part at hand: a seekable stream of its `size` bytes, and what may be taken of it. `rng` picks what is kept."""

    name: str
    handle: BinaryIO
    size: int
    quota: Quota
    rng: Random
    codec: str | None

    @classmethod
    def of(cls, name: str, handle: BinaryIO, quota: Quota, rng: Random) -> "Opened":
        """A part, its compression told from its first bytes. Where it ends now is its end, though it may grow."""
        return cls(name, handle, handle.seek(0, io.SEEK_END), quota, rng, codec_of(handle))

    @property
    def forwards(self) -> bool:
        """Whether going to a place means reading all that stands before it."""
        return self.codec is not None or isinstance(self.handle, Rewinding)

    def stream(self) -> tuple[io.BufferedReader, "Bounded"]:
        """The decompressed bytes from the start on, buffered so that `peek` shows a whole head."""
        self.handle.seek(0)
        if self.codec is None:
            limit = Bounded(self.handle, self.quota, end=self.size)
        else:
            fed = Metered(self.handle)
            limit = Bounded(DECODERS[self.codec](fed), self.quota, fed=fed)
        return io.BufferedReader(limit, HEAD), limit

    def take(self, items: Iterable[T]) -> tuple[list[T], int]:
        """The items to keep, and how many went by."""
        return self.quota.take(items, self.rng)


def codec_of(handle: BinaryIO) -> str | None:
    """The compression that a part's first bytes tell of, whatever its name says. Leaves the handle at its start."""
    handle.seek(0)
    start = handle.read(6)
    handle.seek(0)
    return next((codec for magic, codec in MAGIC.items() if start.startswith(magic)), None)


def _gzip(fed: Metered) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=fed))


def _bz2(fed: Metered) -> BinaryIO:
    return cast("BinaryIO", bz2.BZ2File(cast("BinaryIO", io.BufferedReader(fed))))


def _arrow(codec: str) -> Callable[[Metered], BinaryIO]:
    def opened(fed: Metered) -> BinaryIO:
        return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(fed, "r"), codec))

    return opened


class _Xz(io.RawIOBase):
    """xz with a bound on the decoder's memory, which `lzma.LZMAFile` cannot be given."""

    def __init__(self, fed: Metered) -> None:
        super().__init__()
        self._fed = fed
        self._decoder = lzma.LZMADecompressor(memlimit=XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        while not self._decoder.eof:
            data = self._fed.read(64 * 1024) if self._decoder.needs_input else b""
            out = self._decoder.decompress(data or b"", max_length=size)
            if out:
                return out
            if self._decoder.needs_input and not data:
                raise EOFError
        return b""


DECODERS: Final[dict[str, Callable[[Metered], BinaryIO]]] = {
    "gzip": _gzip,
    "bz2": _bz2,
    "zstd": _arrow("zstd"),
    "lz4": _arrow("lz4"),
    "xz": lambda fed: cast("BinaryIO", _Xz(fed)),
}
