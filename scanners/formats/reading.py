"""From a part to its reader: by what its bytes say first, by its name second."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import BinaryIO, Final

import pyarrow as pa

from scanners.formats import columnar, delimited, jsons, text
from scanners.formats.dialect import SHOWN, is_table
from scanners.formats.drawing import Drawn, Quota, Row
from scanners.formats.stream import COMPRESSED, Opened
from scanners.interface import Cause, UnitUnreadableError

EXTENSIONS: Final = {
    ".csv": "delimited", ".tsv": "delimited", ".tab": "delimited", ".psv": "delimited",
    ".jsonl": "lines", ".ndjson": "lines", ".json": "json", ".geojson": "json",
    ".txt": "text", ".md": "text", ".log": "text", ".rst": "text",
    ".parquet": "parquet", ".orc": "orc", ".arrow": "arrow", ".feather": "arrow",
}  # fmt: skip
"""What a name promises; a file whose bytes say otherwise is read as what it is."""

MAGIC: Final = {
    b"PAR1": "parquet",
    b"PARE": "encrypted",
    b"ORC": "orc",
    b"ARROW1": "arrow",
    b"PK\x03\x04": "zip",
    b"%PDF": "unknown",
}

_COLUMNAR: Final[dict[str, Callable[[Opened], Drawn]]] = {
    "parquet": columnar.draw_parquet,
    "orc": columnar.draw_orc,
    "arrow": columnar.draw_arrow,
}
_STREAMED: Final[dict[str, Callable[[Opened], Drawn]]] = {
    "delimited": delimited.draw,
    "lines": jsons.draw_lines,
    "json": jsons.draw_values,
    "text": text.draw,
}


Parse = Callable[[str], Row]


def stem(path: str) -> tuple[str, str]:
    """A path without its extensions, and those: `a/users.csv.gz` is `a/users` and `.csv.gz`."""
    packed = next((end for end in COMPRESSED if path.lower().endswith(end)), "")
    bare = path[: len(path) - len(packed)]
    known = next((end for end in EXTENSIONS if bare.lower().endswith(end)), "")
    cut = len(bare) - len(known)
    return path[:cut], path[cut:]


def draw(name: str, handle: BinaryIO, quota: Quota, rng: Random, *, line: Parse | None = None) -> Drawn:
    """Rows of one part, whose `handle` is seekable. `line` says how to read lines of text that no name explains: logs.

    Raises UnitUnreadableError with the cause where nothing can be made of it; errors of the handle pass through.
    """
    opened = Opened.of(name, handle, quota, rng)
    stream, limit = opened.stream()
    head = stream.peek(1)
    if not head:
        raise _unreadable(name, limit.stopped or Cause.EMPTY)
    kind = kind_of(name, head)
    if line is not None and (kind in {"lines", "text"} or (kind == "delimited" and _promise(name) != kind)):
        return text.draw(opened, line)
    if kind in _COLUMNAR:
        return _columnar(kind, _unpacked(opened) if opened.forwards else opened)
    if kind not in _STREAMED:
        raise _unreadable(name, _why_not(kind, handle))
    drawn = _STREAMED[kind](opened)
    if len(drawn) == 0 and drawn.short is not None:
        raise _unreadable(name, drawn.short)
    return drawn


def kind_of(name: str, head: bytes) -> str:
    """The family of a part, `encrypted`, or `unknown`."""
    magic = next((kind for sign, kind in MAGIC.items() if head.startswith(sign)), None)
    if magic is not None:
        return magic
    promised = _promise(name)
    if promised in _COLUMNAR:
        return promised if not text.is_text(head) else "unknown"
    if not text.is_text(head):
        return "unknown"
    return _kind_of_text(promised, head)


def _why_not(kind: str, handle: BinaryIO) -> Cause:
    if kind == "zip" and not zipfile.is_zipfile(handle):
        return Cause.MALFORMED
    return Cause.ENCRYPTED if kind == "encrypted" else Cause.TYPE


def _promise(name: str) -> str:
    extension = stem(name)[1].lower()
    return next((kind for end, kind in EXTENSIONS.items() if extension.startswith(end)), "")


def _kind_of_text(promised: str, head: bytes) -> str:
    shown = text.shown(head)
    opens = shown.lstrip()[:1] in {"{", "["}
    if promised in {"lines", "json"} or (opens and promised != "delimited"):
        return _kind_of_json(shown, promised)
    if promised == "delimited" or is_table(shown.splitlines(keepends=True)[:SHOWN]):
        return "delimited"
    return "text"


def _kind_of_json(shown: str, promised: str) -> str:
    """A log line may begin with `[`: unless the name promises JSON, it must begin as JSON does."""
    if jsons.is_lines(shown):
        return "lines"
    if promised in {"lines", "json"}:
        return "json" if shown.lstrip()[:1] in {"{", "["} or promised == "json" else "lines"
    return "json" if jsons.begins(shown) else "text"


def _columnar(kind: str, opened: Opened) -> Drawn:
    opened.handle.seek(0)
    try:
        return _COLUMNAR[kind](opened)
    except (pa.ArrowException, OSError, ValueError) as broken:
        cause = Cause.ENCRYPTED if "encrypt" in str(broken).lower() else Cause.MALFORMED
        raise _unreadable(opened.name, cause) from None


def _unpacked(opened: Opened) -> Opened:
    """A compressed columnar file in memory: it needs random access."""
    stream, limit = opened.stream()
    held = stream.read()
    if limit.stopped:
        raise _unreadable(opened.name, limit.stopped)
    return replace(opened, handle=io.BytesIO(held), size=len(held), codec=None)


_SAID: Final = {
    Cause.EMPTY: "is empty",
    Cause.TYPE: "is of no known format",
    Cause.ENCRYPTED: "is encrypted",
    Cause.MALFORMED: "is broken",
    Cause.TOO_LARGE: "is too large for the budget",
    Cause.TIMEOUT: "took too long",
    Cause.DECODE: "cannot be decoded",
}


def _unreadable(name: str, cause: Cause) -> UnitUnreadableError:
    return UnitUnreadableError(f"{name} {_SAID.get(cause, 'cannot be read')}", cause)
