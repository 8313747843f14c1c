"""Entries for what describes data in files: dbt, ODCS data contracts, OpenLineage, Fides."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml

from catalog.exchange.interface import Datasets, Files, Place, World, by_dataset, by_source, facts, steers
from catalog.interface import Entry

PRODUCER = "https://pypi.org/project/datakeep/"
OPENLINEAGE = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
OPENLINEAGE_TAGS = "https://openlineage.io/spec/facets/1-0-0/TagsDatasetFacet.json#/$defs/TagsDatasetFacet"


def _dump(document: Any) -> str:
    """YAML that people can read; every letter beyond ASCII spelled out where one of them steers a terminal."""
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    return yaml.safe_dump(document, sort_keys=False) if steers(text.replace("\n", "")) else text


PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def dbt(entries: Iterable[Entry], world: World) -> Files:
    """`sources:` with each column's facts under `meta.datakeep`, and its classes as tags; one file per source."""
    return {
        f"{source}.yml": _dump(_inert({"version": 2, "sources": _dbt(source, found, world.place(source))}))
        for source, found in by_source(entries).items()
    }


def _dbt(source: str, found: Datasets, place: Place) -> list[dict[str, Any]]:
    schemas: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for (_, dataset), members in found.items():
        *above, table = place.named(dataset)
        columns = [
            {
                "name": one.field,
                **_quoted(one.field, {"quote": True}),
                "meta": {"datakeep": facts(one)},
                "tags": [str(key) for key in one.classes],
            }
            for one in members
        ]
        described = {"name": table, **_quoted(table, {"quoting": {"identifier": True}}), "columns": columns}
        schemas.setdefault(tuple(above), []).append(described)
    return [
        {"name": "_".join((source, *above)), **dict(zip(("schema", "database"), reversed(above), strict=False)),
         "tables": tables}
        for above, tables in schemas.items()
    ]  # fmt: skip


def _quoted(name: str, how: dict[str, Any]) -> dict[str, Any]:
    """What tells dbt to quote a name that is none without quotes."""
    return {} if PLAIN.fullmatch(name) else how


def _inert(value: Any) -> Any:
    """The document with no text that dbt, which renders Jinja in these files, takes for a template."""
    if isinstance(value, dict):
        return {key: _inert(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_inert(item) for item in value]
    if isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#")):
        return value.replace("{", "{{ '{' }}")
    return value


def odcs(entries: Iterable[Entry], _world: World) -> Files:
    """One data contract (Open Data Contract Standard 3.1.0) per source; `classification` is the sensitivity."""
    return {f"{source}.odcs.yaml": _dump(_contract(source, found)) for source, found in by_source(entries).items()}


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
    told = {key: value for key, value in facts(entry).items() if key not in {"sensitivity", "classes"}}
    return {
        "name": entry.field,
        "physicalType": entry.data_type,
        **({"classification": entry.sensitivity.word} if entry.sensitivity else {}),
        "tags": [str(key) for key in entry.classes],
        "customProperties": [{"property": key, "value": value} for key, value in told.items()],
    }


def openlineage(entries: Iterable[Entry], world: World) -> Files:
    """One DatasetEvent per dataset with a tags facet: `class`, `sensitivity`, `status`, `owner` and `purpose` by field."""
    events = [_event(source, dataset, members, world.now) for (source, dataset), members in by_dataset(entries).items()]
    return {"openlineage.jsonl": "".join(f"{json.dumps(event)}\n" for event in events)}


def _event(source: str, dataset: str, members: Sequence[Entry], now: datetime) -> dict[str, Any]:
    tags = [
        {"key": key, "value": value, "source": "DATAKEEP", "field": entry.field}
        for entry in members
        for key, values in facts(entry).items()
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


def fides(entries: Iterable[Entry], _world: World) -> Files:
    """One Fides dataset per source, datasets as collections, nested fields nested; categories are fideslang's."""
    return {
        f"{source}.yml": _dump({"dataset": [_fides(source, found)]}) for source, found in by_source(entries).items()
    }


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
