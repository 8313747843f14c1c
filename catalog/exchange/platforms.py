"""Entries for other catalogs: DataHub, which keeps what people tagged there, and OpenMetadata, whose request replaces it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalog.exchange.interface import Files, World, by_dataset, by_source
from catalog.interface import Entry, Status
from classifiers import DataClass

TAG = "urn:li:tag:datakeep."
URN_RESERVED = {",": "%2C", "(": "%28", ")": "%29", "\u241f": "%E2%90%9F"}  # datahub.utilities.urn_encoder
OPENMETADATA_RESERVED = {"::": "__reserved__colon__", ">": "__reserved__arrow__", '"': "__reserved__quote__"}
CLASSIFICATION = "datakeep"


def datahub(entries: Iterable[Entry], world: World) -> Files:
    """A file for DataHub's `file` source: each class as a tag, and a patch per dataset that adds tags to its fields.

    A patch, because replacing `editableSchemaMetadata` would take away what people tagged; of ours it takes those away
    that are no longer held.
    """
    found = [entry for entry in entries if entry.classes or entry.id in world.withdrawn]
    proposals = [_tag(key) for key in sorted({key for entry in found for key in entry.classes})]
    proposals += [_patch(members, world) for members in by_dataset(found).values()]
    return {"datahub.json": json.dumps(proposals, indent=1)} if proposals else {}


def _tag(key: DataClass) -> dict[str, Any]:
    about = {"name": f"datakeep.{key}", "description": f"Personal data of the class {key}"}
    told = {"value": json.dumps(about), "contentType": "application/json"}
    return _proposal("tag", f"{TAG}{key}", "tagProperties", told)


def _patch(members: Sequence[Entry], world: World) -> dict[str, Any]:
    place, dataset = world.place(members[0].source), members[0].dataset
    urn = f"urn:li:dataset:(urn:li:dataPlatform:{_urn(place.platform)},{_urn('.'.join(place.parts(dataset)))},PROD)"
    operations = [step for entry in members for step in _steps(entry, world)]
    told = {"value": json.dumps(operations), "contentType": "application/json-patch+json"}
    return _proposal("dataset", urn, "editableSchemaMetadata", told, change="PATCH")


def _steps(entry: Entry, world: World) -> Iterator[dict[str, Any]]:
    """The operations on one field. It is named first: a server that knows nothing of it yet makes it of what is patched.

    https://github.com/datahub-project/datahub/pull/18138; taking away what is not there is no error there.
    """
    place = f"/editableSchemaFieldInfo/{_pointer(entry.field)}"
    yield {"op": "add", "path": f"{place}/fieldPath", "value": entry.field}
    for key in entry.classes:
        yield {
            "op": "add",
            "path": f"{place}/globalTags/tags/{_pointer(f'{TAG}{key}')}",
            "value": {"tag": f"{TAG}{key}"},
        }
    for key in world.withdrawn.get(entry.id, ()):
        yield {"op": "remove", "path": f"{place}/globalTags/tags/{_pointer(f'{TAG}{key}')}"}


def _proposal(kind: str, urn: str, aspect: str, told: Mapping[str, str], change: str = "UPSERT") -> dict[str, Any]:
    return {"entityType": kind, "entityUrn": urn, "changeType": change, "aspectName": aspect, "aspect": dict(told)}


def _urn(text: str) -> str:
    return "".join(URN_RESERVED.get(letter, letter) for letter in text)


def _pointer(text: str) -> str:
    """A step of a JSON pointer (RFC 6901)."""
    return text.replace("~", "~0").replace("/", "~1")


def openmetadata(entries: Iterable[Entry], world: World) -> Files:
    """Requests for OpenMetadata's API: the classification, its tags with parents first, and columns source by source.

    The columns' request asks for a dry run: a column's tags are replaced by it, so what it answers is to be looked at
    before it is sent again without.
    """
    found = [entry for entry in entries if entry.classes]
    if not found:
        return {}
    columns = {
        f"{source}.columns.openmetadata.json": {
            "dryRun": True,
            "columnUpdates": [_column(entry, world) for members in datasets.values() for entry in members],
        }
        for source, datasets in by_source(found).items()
    }
    about = {"name": CLASSIFICATION, "description": "Classes of personal data, as datakeep knows them"}
    tags = [_openmetadata_tag(key) for key in _with_parents(found)]
    files = {"classification.openmetadata.json": about, "tags.openmetadata.json": tags, **columns}
    return {name: json.dumps(document, indent=1) for name, document in files.items()}


def _with_parents(entries: Iterable[Entry]) -> list[str]:
    """Every class and those above it, the highest first."""
    steps = [str(key).split(".") for entry in entries for key in entry.classes]
    return sorted({".".join(one[:depth]) for one in steps for depth in range(1, len(one) + 1)})


def _openmetadata_tag(key: str) -> dict[str, Any]:
    above, _, name = key.rpartition(".")
    parent = {"parent": f"{CLASSIFICATION}.{above}"} if above else {}
    return {
        "classification": CLASSIFICATION,
        **parent,
        "name": name,
        "description": f"Personal data of the class {key}",
    }


def _column(entry: Entry, world: World) -> dict[str, Any]:
    """One column's tags. A proposal of the machine is `Suggested`: its owner confirms it there, or a steward here."""
    confirmed = entry.status is Status.CONFIRMED
    parts = [entry.source, *world.place(entry.source).parts(entry.dataset), *entry.field.replace("[]", "").split(".")]
    return {
        "columnFQN": ".".join(map(_openmetadata_name, parts)),
        "entityType": "table",
        "tags": [
            {
                "tagFQN": f"{CLASSIFICATION}.{key}",
                "source": "Classification",
                "labelType": "Manual" if confirmed else "Automated",
                "state": "Confirmed" if confirmed else "Suggested",
            }
            for key in entry.classes
        ],
    }


def _openmetadata_name(name: str) -> str:
    """A name as OpenMetadata stores it: what separates names there is spelled out."""
    for sign, word in OPENMETADATA_RESERVED.items():
        name = name.replace(sign, word)
    return f'"{name}"' if "." in name else name
