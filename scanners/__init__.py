"""Sources and samples: what there is, and a look at it. Loads no driver."""

from scanners.interface import (
    Allowance,
    Budget,
    Cause,
    Coverage,
    Extent,
    Field,
    Gap,
    Key,
    Kind,
    Part,
    Sample,
    ScanError,
    Scanner,
    Source,
    SourceUnreachableError,
    Unit,
    UnitUnreadableError,
)
from scanners.paths import Shape, rewrite
from scanners.registry import installed, scanner_for
from scanners.secrets import Secret, SecretError

__all__ = [
    "Allowance",
    "Budget",
    "Cause",
    "Coverage",
    "Extent",
    "Field",
    "Gap",
    "Key",
    "Kind",
    "Part",
    "Sample",
    "ScanError",
    "Scanner",
    "Secret",
    "SecretError",
    "Shape",
    "Source",
    "SourceUnreachableError",
    "Unit",
    "UnitUnreadableError",
    "installed",
    "rewrite",
    "scanner_for",
]
