"""No more connections to a database than it was said to bear: slots that the processes of one machine share."""

import fcntl
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from scanners.interface import Source

PAUSES = (0.02, 0.1)  # seconds between two looks for a free slot


class SlotsTakenError(Exception):
    """Others kept every slot for longer than they should have needed."""


@contextmanager
def slot(source: Source, seconds: float) -> Iterator[None]:
    """One of the source's connections, waited for; a process that dies lets go of its own.

    Raises SlotsTakenError where none came free within `seconds`.
    """
    if source.connections is None:
        yield
        return
    descriptor = _taken(_folder(), source, source.connections, time.monotonic() + seconds)
    try:
        yield
    finally:
        os.close(descriptor)


def _folder() -> Path:
    """A folder that nobody else can put links into."""
    folder = Path(tempfile.gettempdir()) / f"datakeep-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    seen = folder.lstat()
    if seen.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink() or seen.st_mode & 0o022:
        raise SlotsTakenError
    return folder


def _taken(folder: Path, source: Source, most: int, deadline: float) -> int:
    name = sha256((source.replica or source.url).encode()).hexdigest()[:16]
    while True:
        for number in range(most):
            descriptor = os.open(folder / f"{name}-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise SlotsTakenError
        time.sleep(random.uniform(*PAUSES))  # noqa: S311 - so that waiting workers do not march in step
