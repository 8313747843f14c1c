"""Bytes to rows: what a part holds is told from its first bytes, and read by one module per family of formats."""

from scanners.formats.drawing import Drawn, Quota, Row
from scanners.formats.reading import EXTENSIONS, draw, stem
from scanners.formats.stream import BROKEN, COMPRESSED, Bounded, Opened, Rewinding
from scanners.formats.text import WHOLE

__all__ = [
    "BROKEN",
    "COMPRESSED",
    "EXTENSIONS",
    "WHOLE",
    "Bounded",
    "Drawn",
    "Opened",
    "Quota",
    "Rewinding",
    "Row",
    "draw",
    "stem",
]
