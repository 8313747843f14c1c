"""The small language in which labelled databases, logs and texts are written down, and its reading.

    == shop_de de_DE mail order, Germany       a database, its locale
    @ notes                                    lines to choose from, {maker:argument} filled in
    kunde 240: nr serial; vorname first ^      a table, its rows, its columns: name, maker[:argument], flags

Flags: `=A|B` the right kinds, `=` clean, `=?` two sensible people would argue (made, not judged); `%40` percent null; `^`
upper case; `!` one in ten a placeholder; `pad` filled with blanks; `str` as text; `few:8` only so many distinct values.
A table whose rows are written `json:200` is a file of JSON lines, its columns are paths (`a.b`, `a[].b`). Without a gold,
the maker's own holds, and for notes that of their holes. `~` in a column's name is a blank.
"""

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from faker import Faker

from held_out import people, things
from held_out.people import Row

MAKERS = people.MAKERS | things.MAKERS
PLACEHOLDERS = ["N/A", "-", "unknown", "n/a", "?", "none", "TBD"]
HOLE = re.compile(r"\{(\w+)(?::([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as written down: how its values are made, and what they are."""

    name: str
    maker: str
    argument: str
    flags: tuple[str, ...]

    @property
    def gold(self) -> frozenset[str] | None:
        """The kinds that are right, none for clean; None where it is not judged."""
        told = next((flag[1:] for flag in self.flags if flag.startswith("=")), None)
        told = MAKERS[self.maker][1] if told is None and self.maker in MAKERS else told or ""
        return None if told == "?" else frozenset(filter(None, told.split("|")))

    def flag(self, start: str, default: int = 0) -> int:
        """The number behind a flag such as `%40`."""
        return next((int(flag.removeprefix(start)) for flag in self.flags if flag.startswith(start)), default)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its rows, its columns, whether it is a file of JSON lines."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    nested: bool


@dataclass(slots=True)
class Database:
    """A database: its locale, its tables, the lines that its notes are chosen from."""

    name: str
    locale: str
    tables: list[Table] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=dict)


def databases(folder: Path) -> Iterator[Database]:
    """The databases of every `*.schema` in a folder."""
    for file in sorted(folder.glob("*.schema")):
        for chapter in re.split(r"^== ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            yield read(chapter)


def read(chapter: str) -> Database:
    """One database. Raises ValueError at a line that is none of ours."""
    head, *lines = chapter.splitlines()
    found = Database(*head.split()[:2])
    for block in blocks(lines):
        if block.startswith("@ "):
            name, *texts = block.splitlines()
            found.lines[name[2:].strip()] = [text.strip() for text in texts]
        else:
            found.tables.append(table(" ".join(block.split())))
    found.tables = [told_of_notes(each, found.lines) for each in found.tables]
    return found


def told_of_notes(wanted: Table, lines: dict[str, list[str]]) -> Table:
    """The table with the gold of its notes: what is in the lines they are chosen from."""
    return replace(wanted, columns=tuple(
        replace(each, flags=(*each.flags, "=" + "|".join(kinds_in(lines[each.argument])))) if each.maker == "say" else each
        for each in wanted.columns
    ))  # fmt: skip


def kinds_in(lines: list[str]) -> list[str]:
    """The kinds that the holes of some lines are filled with, and free text with personal data if there is any."""
    kinds = {kind for line in lines for hole in HOLE.finditer(line) for kind in MAKERS[hole[1]][1].split("|") if kind}
    return sorted(kinds | {"FREE_TEXT_WITH_PII"} if kinds else kinds)


def blocks(lines: list[str]) -> list[str]:
    """Lines joined with the indented ones that follow."""
    found: list[str] = []
    for line in filter(str.strip, lines):
        if line.startswith(" "):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def table(text: str) -> Table:
    """One table."""
    head, _, body = text.partition(": ")
    name, rows = head.split()
    columns = [column(part.split()) for part in body.split(";") if part.strip()]
    return Table(name, int(rows.removeprefix("json=")), tuple(columns), rows.startswith("json="))


def column(words: list[str]) -> Column:
    """One column. Raises ValueError where its maker is unknown."""
    name, told, *flags = words
    maker, _, argument = told.partition(":")
    if maker not in MAKERS and maker != "say":
        message = f"{name}: no maker {maker}"
        raise ValueError(message)
    return Column(name.replace("~", " "), maker, argument, tuple(flags))


def values(database: Database, wanted: Table) -> dict[str, list[Any]]:
    """Every column's values, the same on every run."""
    seed = zlib.crc32(f"{database.name}/{wanted.name}".encode())
    rng, fake = random.Random(seed), faker(database.locale, seed)
    region = database.locale.partition("_")[2]
    rows = [Row(fake, rng, region, index) for index in range(wanted.rows)]
    return {each.name: finished(each, [made(each, row, database) for row in rows], rng) for each in wanted.columns}


FAKERS: dict[str, Faker] = {}


def faker(locale: str, seed: int) -> Faker:
    """Faker for a locale, seeded; they are dear to make."""
    fake = FAKERS.setdefault(locale, Faker(locale))
    fake.seed_instance(seed)
    return fake


def made(each: Column, row: Row, database: Database) -> Any:
    """One value before its flags."""
    if each.maker == "say":
        return filled(row.rng.choice(database.lines[each.argument]), row)
    return MAKERS[each.maker][0](row, each.argument)


def filled(text: str, row: Row) -> str:
    """A line with its {maker:argument} holes filled in."""
    return HOLE.sub(lambda hole: str(MAKERS[hole[1]][0](row, hole[2] or "")), text)


def finished(each: Column, cells: list[Any], rng: random.Random) -> list[Any]:
    """The values with the column's flags applied."""
    if few := each.flag("few:"):
        pool = cells[:few]
        cells = [rng.choice(pool) for _ in cells]
    if nulls := each.flag("%"):
        cells = [None if rng.randrange(100) < nulls else cell for cell in cells]
    if {"str", "^", "!", "pad"} & set(each.flags):
        cells = [cell if cell is None else worn(str(cell), each.flags, rng) for cell in cells]
    return cells


def worn(text: str, flags: tuple[str, ...], rng: random.Random) -> str:
    """A text as careless hands leave it."""
    text = rng.choice(PLACEHOLDERS) if "!" in flags and rng.randrange(10) == 0 else text
    text = text.upper() if "^" in flags else text
    return text.ljust(40) if "pad" in flags else text
