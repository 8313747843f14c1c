"""Entries as SQL that tags columns: Snowflake and Databricks. Names are quoted, tags hold classes and never a sample."""

import re
from collections.abc import Callable, Iterable, Iterator

from catalog.exchange.interface import Datasets, Files, World, by_source, leading, spelled, steers
from catalog.interface import Entry

PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
Quote = Callable[[str], str]
Statement = Callable[[str, str, dict[str, str]], str]
TAGS = ("class", "sensitivity", "status")

SNOWFLAKE_TAGS = "".join(
    f"CREATE TAG IF NOT EXISTS datakeep_{name} COMMENT = '{what}';\n"
    for name, what in (
        ("class", "class of personal data, from datakeep"),
        ("sensitivity", "low, medium, high or critical"),
        ("status", "proposed by the machine, or confirmed"),
    )
)


def snowflake(entries: Iterable[Entry], world: World) -> Files:
    """`ALTER TABLE … SET TAG` per column that holds a class, and the tags themselves; one file per source.

    The tags are made in the schema that is in use. A nested path tags the column that it is in; a column that holds no
    class any more loses its tags. Files are no tables.
    """
    head = f"-- USE SCHEMA before you run this: the tags are made there.\n{SNOWFLAKE_TAGS}"
    return {
        f"{source}.snowflake.sql": head + _statements(found, world, snowflake_name, _snowflake)
        for source, found in by_source(_told(entries, world)).items()
    }


def _snowflake(table: str, column: str, tags: dict[str, str]) -> str:
    change = f"ALTER TABLE {table} MODIFY COLUMN {column}"
    if not tags:
        return "".join(f"{change} UNSET TAG datakeep_{name};\n" for name in TAGS)
    return "".join(f"{change} SET TAG datakeep_{name} = {_text(value)};\n" for name, value in tags.items())


def snowflake_name(name: str) -> str:
    """A quoted name. SQLAlchemy shows names without case, which Snowflake keeps in capitals, in small letters."""
    name = name.upper() if PLAIN.fullmatch(name) else name
    return '"' + name.replace('"', '""') + '"'


def databricks(entries: Iterable[Entry], world: World) -> Files:
    """`ALTER TABLE … SET TAGS` per column that holds a class (Unity Catalog); one file per source."""
    return {
        f"{source}.databricks.sql": _statements(found, world, databricks_name, _databricks)
        for source, found in by_source(_told(entries, world)).items()
    }


def _databricks(table: str, column: str, tags: dict[str, str]) -> str:
    """Tags are set before they are taken away: a tag that is not there cannot be taken away there."""
    change = f"ALTER TABLE {table} ALTER COLUMN {column}"
    said = ", ".join(f"{_text(f'datakeep_{name}')} = {_text(tags.get(name, ''))}" for name in TAGS)
    unset = f"{change} UNSET TAGS ({', '.join(_text(f'datakeep_{name}') for name in TAGS)});\n"
    return f"{change} SET TAGS ({said});\n" + ("" if tags else unset)


def databricks_name(name: str) -> str:
    """A quoted name."""
    return "`" + name.replace("`", "``") + "`"


def _told(entries: Iterable[Entry], world: World) -> list[Entry]:
    """Entries of tables that hold a class, or held one."""
    return [
        entry
        for entry in entries
        if (entry.classes or entry.id in world.withdrawn) and world.place(entry.source).folder is None
    ]


def _statements(found: Datasets, world: World, quote: Quote, statement: Statement) -> str:
    return "".join(_of_source(found, world, quote, statement))


def _of_source(found: Datasets, world: World, quote: Quote, statement: Statement) -> Iterator[str]:
    """A statement per column. A name that steers a terminal, or that parsers read differently, is left to a person."""
    for (source, dataset), members in found.items():
        table = ".".join(map(quote, world.place(source).parts(dataset)))
        for column, entries in _columns(members).items():
            if steers(dataset + column) or "\\" in dataset + column:
                yield f"-- not tagged, for the signs in its name: {spelled(leading(entries).id)}\n"
            else:
                yield statement(table, quote(column), _tags(leading(entries)))


def _columns(members: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries by the column that they are in: warehouses tag whole columns."""
    found: dict[str, list[Entry]] = {}
    for entry in members:
        found.setdefault(re.split(r"\.|\[\]", entry.field, maxsplit=1)[0] or entry.field, []).append(entry)
    return found


def _tags(entry: Entry) -> dict[str, str]:
    """The tags by name; none where no class is held any more."""
    if not entry.classes:
        return {}
    return {
        "class": str(entry.classes[0]),
        "sensitivity": entry.sensitivity.word if entry.sensitivity else "unknown",
        "status": str(entry.status),
    }


def _text(value: str) -> str:
    """A text as both dialects read it; in Spark `''` would be two texts side by side."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
