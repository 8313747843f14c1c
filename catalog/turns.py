"""Taking turns at a file that only one process can have open, and naming who does not let go of it."""

import fcntl
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from catalog.interface import CatalogBusyError

HOLDER = re.compile(r"PID (\d+)")
PAUSES = (0.001, 0.01)  # seconds between two looks at the lock: at least, at most


@contextmanager
def turn(path: Path, deadline: float, *, alone: bool) -> Iterator[None]:
    """Wait for one's turn at `path`, until `deadline` (monotonic) at the latest; readers go together.

    They are lock files of our own: asking them costs nothing, while every refused open of DuckDB costs 15 ms. DuckDB's own
    lock still decides; whoever waited here in vain meets it and learns who the holder is. Whoever waits stands at the
    door meanwhile, so that readers who keep coming do not keep a writer out.
    """
    door, room = _lock(f"{path}.next.lock"), _lock(f"{path}.lock")
    try:
        _take(door, fcntl.LOCK_EX, deadline)
        _take(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, deadline)
        _leave(door)
        door = None
        yield
    finally:
        _leave(door)
        _leave(room)


def _lock(place: str) -> int | None:
    """A lock file, open; None where the catalog may only be read, and there is no place for one."""
    try:
        return os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _take(lock: int | None, how: int, deadline: float) -> None:
    while lock is not None and not _taken(lock, how | fcntl.LOCK_NB) and time.monotonic() < deadline:
        time.sleep(random.uniform(*PAUSES))  # noqa: S311 - so that waiting processes do not march in step


def _taken(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how)
    except BlockingIOError:
        return False
    return True


def _leave(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def busy(path: Path, whom: str) -> CatalogBusyError:
    """The error for a catalog that was held for longer than we wait."""
    error = CatalogBusyError(f"the catalog at {path} is held by {whom}")
    error.add_note("it is held for moments only: try again, or end that process")
    return error


def holder(refusal: str) -> str:
    """Who holds the lock, by process id and command where DuckDB's refusal and the system tell."""
    if not (match := HOLDER.search(refusal)):
        return "another process"
    command = ""
    with suppress(OSError):
        words = Path(f"/proc/{match[1]}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        command = " ".join(Path(word).name if word.startswith("/") else word for word in words[:4])
        command = " ".join(command.split())[:80]
    return f"process {match[1]}" + (f" ({command})" if command else "")
