"""Write the reference pages from what they describe: commands, settings, classes. `./run docs` runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from classifiers import Taxonomy
from datakeep.cli import cli
from datakeep.settings import File

REFERENCE = Path(__file__).parent / "reference"
GENERATED = "<!-- Written by `./run docs`. Change what it describes, not this page. -->\n"


def commands() -> str:
    """Every command, as its `--help` prints it."""
    pages = [f"## {' '.join(path)}\n\n```text\n{text}\n```\n" for path, text in _helps(cli, ("datakeep",))]
    return "\n".join([GENERATED, "# Commands\n", *pages])


def _helps(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    with click.Context(command, info_name=" ".join(path), max_content_width=100, terminal_width=100) as context:
        yield path, command.get_help(context).rstrip()
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                if inner is not None:
                    yield from _helps(inner, (*path, name))


def settings() -> str:
    """Every key of datakeep.yaml, from its JSON Schema."""
    schema = File.model_json_schema()
    parts = {"datakeep.yaml": schema} | {
        _part(name): part for name, part in schema.get("$defs", {}).items() if part.get("type") == "object"
    }
    tables = [f"## {name}\n\n{part['description']}\n\n{_table(part)}\n" for name, part in parts.items()]
    return "\n".join([GENERATED, "# Settings\n", *tables])


def _part(name: str) -> str:
    return {
        "SourceSettings": "sources[]",
        "SampleSettings": "sources[].sample",
        "TotalSettings": "sources[].total",
        "PersonSettings": "people[]",
        "CatalogSettings": "catalog",
        "ReviewSettings": "review",
        "AutoAcceptSettings": "review.auto_accept[]",
        "StewardSettings": "review.stewards[]",
        "OfSettings": "review.stewards[].of",
        "ControllerSettings": "controller",
        "PurposeSettings": "purposes.NAME",
        "ClassifierSettings": "classifiers",
    }[name]


def _table(part: dict[str, Any]) -> str:
    required = part.get("required", [])
    rows = [
        f"| `{key}` | {_type(value)} | {'required' if key in required else _default(value)} | {value.get('description', '')} |"
        for key, value in part["properties"].items()
    ]
    return "\n".join(["| key | type | default | what |", "|---|---|---|---|", *rows])


def _type(value: dict[str, Any]) -> str:
    if "enum" in value or "const" in value:
        return " or ".join(f"`{one}`" for one in value.get("enum", [value.get("const")]))
    options = [one.get("type", "mapping") for one in value.get("anyOf", [value])]
    return " or ".join(option for option in options if option != "null")


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    return "" if default in (None, [], {}) or isinstance(default, dict) else f"`{default}`"


def classes() -> str:
    """Every class of the taxonomy."""
    taxonomy = Taxonomy.load()
    rows = []
    for key in sorted(taxonomy.keys()):
        one = taxonomy.get(key)
        rows.append(f"| `{key}` | {one.title} | {one.sensitivity.word} | {', '.join(one.regulations)} |")
    head = ["| class | title | sensitivity | regulations |", "|---|---|---|---|"]
    return "\n".join([GENERATED, "# Classes\n", *head, *rows, ""])


PAGES = {"commands.md": commands, "settings.md": settings, "classes.md": classes}


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(REFERENCE / name)
