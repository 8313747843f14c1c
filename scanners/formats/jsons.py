"""JSON: one value a line, one document, an array of records, or values one after another."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final

from scanners.formats import text
from scanners.formats.drawing import Drawn, Row
from scanners.formats.stream import Bounded, Opened
from scanners.interface import Cause

MAX_ELEMENT: Final = 16 * 1024 * 1024
"""Characters of one record or document; parsed, it takes some ten times as much memory."""

CHUNK: Final = 256 * 1024

LINES_SHOWN: Final = 10

LEAST_KEPT: Final = 1000
"""Members that a list or an object inside a value may have in any case; well above what tells a map from an object."""


def draw_lines(opened: Opened) -> Drawn:
    """JSON lines as rows. A line that is no JSON is counted as malformed, and the others stand."""
    kept, account = text.draw_lines(opened)
    good, method = _rows([value for value in map(parse, kept) if value is not BAD], opened, account.method)
    return replace(
        account, rows=good, method=method, short=account.short or (Cause.MALFORMED if len(good) < len(kept) else None)
    )


def draw_values(opened: Opened) -> Drawn:
    """The elements of a top-level array, or top-level values one after another; one at a time is held."""
    stream, limit = opened.stream()
    values = _Values(text.decoded(stream, stream.peek(4)), limit)
    kept, seen = opened.take(values)
    stopped = opened.quota.head or values.short is not None
    method = "head" if stopped else "all" if len(kept) == seen else "reservoir"
    short = limit.short(len(kept)) if values.short is limit.stopped else values.short
    rows, method = _rows(kept, opened, method)
    return Drawn(rows, None if stopped else seen, method, short, limit.passed)


def _rows(kept: Sequence[Any], opened: Opened, method: str) -> tuple[list[Row], str]:
    """Values as rows, what is endless in them thinned; a reader, who asks for the head, gets them whole."""
    if opened.quota.head:
        return [as_row(value) for value in kept], method
    most = max(opened.quota.rows, LEAST_KEPT)
    thinned = [thin(value, most, opened.rng) for value in kept]
    return [as_row(value) for value, _ in thinned], "reservoir" if method == "all" and any(
        was for _, was in thinned
    ) else method


def thin(value: Any, most: int, rng: Random) -> tuple[Any, bool]:
    """A value whose lists and objects hold no more than `most` members, drawn at random; and whether any did.

    One document may hold a whole table. Lists and objects in `value` are changed in place.
    """
    top, thinned = [value], False
    todo: list[Any] = [top]
    while todo:
        here = todo.pop()
        if isinstance(here, list) and len(here) > most:
            here[:] = [here[at] for at in sorted(rng.sample(range(len(here)), most))]
            thinned = True
        elif isinstance(here, dict) and len(here) > most:
            drawn = set(rng.sample(range(len(here)), most))
            kept = {key: child for at, (key, child) in enumerate(here.items()) if at in drawn}
            here.clear()
            here.update(kept)
            thinned = True
        todo += [
            child for child in (here.values() if isinstance(here, dict) else here) if isinstance(child, (dict, list))
        ]
    return top[0], thinned


def is_lines(head: str) -> bool:
    """Whether a text that begins like JSON holds a value a line: most of its first lines are objects or arrays.

    One line alone that is an array is a document whose elements are the rows.
    """
    first = [line for line in head.splitlines()[:LINES_SHOWN] if line.strip()]
    if len(first) == 1 and first[0].lstrip().startswith("["):
        return False
    return 2 * sum(isinstance(parse(line), (dict, list)) for line in first) >= len(first)


def begins(head: str) -> bool:
    """Whether a text begins like a JSON object or array, as far as its head shows."""
    start = re.sub(r"\s+", "", head[:256])
    return re.match(r"""\{("|\}$)|\[(["{\[\]]|-?\d+(\.\d+)?(,|\]$)|(true|false|null)[,\]])""", start) is not None


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
        self._decode = json.JSONDecoder().raw_decode
        self._buffer, self._at = "", 0
        self._ended = False
        self.short: Cause | None = None

    def __iter__(self) -> Iterator[Any]:
        self._pass(r"\s*\[?")
        while self._pass(r"[\s,\]]*"):
            value = self._value()
            if value is BAD:
                return
            yield value
        self.short = self._limit.stopped

    def _pass(self, between: str) -> bool:
        """Pass over what stands between values; whether there is another one."""
        pattern = re.compile(between)
        while True:
            match = pattern.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return True
            if not self._grow():
                return False

    def _value(self) -> Any:
        """The value that begins here, else BAD; where its text is not all there yet, twice as much is read."""
        while True:
            value, end = self._decoded()
            if value is not BAD and (end < len(self._buffer) or not self._grow()):
                self._at = end
                return value
            if value is BAD and (self.short or self._is_hopeless()):
                return BAD

    def _decoded(self) -> tuple[Any, int]:
        try:
            return self._decode(self._buffer, self._at)
        except RecursionError:
            self.short = Cause.TOO_LARGE
        except ValueError:
            pass
        return BAD, self._at

    def _is_hopeless(self) -> bool:
        """Whether more text would not make a value of what begins here, and why."""
        if len(self._buffer) - self._at > MAX_ELEMENT:
            self.short = Cause.TOO_LARGE
        elif not self._grow():
            self.short = self._limit.stopped or Cause.MALFORMED
        return self.short is not None

    def _grow(self) -> bool:
        """Read on, and forget what was passed; False at the end."""
        more = self._source.read(max(CHUNK, len(self._buffer) - self._at)) if not self._ended else ""
        self._ended = not more
        self._buffer, self._at = self._buffer[self._at :] + more, 0
        return bool(more)
