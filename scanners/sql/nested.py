"""Nested values that only their engine writes so, as JSON text, so that they get paths like any other: XML, hstore, rows.

What does not parse stays as it is, and is examined as text.
"""

import json
import re
from collections.abc import Callable, Sequence
from xml.parsers.expat import ExpatError

import xmltodict

PAIR = re.compile(r'\s*"((?:[^"\\]|\\.)*)"=>(?:NULL|"((?:[^"\\]|\\.)*)")\s*(?:,|$)', re.DOTALL)
PART = re.compile(r'(?:"((?:[^"\\]|\\.|"")*)"|([^,"()]*))(?:,|$)', re.DOTALL)
ESCAPED = re.compile(r'\\(.)|"(")', re.DOTALL)


def from_xml(text: str) -> str:
    """Elements by name, attributes as `@name`, text beside them as `#text`; what comes more than once is a list."""
    try:
        return json.dumps(xmltodict.parse(text, disable_entities=True), ensure_ascii=False)
    except (ExpatError, ValueError, RecursionError):  # ValueError: entities, which may unfold without an end
        return text


def from_hstore(text: str) -> str:
    """PostgreSQL's `"key"=>"value"` pairs."""
    pairs = list(PAIR.finditer(text))
    if not pairs or sum(len(pair.group()) for pair in pairs) != len(text):
        return text
    return json.dumps({_plain(pair[1]): None if pair[2] is None else _plain(pair[2]) for pair in pairs})


def from_row(names: Sequence[str]) -> Callable[[str], str]:
    """PostgreSQL's `(one,"two",)` of a composite type with parts of these names."""

    def read(text: str) -> str:
        inner = text[1:-1]
        parts: list[str | None] = []
        at = 0
        while at <= len(inner) and len(parts) <= len(names):
            found = PART.match(inner, at)
            if found is None:
                return text
            parts.append(_plain(found[1]) if found[1] is not None else found[2] or None)
            if found.end() == len(inner) and not found.group().endswith(","):
                break
            at = found.end()
        return json.dumps(dict(zip(names, parts, strict=True))) if len(parts) == len(names) else text

    return read


def _plain(quoted: str) -> str:
    return ESCAPED.sub(lambda found: found[1] or found[2], quoted)
