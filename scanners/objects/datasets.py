"""From the paths of files to logical datasets: partitions, dated and numbered parts are one. Pure.

A name is made from a path alone wherever the path says that it is a part (`dt=…`, `2026/11/01`, `part-0`), so that it
stays when more parts come. Other files are one dataset when their names differ in nothing but numbers and dates.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scanners.formats import stem
from scanners.interface import Part

HIVE: Final = re.compile(r"^[^=/]+=[^/]*$")
DATE: Final = re.compile(
    r"""^(19|20)\d\d ( [-_.]? (0[1-9]|1[0-2]) ( [-_.]? (0[1-9]|[12]\d|3[01]) ([-_.Tt]? [\d-]{2,9} [Zz]?)? )? )$""",
    re.VERBOSE,
)
YEAR: Final = re.compile(r"^(19|20)\d\d$")
NUMBER: Final = re.compile(r"^\d+$")
TOKEN: Final = re.compile(r"^(\d+|v\d+|[0-9a-f]{8,}|of|q[1-4]|\d+t\d+z?|w\d\d)$", re.IGNORECASE)
"""A piece of a file's name that tells it from its siblings: a number, a version, a hash, a quarter, a week."""

UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
FULL_DATE: Final = re.compile(
    r"(19|20)\d\d[-_.]?(0[1-9]|1[0-2])([-_.]?(0[1-9]|[12]\d|3[01]))?([-_.Tt]\d\d[-_.:]?\d\d([-_.:]?\d\d)?Z?)?(?!\d)"
)
PART: Final = re.compile(r"^part(-|_|\.|$)?(r-|m-)?\d", re.IGNORECASE)
"""How Spark, Hadoop, Dask and their kin call the files of one dataset."""

GENERIC: Final = frozenset(
    {"", "part", "data", "file", "chunk", "batch", "output", "out", "shard", "split", "segment", "block", "run"}
)
"""What is left of a name that says nothing of its own: the folder names the dataset."""

MARKERS: Final = re.compile(
    r"(^|/)(_SUCCESS|_metadata|_common_metadata|_committed_[^/]*|_started_[^/]*|\.DS_Store|Thumbs\.db|[^/]*\.crc)$"
    r"|(^|/)(\.git|\.hg|\.svn|\.datakeep|__pycache__)/"
)
"""Files that hold no data: written by engines, desktops and version control beside those that do; our own state."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Files that are one thing, oldest first as far as their names tell.

    `guessed`: they are put together for their names' likeness alone, which no path says outright.
    """

    name: str
    parts: tuple[Part, ...]
    guessed: bool = False


def group(parts: Iterable[Part], root: str) -> list[Dataset]:
    """The datasets that `parts` make up, each part in exactly one, by name; `root` names parts without a folder."""
    told: dict[str, list[Part]] = defaultdict(list)
    alike: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in parts:
        if MARKERS.search(part.path):
            continue
        name = partitioned(part.path)
        if name is None:
            alike[template(part.path)].append(part)
        else:
            told[name or root].append(part)
    guessed: set[str] = set()
    for (name, extension), members in sorted(alike.items()):
        named = _name(name or root, extension, members, told)
        guessed |= {named} if len(members) > 1 and named not in told else set()
        told[named].extend(members)
    return [Dataset(name, tuple(sorted(own, key=order)), name in guessed) for name, own in sorted(told.items())]


def partitioned(path: str) -> str | None:
    """The dataset's name where a path says by itself that it is a part of one, else None."""
    archive, inside, path = path.rpartition("!")
    name = _partitioned(path)
    return f"{archive}{inside}{name}".removesuffix("!") if name is not None else None


def _partitioned(path: str) -> str | None:
    *folders, file = path.split("/")
    kept = without_partitions(folders)
    bare = stem(file)[0]
    if PART.match(bare):
        return "/".join(kept)
    if len(kept) == len(folders):
        return None
    own = _plain(bare)
    return "/".join(kept if own.lower() in GENERIC or kept[-1:] == [own] else [*kept, own])


def without_partitions(folders: Sequence[str]) -> list[str]:
    """The folders of a path that are not `key=value`, a date, or a year with what follows it."""
    return [folder for i, folder in enumerate(folders) if not _is_partition(folders, i)]


def partitions(path: str) -> dict[str, str]:
    """The columns that a Hive path holds in its folders: `dt=2026-11-01/country=DE` is two of them."""
    return dict(folder.split("=", 1) for folder in path.split("/")[:-1] if HIVE.match(folder))


def template(path: str) -> tuple[str, str]:
    """What a path has in common with its siblings: the path without numbers and dates, and its extension."""
    archive, inside, path = path.rpartition("!")
    bare, extension = stem(path)
    *folders, file = bare.split("/")
    kept = [folder for folder in folders if not YEAR.match(folder)]
    own = _plain(file)
    name = "/".join(kept if own.lower() in GENERIC and kept else [*kept, own or file])
    return f"{archive}{inside}{name}", extension.lower()


def order(part: Part) -> tuple[tuple[int, int, str], ...]:
    """Natural order: `part-10` after `part-9`."""
    pieces = re.split(r"(\d+)", part.path)
    return tuple((1, int(piece), "") if piece.isdecimal() and len(piece) < 4000 else (0, 0, piece) for piece in pieces)


def _is_partition(folders: Sequence[str], i: int) -> bool:
    folder = folders[i]
    if HIVE.match(folder) or DATE.match(folder):
        return True
    start = i
    while start > 0 and NUMBER.match(folders[start]) and not YEAR.match(folders[start]):
        start -= 1
    followed = start + 1 < len(folders) and re.match(r"^\d{1,2}$", folders[start + 1])
    return bool(YEAR.match(folders[start]) and followed and i - start <= 4 and NUMBER.match(folder))


def _plain(bare: str) -> str:
    """A file's name without the pieces that number it, as long as something is left."""
    pieces = re.split(r"([-_. ]+)", FULL_DATE.sub("", UUID.sub("", bare)))
    words, gaps = pieces[::2], ["", *pieces[1::2]]
    kept = [(gap, word) for gap, word in zip(gaps, words, strict=True) if word and not TOKEN.match(word)]
    name = "".join(gap + word for gap, word in kept)
    return re.sub(r"\d+$", "", name).strip("-_. ") if kept else ""


def _name(name: str, extension: str, members: Sequence[Part], told: Mapping[str, Sequence[Part]]) -> str:
    """Files alike are one dataset; one alone keeps its path. Where a name is taken, its extension is kept."""
    if len(members) == 1:
        return members[0].path
    paths = {part.path for part in members}
    candidates = (name, f"{name}{extension}", f"{name}_*{extension}")
    return next((one for one in candidates if one not in told and one not in paths), candidates[-1])
