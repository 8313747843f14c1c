"""Decisions from a table that somebody filled in: a CSV file with a decision a row."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.interface import CatalogError, Ownership
from catalog.judgements import Action

COLUMNS = ("id", "action", "class", "reason", "owner", "purpose")
ACTIONS = (Action.ACCEPT, Action.REJECT, Action.RECLASSIFY, Action.ASSIGN)


@dataclass(frozen=True, slots=True)
class Asked:
    """One decision that a row asks for; `id` may be a glob, `where` is the file and line it stands at."""

    id: str
    action: Action
    classes: tuple[str, ...] = ()
    reason: str = ""
    ownership: Ownership | None = None
    where: str = ""


def read_decisions(path: Path) -> list[Asked]:
    """The decisions in a CSV file with the columns `id`, `action` and, where needed, class, reason, owner, purpose.

    Several classes or purposes are separated by spaces or commas, columns by commas, or by semicolons as spreadsheets
    of some countries write them. Raises CatalogError naming the line of a row that cannot be understood.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            return list(_asked(path, csv.DictReader(file, delimiter=";" if ";" in head and "," not in head else ",")))
    except FileNotFoundError:
        raise CatalogError(f"no file {path}") from None
    except (OSError, UnicodeDecodeError, csv.Error):
        raise CatalogError(f"{path} cannot be read as CSV in UTF-8") from None


def _asked(path: Path, rows: "csv.DictReader[str]") -> Iterator[Asked]:
    unknown = sorted(set(rows.fieldnames or ()) - set(COLUMNS))
    if unknown or not {"id", "action"} <= set(rows.fieldnames or ()):
        error = CatalogError(
            f"{path}:1: the columns are {', '.join(COLUMNS)}" + (f", not {unknown[0]}" if unknown else "")
        )
        error.add_note("id and action must be there, the others may be left out")
        raise error
    for row in rows:
        yield _one(f"{path}:{rows.line_num}", {key: (value or "").strip() for key, value in row.items() if key})


def _one(where: str, row: Mapping[str, str]) -> Asked:
    action, classes = row["action"].lower(), tuple(_words(row.get("class", "")))
    if action not in ACTIONS:
        raise CatalogError(f"{where}: an action is {', '.join(ACTIONS)}")
    if not row["id"]:
        raise CatalogError(f"{where}: the id is missing")
    if (action == Action.RECLASSIFY) != bool(classes):
        raise CatalogError(f"{where}: a class goes with reclassify, and only with it")
    said = Ownership(row.get("owner") or None, tuple(_words(row.get("purpose", ""))) or None)
    if action == Action.ASSIGN and said == Ownership():
        raise CatalogError(f"{where}: assign needs an owner or a purpose")
    return Asked(row["id"], Action(action), classes, row.get("reason", ""), said, where)


def _words(text: str) -> Iterable[str]:
    return text.replace(",", " ").split()
