"""Files that only grow, a line at a time."""

import errno
import os
from io import FileIO


def append(file: FileIO, line: bytes) -> None:
    """Write a line durably. Raises OSError, also where a disk that is nearly full took a part and said nothing."""
    if file.write(line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())
