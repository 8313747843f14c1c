"""Results on stdout in the format asked for; every string that may come from a source is made harmless here."""

import csv
import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

import click

SCHEMA_VERSION = 1
PAGE = 120  # letters a line, where no terminal says how many
PROSE = 24  # letters a line that running text takes at least
GAP = "   "
TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?\+00:00$")
FORMULA_STARTS = frozenset("=+-@|%\t\r\n\0")
Item = Mapping[str, Any]


def show(items: Iterable[Item], form: str, columns: Sequence[str]) -> None:
    """Print `items`: `columns` of them as a table, all keys in the other formats."""
    if form == "jsonl":
        for item in items:
            click.echo(json.dumps(item, default=str))
    elif form == "json":
        document = {"schema_version": SCHEMA_VERSION, "items": list(items)}
        click.echo(json.dumps(document, default=str, indent=2))
    elif form == "csv":
        _csv(list(items), columns)
    else:
        _table(list(items), columns)


def safe(value: object) -> str:
    """Text that cannot steer a terminal: controls become visible, direction overrides and zero-widths are spelled."""
    return "".join(_visible(letter) for letter in str(value))


def _visible(letter: str) -> str:
    point = ord(letter)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "\u2421"
    if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return f"\\u{{{point:x}}}"
    return letter


def cell(value: object) -> str:
    """A value as a table or CSV cell says it: lists joined, counts with their names, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(cell(item) for item in value)
    return safe(value)


def _mapping(value: Mapping[Any, Any]) -> str:
    """Counts with their names, the zeros left out; anything else as `key=value`."""
    if all(isinstance(item, int) for item in value.values()):
        return safe(", ".join(f"{item} {key}" for key, item in value.items() if item))
    return " ".join(f"{safe(key)}={cell(item)}" for key, item in value.items())


def harmless(text: str) -> str:
    """A CSV cell that no spreadsheet takes for a formula (OWASP ASVS 5.0, 1.2.10)."""
    start = unicodedata.normalize("NFKC", text.lstrip())[:1]
    return f"'{text}" if start and (start in FORMULA_STARTS or text[:1] in FORMULA_STARTS) else text


def _csv(items: Sequence[Item], columns: Sequence[str]) -> None:
    names = list(dict.fromkeys(key for item in items for key in item)) or list(columns)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    for item in items:
        writer.writerow([_exact(item.get(name)) for name in names])


def _exact(value: object) -> object:
    """A CSV cell: a number as it is, for whoever goes on with it."""
    return value if isinstance(value, float) else harmless(cell(value))


def _table(items: Sequence[Item], columns: Sequence[str]) -> None:
    """A table as wide as it needs to be; on a terminal that is narrower, rows of several lines. One too wide is a card."""
    from rich.cells import cell_len  # noqa: PLC0415 - rich is slow to import, and only tables need it

    rows = [[_shown(item.get(name)) for name in columns] for item in items]
    sides = [(max(map(cell_len, column)), max(map(_least, column))) for column in zip(columns, *rows, strict=True)]
    needed, least = (sum(side) + len(GAP) * len(sides) for side in zip(*sides, strict=True))
    terminal = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if len(rows) == 1 and needed > (terminal or PAGE):
        _card(columns, rows[0])
    elif rows and terminal and least > terminal:
        _stacked(columns, rows, terminal)
    else:
        spare = max(0, min((terminal or needed) - least, needed - least))
        widths = [narrow + (wide - narrow) * spare // max(1, needed - least) for wide, narrow in sides]
        click.echo(_drawn(columns, rows, widths))


def _shown(value: object) -> str:
    """A cell as people read it: a time to the second, which `--as-of` takes as it stands."""
    text = cell(value)
    return TIME.sub(r"\1Z", text) if isinstance(value, str) else text


def _least(text: str) -> int:
    """How narrow a text may be: an id is never broken; several words are, between words."""
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    return max(min(cell_len(text), PROSE), *map(cell_len, text.split(" ")))


def _stacked(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    """Each row as a line with what its first column says, and lines with what the others say, by name."""
    for first, *rest in rows:
        click.echo(first)
        line = ""
        for name, text in zip(columns[1:], rest, strict=True):
            said = f"{GAP}{name} {text}" if text else ""
            if line and len(line) + len(said) > width:
                click.echo(line)
                line = ""
            line += said
        click.echo(line)


def _card(columns: Sequence[str], row: Sequence[str]) -> None:
    wide = max(map(len, columns))
    for name, text in zip(columns, row, strict=True):
        if text:
            click.echo(f"{name:<{wide}}{GAP}{text}")


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> str:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - rich is slow to import, and only tables need it
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, width in zip(columns, widths, strict=True):
        table.add_column(Text(name), overflow="fold", width=width)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(width=sum(widths) + len(GAP) * len(widths), markup=False, highlight=False, emoji=False,
                      file=StringIO(), force_terminal=False)  # fmt: skip
    with console.capture() as drawn:
        console.print(table)
    return "\n".join(line.rstrip() for line in drawn.get().splitlines())


def note(text: str) -> None:
    """Talk: everything that is not a result goes to stderr."""
    click.echo(safe(text), err=True)


def counted(number: int, one: str, more: str) -> str:
    """A number of things, in words."""
    return f"{number} {one if number == 1 else more}"
