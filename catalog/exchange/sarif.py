"""Entries as SARIF 2.1.0, for code hosts and CI: a rule per class, a result per entry that holds it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from catalog.exchange.interface import Files, World
from catalog.interface import Entry
from classifiers import Sensitivity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://pypi.org/project/datakeep/"
PER_RUN = 25_000  # https://docs.github.com/en/code-security/code-scanning: results of one run that are taken
LEVELS = {
    Sensitivity.LOW: "note",
    Sensitivity.MEDIUM: "warning",
    Sensitivity.HIGH: "error",
    Sensitivity.CRITICAL: "error",
}
# https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning: over 9.0 is critical …
SEVERITY = {Sensitivity.LOW: "3.0", Sensitivity.MEDIUM: "5.0", Sensitivity.HIGH: "8.0", Sensitivity.CRITICAL: "9.5"}


def sarif(entries: Iterable[Entry], world: World) -> Files:
    """One log; the most sensitive results first, in runs of as many as are taken of one.

    Messages hold classes only: names are in the location, percent-encoded, where no viewer takes them for a link.
    """
    found = sorted((one for one in entries if one.classes), key=lambda one: (-(one.sensitivity or 0), one.id))
    parts = [found[start : start + PER_RUN] for start in range(0, len(found), PER_RUN)]
    runs = [_run(part, number, world) for number, part in enumerate(parts, start=1)]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return {"datakeep.sarif": json.dumps(log, indent=1)} if runs else {}


def _run(entries: Sequence[Entry], number: int, world: World) -> dict[str, Any]:
    rules = {str(one.classes[0]): one for one in reversed(entries)}
    places = {key: index for index, key in enumerate(rules)}
    return {
        "tool": {
            "driver": {"name": "datakeep", "informationUri": HOME, "rules": [_rule(*rule) for rule in rules.items()]}
        },
        "automationDetails": {"id": f"datakeep/{number}/"},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": f"{world.now:%Y-%m-%dT%H:%M:%SZ}"}],
        "results": [_result(one, places[str(one.classes[0])]) for one in entries],
    }


def _rule(key: str, example: Entry) -> dict[str, Any]:
    level = example.sensitivity or Sensitivity.CRITICAL
    return {
        "id": key,
        "shortDescription": {"text": f"Personal data of the class {key}"},
        "defaultConfiguration": {"level": LEVELS[level]},
        "properties": {"security-severity": SEVERITY[level], "tags": ["security", "privacy"]},
    }


def _result(entry: Entry, rule: int) -> dict[str, Any]:
    level, key = entry.sensitivity or Sensitivity.CRITICAL, str(entry.classes[0])
    sure = f", {entry.confidence:.2f} sure" if entry.confidence is not None else ""
    where = quote(f"{entry.source}/{entry.dataset}")
    return {
        "ruleId": key,
        "ruleIndex": rule,
        "level": LEVELS[level],
        "message": {"text": f"holds {', '.join(entry.classes)}: {level.word}, {entry.status}{sure}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": where}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": f"{where}#{quote(entry.field)}", "kind": "member"}],
            }
        ],
        "partialFingerprints": {"datakeepEntry/v1": hashlib.sha256(f"{entry.id} {key}".encode()).hexdigest()},
    }
