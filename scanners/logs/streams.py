"""From the paths of files to log streams: a log, its rotated and its compressed siblings are one. Pure.

The name is that of the log as it is written to: `access.log.2.gz`, `access.log-20261101` and `access-2026-11-01.log`
are parts of `access.log`, also while that one is not there.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from scanners.formats import COMPRESSED
from scanners.interface import Part
from scanners.objects.datasets import MARKERS, Dataset, without_partitions

DAY: Final = (
    r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?(?:[-_.T]?\d\d(?:[-_.:]?\d\d){0,2}Z?)?"
)
ROTATED: Final = re.compile(
    rf"(?:\.(?P<number>\d{{1,5}})|[-_.](?P<date>{DAY})(?:[-_.]\d{{1,5}})?|\.(?:old|bak|prev)|~)$", re.IGNORECASE
)
"""What logrotate, log4j, pino and their kin put behind a log's name."""

DATED: Final = re.compile(rf"[-_.]?(?P<date>{DAY})(?:[-_.]\d{{1,5}})?(?=\.[a-z]+$)", re.IGNORECASE)
"""A date before the extension."""

NUMBERED: Final = re.compile(r"\.(?P<number>\d{1,3})(?=\.log$)", re.IGNORECASE)


def group(parts: Iterable[Part], root: str) -> list[Dataset]:
    """The streams that `parts` make up, each part in exactly one, by name; a stream's parts stand oldest first."""
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if not MARKERS.search(part.path):
            found[stream(part.path, root)[0]].append(part)
    return [
        Dataset(name, tuple(sorted(own, key=lambda part: (*stream(part.path, root)[1], part.path))))
        for name, own in sorted(found.items())
    ]


def written_to(path: str) -> str:
    """The path of the log that a file was once part of: `a/access.log` for `a/access.log.1.gz`."""
    return stream(path, "")[0]


def stream(path: str, root: str) -> tuple[str, tuple[bool, str, int]]:
    """The name of the log that a path belongs to, and its place in time: rotated, by date, by number downwards."""
    *folders, file = path.split("/")
    kept = without_partitions(folders)
    when = "".join(re.sub(r"\D", "", folder) for folder in folders if folder not in kept)
    packed = next((end for end in COMPRESSED if file.lower().endswith(end)), "")
    bare, number = file[: len(file) - len(packed)], 0
    while match := ROTATED.search(bare) or DATED.search(bare) or NUMBERED.search(bare):
        told = match.groupdict()
        number = int(told.get("number") or number)
        when += re.sub(r"\D", "", told.get("date") or "")
        bare = bare[: match.start()] + bare[match.end() :]
    rotated = bare != file or bool(when)
    says_nothing = not bare.strip("-_.~") or (bare.startswith(".") and bare != file)
    return "/".join(kept if says_nothing else [*kept, bare]) or root, (not rotated, when, -number)
