"""Bytes to text and lines: encodings told from the first bytes, lines of bounded length, windows into large files."""

import codecs
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

import pyarrow as pa

from scanners.formats.drawing import Drawn, Row
from scanners.formats.stream import HEAD, Bounded, Opened
from scanners.interface import Cause

MAX_LINE: Final = 1024 * 1024
"""Characters of a line that are kept; the rest of a longer one is passed over."""

WINDOWS: Final = 16
"""Places in a file too large for its quota at which lines are read: start, end, and one at random in each stretch."""

FEW_CONTROLS: Final = 8
"""Control characters that are forgiven in the shortest of texts."""

WHOLE: Final = "*"
"""The field that a whole text is."""

_BOMS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def _as_western(error: UnicodeError) -> tuple[str, int]:
    """What is no UTF-8 is taken for Windows-1252, and what that leaves open for Latin-1: never fails, loses nothing.

    By the byte, not by the file: an export whose first umlaut comes after a megabyte of ASCII is read right.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("latin-1" if any(byte in b"\x81\x8d\x8f\x90\x9d" for byte in bad) else "cp1252"), error.end


WESTERN: Final = "datakeep.western"
codecs.register_error(WESTERN, _as_western)


def encoding_of(head: bytes) -> str:
    """The encoding of a text: by its mark, by the zeros that UTF-16 leaves in western text, else UTF-8."""
    for mark, encoding in _BOMS.items():
        if head.startswith(mark):
            return encoding
    sample = head[:4096]
    half = max(1, len(sample) // 2)
    if sample[1::2].count(0) > 0.7 * half:
        return "utf-16-le"
    if sample[0::2].count(0) > 0.7 * half:
        return "utf-16-be"
    return "utf-8"


def shown(head: bytes) -> str:
    """The text that a part begins with."""
    encoding = encoding_of(head)
    if encoding.startswith("utf-8"):
        return head.decode(encoding, WESTERN)
    return head[: len(head) // 4 * 4].decode(encoding, "replace")


def is_text(head: bytes) -> bool:
    """Whether bytes can be text in the encoding they seem to be in: hardly any control characters, no zeros."""
    sample = shown(head)[:8192]
    odd = sum(char < " " and char not in "\t\n\r\f\x1b\x01" for char in sample)
    return "\0" not in sample and odd + sample.count("\ufffd") <= max(FEW_CONTROLS, 0.02 * len(sample))


def decoded(stream: io.BufferedReader, head: bytes) -> io.TextIOWrapper:
    """The stream as text, line ends untouched."""
    encoding = encoding_of(head)
    errors = WESTERN if encoding.startswith("utf-8") else "replace"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends, none longer than MAX_LINE: the rest of a longer one is passed over."""
    while line := text.readline(MAX_LINE):
        yield line
        while len(line) == MAX_LINE and line[-1] not in "\r\n":
            line = text.readline(MAX_LINE)


def draw_lines(opened: Opened) -> tuple[list[str], Drawn]:
    """Lines that are not blank, from the whole of the part: in windows where it is larger than the quota's bytes.

    Returns the lines and an account of the drawing without rows.
    """
    if has_windows(opened):
        windows = Windows(opened)
        kept, _ = opened.take(line for found in windows for line in found)
        return kept, windows.account(())
    stream, limit = opened.stream()
    kept, seen = opened.take(complete(lines(decoded(stream, stream.peek(4))), limit))
    stopped = opened.quota.head or limit.stopped is not None
    method = "head" if stopped else "all" if len(kept) == seen else "reservoir"
    return kept, Drawn((), None if stopped else seen, method, limit.short(len(kept)), limit.passed)


def has_windows(opened: Opened) -> bool:
    """Whether a part is to be read in windows: too large for its quota, and any place in it can be gone to."""
    if opened.forwards or opened.quota.head or opened.size <= opened.quota.bytes:
        return False
    opened.handle.seek(0)
    return encoding_of(opened.handle.read(4096)).startswith("utf-8")


def complete(found: Iterator[str], limit: Bounded) -> Iterator[str]:
    """Lines without blank ones, and without the last where the stream was cut in the middle of it."""
    for line in found:
        whole = line.endswith(("\n", "\r")) or limit.stopped is None or len(line) == MAX_LINE
        if whole and not line.isspace():
            yield line.rstrip("\r\n")


class Windows:
    """The complete lines in each of some windows into a large file, from its start to its end."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._width = max(1, opened.quota.bytes // WINDOWS)
        self._read: list[Bounded] = []

    def __iter__(self) -> Iterator[Iterator[str]]:
        for start in _starts(self._opened.size, self._width, self._opened.rng):
            self._opened.handle.seek(start)
            limit = Bounded(self._opened.handle, self._opened.quota, limit=self._width)
            self._read.append(limit)
            stream = io.BufferedReader(limit, HEAD)
            found = lines(io.TextIOWrapper(stream, encoding="utf-8", errors=WESTERN, newline=""))
            if start:
                next(found, None)
            yield complete(found, limit)

    def account(self, rows: pa.Table | Sequence[Row]) -> Drawn:
        """What was drawn, once all windows were passed through."""
        late = any(limit.stopped is Cause.TIMEOUT for limit in self._read)
        passed = sum(limit.passed for limit in self._read)
        return Drawn(rows, None, "block_sample", Cause.TIMEOUT if late else None, passed)


def _starts(size: int, width: int, rng: Random) -> list[int]:
    """Where windows of `width` begin: the file's start, its end, and one at random in each stretch between."""
    stretch = size / WINDOWS
    inner = [int(i * stretch + rng.random() * max(0.0, stretch - width)) for i in range(1, WINDOWS - 1)]
    return [0, *inner, size - width]


def draw(opened: Opened, parse: Callable[[str], Row] = lambda line: {WHOLE: line}) -> Drawn:
    """Lines of a text as rows; only those that are kept are parsed."""
    kept, account = draw_lines(opened)
    return replace(account, rows=[parse(line) for line in kept])
