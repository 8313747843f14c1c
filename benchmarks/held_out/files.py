"""Labelled logs and texts: `== NAME LOCALE COUNT =KINDS [?KINDS]`, then lines with holes, as in `held_out.schema`.

Of `*.logs` every line is drawn COUNT times at random; a text of `*.texts` is its lines, as they stand. `=` names the kinds
that are in the file, `?` those that two sensible people would argue about.
"""

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from held_out.people import Row
from held_out.schema import faker, filled


@dataclass(frozen=True, slots=True)
class File:
    """A file with its text, the kinds in it, and the kinds that may be found or not."""

    name: str
    text: str
    gold: frozenset[str]
    arguable: frozenset[str]
    log: bool


def files(folder: Path) -> Iterator[File]:
    """The files written down in every `*.logs` and `*.texts` of a folder."""
    for source in sorted([*folder.glob("*.logs"), *folder.glob("*.texts")]):
        for chapter in re.split(r"^== ", source.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            yield file(chapter, log=source.suffix == ".logs")


def file(chapter: str, *, log: bool) -> File:
    """One file; every line of a log is of another person, a text of one."""
    head, *lines = chapter.strip().splitlines()
    name, locale, count, *kinds = head.split()
    seed = zlib.crc32(name.encode())
    rng, fake = random.Random(seed), faker(locale, seed)
    rows = (Row(fake, rng, locale.partition("_")[2], index) for index in range(int(count)))
    text = "\n".join(filled(rng.choice(lines) if log else "\n".join(lines), row) for row in rows)
    told = {kind[:1]: frozenset(filter(None, kind[1:].split("|"))) for kind in kinds}
    return File(name, text + "\n", told.get("=", frozenset()), told.get("?", frozenset()), log)
