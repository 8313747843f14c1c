"""Entries in the words of other tools: dbt, ODCS data contracts, OpenLineage, Fides. Metadata only, never a value.

Each exporter is a pure function from entries to files by name; the published schemas hold them in tests.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from catalog.interface import Entry

PRODUCER = "https://pypi.org/project/datakeep/"
OPENLINEAGE = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
OPENLINEAGE_TAGS = "https://openlineage.io/spec/facets/1-0-0/TagsDatasetFacet.json#/$defs/TagsDatasetFacet"

Files = dict[str, str]
Datasets = dict[tuple[str, str], list[Entry]]


def _datasets(entries: Iterable[Entry]) -> Datasets:
    found: Datasets = {}
    for entry in sorted(entries, key=lambda one: one.id):
        found.setdefault((entry.source, entry.dataset), []).append(entry)
    return found


def _sources(entries: Iterable[Entry]) -> dict[str, Datasets]:
    found: dict[str, Datasets] = {}
    for (source, dataset), members in _datasets(entries).items():
        found.setdefault(source, {})[source, dataset] = members
    return found


def _dump(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _facts(entry: Entry) -> dict[str, Any]:
    """What every format carries of an entry, where it has a place for it; what is unknown is left out."""
    facts = {
        "class": entry.data_class and str(entry.data_class),
        "classes": [str(key) for key in entry.classes],
        "sensitivity": entry.sensitivity.word if entry.sensitivity else None,
        "status": str(entry.status),
        "coverage": str(entry.coverage),
        "owner": entry.owner,
        "purpose": list(entry.purpose),
        "regulations": list(entry.regulations),
        "requirements": list(entry.requirements),
    }
    return {key: value for key, value in facts.items() if value}


def dbt(entries: Iterable[Entry], _now: datetime) -> Files:
    """`sources:` with each column's facts under `meta.datakeep`, and its classes as tags; one file per source."""
    return {
        f"{source}.yml": _dump({"version": 2, "sources": _dbt(source, found)})
        for source, found in _sources(entries).items()
    }


def _dbt(source: str, found: Datasets) -> list[dict[str, Any]]:
    schemas: dict[str, list[dict[str, Any]]] = {}
    for (_, dataset), members in found.items():
        schema, _, table = dataset.rpartition(".")
        columns = [
            {"name": one.field, "meta": {"datakeep": _facts(one)}, "tags": [str(key) for key in one.classes]}
            for one in members
        ]
        schemas.setdefault(schema, []).append({"name": table, "columns": columns})
    return [
        {"name": f"{source}_{schema}" if schema else source, **({"schema": schema} if schema else {}), "tables": tables}
        for schema, tables in schemas.items()
    ]


def odcs(entries: Iterable[Entry], _now: datetime) -> Files:
    """One data contract (Open Data Contract Standard 3.1.0) per source; `classification` is the sensitivity."""
    return {f"{source}.odcs.yaml": _dump(_contract(source, found)) for source, found in _sources(entries).items()}


def _contract(source: str, found: Datasets) -> dict[str, Any]:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"datakeep-{source}",
        "name": source,
        "version": "1.0.0",
        "status": "draft",
        "schema": [
            {
                "name": dataset,
                "logicalType": "object",
                "properties": [_property(one) for one in members],
            }
            for (_, dataset), members in found.items()
        ],
    }


def _property(entry: Entry) -> dict[str, Any]:
    facts = {key: value for key, value in _facts(entry).items() if key not in {"sensitivity", "classes"}}
    return {
        "name": entry.field,
        "physicalType": entry.data_type,
        **({"classification": entry.sensitivity.word} if entry.sensitivity else {}),
        "tags": [str(key) for key in entry.classes],
        "customProperties": [{"property": key, "value": value} for key, value in facts.items()],
    }


def openlineage(entries: Iterable[Entry], now: datetime) -> Files:
    """One DatasetEvent per dataset with a tags facet: `class`, `sensitivity`, `status`, `owner` and `purpose` by field."""
    events = [_event(source, dataset, members, now) for (source, dataset), members in _datasets(entries).items()]
    return {"openlineage.jsonl": "".join(f"{json.dumps(event)}\n" for event in events)}


def _event(source: str, dataset: str, members: Sequence[Entry], now: datetime) -> dict[str, Any]:
    tags = [
        {"key": key, "value": value, "source": "DATAKEEP", "field": entry.field}
        for entry in members
        for key, values in _facts(entry).items()
        if key in {"classes", "sensitivity", "status", "owner", "purpose"}
        for value in (values if isinstance(values, list) else [values])
    ]
    facet = {"_producer": PRODUCER, "_schemaURL": OPENLINEAGE_TAGS, "tags": tags}
    return {
        "eventTime": now.isoformat(),
        "producer": PRODUCER,
        "schemaURL": f"{OPENLINEAGE}#/$defs/DatasetEvent",
        "dataset": {"namespace": f"datakeep://{source}", "name": dataset, "facets": {"tags": facet}},
    }


def fides(entries: Iterable[Entry], _now: datetime) -> Files:
    """One Fides dataset per source, datasets as collections, nested fields nested; categories are fideslang's."""
    return {f"{source}.yml": _dump({"dataset": [_fides(source, found)]}) for source, found in _sources(entries).items()}


def _fides(source: str, found: Datasets) -> dict[str, Any]:
    collections = [{"name": dataset, "fields": _nested(members)} for (_, dataset), members in found.items()]
    return {"fides_key": source, "name": source, "collections": collections}


def _nested(members: Sequence[Entry]) -> list[dict[str, Any]]:
    """`address.zip` and `address.city` as the field `address` with two fields."""
    tree: dict[str, Any] = {}
    for entry in members:
        *above, leaf = entry.field.replace("[]", "").split(".")
        node = tree
        for step in above:
            node = node.setdefault(step, {}).setdefault("fields", {})
        node.setdefault(leaf, {})["categories"] = sorted({category(key) for key in entry.classes} - {""})
    return _fields(tree)


def _fields(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name, node in sorted(tree.items()):
        field: dict[str, Any] = {"name": name}
        if node.get("categories"):
            field["data_categories"] = node["categories"]
        if node.get("fields"):
            field["fields"] = _fields(node["fields"])
        found.append(field)
    return found


@cache
def _fideslang() -> frozenset[str]:
    text = (resources.files("catalog") / "fideslang.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def category(data_class: str) -> str:
    """The class, or the nearest one above it, as fideslang has it; empty for one that it has nothing for."""
    data_class = str(data_class)  # a plain string, for the sake of YAML
    while data_class and data_class not in _fideslang():
        data_class = data_class.rpartition(".")[0]
    return data_class


EXPORTERS: dict[str, Callable[[Iterable[Entry], datetime], Files]] = {
    "dbt": dbt,
    "odcs": odcs,
    "openlineage": openlineage,
    "fides": fides,
}


def write(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Each file in `folder`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in files.items():
        aside = folder / f".{name}.new"
        aside.write_text(text, encoding="utf-8")
        written.append(aside.replace(folder / name))
    return written
