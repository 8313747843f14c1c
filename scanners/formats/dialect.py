"""How a delimited file is written: delimiter, quote, escape, and whether its first row names the columns."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

DELIMITERS: Final = (",", ";", "\t", "|", "^", "\x01", ":")
"""In order of preference where two explain a file equally well."""

SHOWN: Final = 200
"""Rows that a dialect is told from."""

MAX_HEADER: Final = 64
"""Characters of a column's name; a longer cell is taken for a value."""

VALUE: Final = re.compile(
    r"""
    \S@\S                                   # an address
    | ^[-+(]?[\d.,:/\ ()+-]*\d[\d.,:/\ ()%+-]*$ # a number, a date, a time, a phone number
    | ^\d{4}-\d\d-\d\d[T ]                  # a timestamp
    | ^(\d{1,3}\.){3}\d{1,3}$ | ://         # an IP address, a URL
    | ^[0-9a-f]{8}-[0-9a-f]{4}-             # a UUID
    | (\d\D*){6}                            # many digits, however they are set
    | ^(true|false|null|none|nan|yes|no)$
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""A cell that is a value and not a column's name."""

NAME: Final = re.compile(
    r"^[a-z][a-z0-9]*([_.-][a-z0-9]+)+$|^[a-z]+[0-9]*([A-Z][a-z0-9]+)+$|^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$"
)
"""snake_case, kebab-case, camelCase: how columns are written and people are not."""

WORDS: Final = frozenset(
    re.split(
        r"\s+",
        """id uid uuid guid key no nr number num code ref type kind status state name first last full given family middle
    surname forename firstname lastname fullname nickname title salutation gender sex age birthday birthdate dob born
    email mail e-mail phone tel telephone mobile fax address street city town zip zipcode postcode postal plz country
    region province county company organization organisation department dept role job position user username login
    password token account customer client order item product price amount total quantity qty currency date time
    timestamp created updated description comment comments note notes message text value url website ip ssn iban card
    lat lon latitude longitude language locale active enabled
    vorname nachname strasse straße ort stadt land telefon geburtsdatum anrede firma datum betrag kunde kundennummer
    nom prenom prénom adresse ville pays téléphone courriel nombre apellido apellidos correo direccion dirección ciudad
    pais país teléfono nome cognome indirizzo città cidade endereço voornaam achternaam naam straat""",
    )
)
"""Words that name columns, in the languages that exports are mostly written in."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read a delimited file. `columns` is None where no row names them; `skip` rows stand before the data."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    width: int = 1
    columns: tuple[str, ...] | None = None
    skip: int = 0

    def options(self) -> dict[str, Any]:
        """What `csv.reader` is told."""
        return {
            "delimiter": self.delimiter,
            "quotechar": self.quote,
            "quoting": csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            "escapechar": self.escape,
            "doublequote": self.escape is None,
        }


def sniff(head: Sequence[str]) -> Dialect:
    """The dialect of a file that starts with the lines `head` (with their line ends)."""
    told = 1 if head and re.fullmatch(r"sep=.\s*", head[0]) else 0  # Excel's own way to say it
    shown = [line for line in head[told:] if line.strip()]
    quote = _quote(shown)
    escape = "\\" if _escapes(shown, quote) else None
    known = (head[0][4],) if told else DELIMITERS
    best = max((Dialect(d, quote, escape) for d in known), key=lambda dialect: _fit(rows(shown, dialect), dialect))
    found = rows(shown, best)
    return _with_header(best, found, told)


def is_table(head: Sequence[str]) -> bool:
    """Whether lines are a table though no name says so: three or more, nearly all of one width, told by more than chance.

    Prose has commas and no constant number of them.
    """
    dialect = sniff(head)
    if dialect.delimiter == ":" and 2 * sum(": " in line for line in head) > len(head):  # a form: `Name: Ana`
        return False
    found = rows([line for line in head if line.strip()], dialect)[dialect.skip :]
    alike = sum(len(row) == dialect.width for row in found)
    least = 2 if dialect.columns and dialect.width > 1 else 3
    return dialect.width >= least and len(found) >= 2 and alike >= 0.95 * len(found)


def rows(shown: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """The first rows of some lines, blank ones left out; what cannot be parsed ends them."""
    found: list[list[str]] = []
    reader = csv.reader(iter(shown), **dialect.options())
    with suppress(csv.Error):
        found.extend(row for row in islice(reader, SHOWN) if any(row))
    return found


def _quote(shown: Sequence[str]) -> str:
    """`'` where cells begin and end with it and none with `"`."""
    text = "".join(shown[:SHOWN])
    edges = {q: len(re.findall(rf"(?:^|[,;\t|]){q}[^{q}]*{q}(?=[,;\t|\r\n]|$)", text, re.MULTILINE)) for q in "\"'"}
    return "'" if edges["'"] > 2 * edges['"'] and edges["'"] > 2 else '"'


def _escapes(shown: Sequence[str], quote: str) -> bool:
    r"""Whether `\\"` stands inside cells, where a backslash that merely ends one would be followed by a delimiter."""
    text = "".join(shown[:SHOWN])
    inside = re.search(rf"\\{quote}[^{quote},;|\t\r\n]", text)
    return inside is not None and not re.search(rf"[^,;|\t\r\n]{quote}{quote}", text)


def _fit(found: Sequence[Sequence[str]], dialect: Dialect) -> tuple[float, float, int]:
    """How well a delimiter explains rows: nearly all of one width first, then the width, then preference.

    A width of 1 explains nothing. `:` splits times and URLs, so it counts only where all rows agree.
    """
    preference = -DELIMITERS.index(dialect.delimiter) if dialect.delimiter in DELIMITERS else 0
    width, agree = _width(found)
    if width < 2 or (dialect.delimiter == ":" and agree < 1):
        return (0.0, 0.0, preference)
    return (round(agree, 1) if agree >= 0.5 else 0.1, float(width), preference)


def _width(found: Sequence[Sequence[str]]) -> tuple[int, float]:
    if not found:
        return 1, 0.0
    width, count = Counter(map(len, found)).most_common(1)[0]
    return width, count / len(found)


def _with_header(dialect: Dialect, found: Sequence[Sequence[str]], told: int) -> Dialect:
    width, agree = _width(found)
    if agree < 0.5:
        width = max((len(row) for row in found), default=1)
    lead = _preamble(found, width)
    first, data = (found[lead], found[lead + 1 :]) if len(found) > lead else ([], [])
    named = names_columns(first, data)
    columns = unique(first) if named else None
    return Dialect(dialect.delimiter, dialect.quote, dialect.escape, width, columns, told + lead + int(named))


def _preamble(found: Sequence[Sequence[str]], width: int) -> int:
    """Rows before the table: a title, comments. At most ten, and only where the table is wider than they are."""
    lead = next((i for i, row in enumerate(found[:11]) if len(row) >= width), 0)
    return lead if width > 1 and all(len(row) == 1 for row in found[:lead]) else 0


def names_columns(first: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    """Whether a file's first row names its columns.

    In doubt it does not: a value taken for a name would be shown as a name, a name taken for a value harms nothing.
    """
    cells = [cell.strip() for cell in first]
    filled = [cell for cell in cells if cell]
    if len(filled) < max(1, (len(cells) + 1) // 2) or any(is_value(cell) for cell in filled):
        return False
    if any(cell in {row[i].strip() for row in data if i < len(row)} for i, cell in enumerate(cells) if cell):
        return False
    words = sum(_is_name(cell) for cell in filled)
    return 2 * words >= len(filled) or _data_is_values(len(cells), data) or (words > 0 and _differs(filled, data))


def is_value(cell: str) -> bool:
    """Whether a cell reads as a value rather than as a column's name."""
    return len(cell) > MAX_HEADER or "\n" in cell or VALUE.search(cell) is not None


def _is_name(cell: str) -> bool:
    words = [word for word in re.split(r"[\s_.\-/()#:]+|(?<=[a-z])(?=[A-Z])", cell.strip("#")) if word]
    return NAME.match(cell) is not None or any(word.lower() in WORDS for word in words)


def _data_is_values(width: int, data: Sequence[Sequence[str]]) -> bool:
    """Whether some column below is made of values, such as numbers, which its first cell is not."""
    for i in range(width):
        column = [row[i].strip() for row in data if i < len(row) and row[i].strip()]
        if column and sum(is_value(cell) for cell in column) > 0.8 * len(column):
            return True
    return False


def _differs(filled: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is all lower case and what follows is not."""
    below = [cell for row in data for cell in row if cell]
    return all(cell == cell.lower() for cell in filled) and any(cell != cell.lower() for cell in below)


def unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Column names as they stand, made distinct: an empty one is `col_N`, a second `email` is `email_2`."""
    names: list[str] = []
    for i, cell in enumerate(cells, 1):
        wanted = cell.strip() or f"col_{i}"
        name, n = wanted, 2
        while name in names:
            name, n = f"{wanted}_{n}", n + 1
        names.append(name)
    return tuple(names)
