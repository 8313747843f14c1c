"""JSON: one value a line, one document, an array of records, or values one after another."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from scanners.formats import text
from scanners.formats.drawing import Drawn, Row
from scanners.formats.stream import Bounded, Opened
from scanners.interface import Cause

MAX_ELEMENT: Final = 16 * 1024 * 1024
"""Characters of one record or document; parsed, it takes some ten times as much memory."""

CHUNK: Final = 256 * 1024


def draw_lines(opened: Opened) -> Drawn:
    """JSON lines as rows. A line that is no JSON is counted as malformed, and the others stand."""
    kept, account = text.draw_lines(opened)
    good = [as_row(value) for value in map(parse, kept) if value is not BAD]
    return replace(account, rows=good, short=account.short or (Cause.MALFORMED if len(good) < len(kept) else None))


def draw_values(opened: Opened) -> Drawn:
    """The elements of a top-level array, or top-level values one after another; one at a time is held."""
    stream, limit = opened.stream()
    values = _Values(text.decoded(stream, stream.peek(4)), limit)
    kept, seen = opened.take(values)
    stopped = opened.quota.head or values.short is not None
    method = "head" if stopped else "all" if len(kept) == seen else "reservoir"
    return Drawn([as_row(value) for value in kept], None if stopped else seen, method, values.short, limit.passed)


def is_lines(head: str) -> bool:
    """Whether a text that begins with `{` or `[` holds a value a line: its first two lines are values."""
    first, _, rest = head.lstrip().partition("\n")
    second = rest.lstrip().partition("\n")
    if parse(first) is BAD:
        return False
    return not rest.strip() or not second[1] or parse(second[0]) is not BAD


def begins(head: str) -> bool:
    """Whether a text begins like a JSON object or array, as far as its head shows."""
    start = re.sub(r"\s+", "", head[:256])
    return re.match(r"""\{("|\}$)|\[(["{\[\]]|-?\d+(\.\d+)?[,\]]|true|false|null)""", start) is not None


def as_row(value: Any) -> Row:
    """A top-level value as a row: an object as it is, an array's items as columns, a scalar as a whole document."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        return {f"col_{i}": item for i, item in enumerate(value, 1)}
    return {text.WHOLE: value}


class _Bad:
    pass


BAD: Final = _Bad()


def parse(line: str) -> Any:
    """The value that a line is, else BAD: no JSON, or nested too deep to be read."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return BAD


class _Values:
    """Values found by scanning a buffer that grows only as far as one value needs."""

    def __init__(self, source: io.TextIOWrapper, limit: Bounded) -> None:
        self._source, self._limit = source, limit
        self._decoder = json.JSONDecoder()
        self._buffer = ""
        self._ended = False
        self.short: Cause | None = None

    def __iter__(self) -> Iterator[Any]:
        self._grow()
        self._buffer = self._buffer.lstrip().removeprefix("[") if self._opens_an_array() else self._buffer
        while self._to_next():
            value = self._value()
            if value is BAD:
                return
            yield value

    def _opens_an_array(self) -> bool:
        return self._buffer.lstrip().startswith("[")

    def _to_next(self) -> bool:
        """Pass over what stands between values; whether there is another one."""
        while True:
            self._buffer = self._buffer.lstrip(" \t\r\n,]")
            if self._buffer or self._ended:
                break
            self._grow()
        if not self._buffer:
            self.short = self._limit.stopped
        return bool(self._buffer)

    def _value(self) -> Any:
        """The value at the buffer's start; where its text is not all there yet, more is read, twice as much each time."""
        while True:
            try:
                value, end = self._decoder.raw_decode(self._buffer)
            except RecursionError:
                self.short = Cause.TOO_LARGE
                return BAD
            except ValueError:
                value, end = BAD, 0
            if value is not BAD and (end < len(self._buffer) or self._ended):
                self._buffer = self._buffer[end:]
                return value
            if self._ended or len(self._buffer) > MAX_ELEMENT:
                too_large = len(self._buffer) > MAX_ELEMENT
                self.short = self._limit.stopped or (Cause.TOO_LARGE if too_large else Cause.MALFORMED)
                return BAD
            self._grow()

    def _grow(self) -> None:
        more = self._source.read(max(CHUNK, len(self._buffer)))
        self._ended = not more
        self._buffer += more
