"""Write the reference pages from what they describe: commands, settings, classes. `./run docs` runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from classifiers import Taxonomy
from datakeep.cli import cli
from datakeep.settings_file import File

REFERENCE = Path(__file__).parent / "reference"
README = Path(__file__).parent.parent / "README.md"
RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"
FRAME = ("<!-- results: `./run docs` writes them from benchmarks/results -->\n", "<!-- end of results -->\n")
NAMED = {
    "generated": "generated tables of 36 countries",
    "held_out_blind": "databases of another author, never learnt from",
    "held_out_open": "databases of another author, learnt from",
    "datakeep": "**datakeep**, the whole table",
    "presidio_cell": "Presidio, cell by cell",
    "presidio_batch": "Presidio, batches of 256",
    "presidio_structured": "presidio-structured",
    "dataprofiler": "DataProfiler with its labeler",
    "presidio_rs": "presidio-rs",
}
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
        "AuditSettings": "audit",
        "SinkSettings": "audit.sinks[]",
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


def results() -> str:
    """The figures of the last benchmark runs that were kept, as README shows them."""
    right, cost = (
        json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in ("accuracy", "classify")
    )
    sets = {name: one for name, one in right.items() if isinstance(one, dict) and "typed" in one}
    return "\n".join([FRAME[0], *_accuracy(sets), "", *_costs(cost), "", FRAME[1]])


def _accuracy(sets: dict[str, Any]) -> Iterator[str]:
    yield "| how right (`./run bench accuracy`) | columns | typed F1 | core identifiers | false alarms | calibration error |"
    yield "|---|---|---|---|---|---|"
    for name, one in sets.items():
        clean = one["false_alarms"]
        yield f"| {NAMED.get(name, name)} | {one['columns']} | {one['typed']['f1']:.3f} | {one['core']['f1']:.3f} | {clean['columns']} of {clean['of']} | {one['reliability']['error']:.3f} |"


def _costs(cost: dict[str, Any]) -> Iterator[str]:
    table, patterns = cost["table"], cost["patterns"]
    yield f"| what it costs (`./run bench classify`), {table['columns']} columns of {table['rows']:,} rows, one core | CPU s | times ours | peak MB | typed F1 |"
    yield "|---|---|---|---|---|"
    for name, one in cost["contenders"].items():
        if "missing" in one:
            yield f"| {NAMED[name]} | not installed: {one['missing']} | | | |"
            continue
        whole = one.get("whole_table", one)
        read = "" if whole["rows"] == table["rows"] else f", of {whole['rows']} rows' rate"
        ratio = whole["table_cpu_seconds"] / cost["contenders"]["datakeep"]["table_cpu_seconds"]
        yield f"| {NAMED[name]}{read} | {whole['table_cpu_seconds']:.1f} | {ratio:.1f} | {whole['peak_mb']} | {whole['typed_f1']:.2f} |"
    yield ""
    yield (
        f"Presidio's own {patterns['recognizers']} recognizers on the same cells: {patterns['ratio']:.1f} times our fast path's cost, phones"
        f" {patterns['phone_ratio']:.1f} times, and {patterns['cells_that_differ']} of {patterns['cells']:,} cells differ in what is found."
        f" The slowest of {cost['hostile']['cells']:,} hostile cells took {cost['hostile']['slowest_seconds']:.2f} CPU s."
    )


def readme() -> str:
    """README with the results in their place."""
    text = README.read_text(encoding="utf-8")
    before, after = text.split(FRAME[0])[0], text.split(FRAME[1])[1]
    return before + results() + after


PAGES = {"commands.md": commands, "settings.md": settings, "classes.md": classes}


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
        print(REFERENCE / name)
    README.write_text(readme(), encoding="utf-8")
    print(README)
