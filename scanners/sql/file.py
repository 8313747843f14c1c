"""Databases that are files: where the file is, and whether it changed."""

from pathlib import Path

from scanners.interface import ScanError, Source
from scanners.sql.trouble import Trouble, address, source_error

HEAD = 12_288  # covers the headers by which both engines tell one state from the next


def database_file(source: Source) -> Path:
    """The file that the source's URL names. Raises ScanError where there is none; a scan never makes one."""
    name = address(source).database
    if not name or name == ":memory:":
        raise ScanError(f"source {source.name} names no file")
    path = Path(name).expanduser().resolve()
    if not path.is_file():
        raise source_error(source, Trouble.ABSENT)
    return path


def state_of(path: Path) -> str:
    """What changes with every write: size, time and headers of the file and of the log that goes ahead of it."""
    parts = []
    for file in (path, Path(f"{path}-wal"), Path(f"{path}.wal")):
        if file.exists():
            seen = file.stat()
            with file.open("rb") as opened:
                parts.append(f"{seen.st_size} {seen.st_mtime_ns} {opened.read(HEAD).hex()}")
    return "\n".join(parts)
