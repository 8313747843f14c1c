"""How right the verdict is, on labelled tables made for it: `python benchmarks/accuracy.py [--json FILE]`.

The tables (`benchmarks/columns.py`) are of 36 countries, made with Faker (`pip install faker`), whose lists no gazetteer
of ours uses. A column counts as right where the leading entity is one of the kinds it was made of.
"""

import argparse
import json
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from columns import tables

from classifiers import Taxonomy
from classifiers.engine import FieldClassifier
from scanners import Coverage, Extent, Field, Sample

KINDS = {
    "FIRST_NAME": "PERSON", "LAST_NAME": "PERSON", "STATE": "COUNTRY_STATE", "COUNTRY": "COUNTRY_STATE", "IBAN_CODE": "IBAN", "US_SSN": "NATIONAL_ID",
    "TAX_ID": "NATIONAL_ID", "PASSPORT": "NATIONAL_ID", "DRIVER_LICENSE": "NATIONAL_ID", "PASSWORD": "SECRET", "API_KEY": "SECRET", "TOKEN": "SECRET",
    "MEDICAL_RECORD": "MEDICAL", "MAC_ADDRESS": "DEVICE_ID", "IMEI": "DEVICE_ID", "VIN": "DEVICE_ID", "LICENSE_PLATE": "DEVICE_ID",
}  # fmt: skip
CORE = {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "DATE_OF_BIRTH", "CREDIT_CARD", "IBAN", "BANK_ACCOUNT", "NATIONAL_ID", "IP_ADDRESS", "USERNAME", "SECRET", "FREE_TEXT_WITH_PII"}  # fmt: skip


def judged() -> Iterable[dict[str, Any]]:
    """One row per column: what it is, what it was taken for, how sure the verdict was."""
    classifier = FieldClassifier(Taxonomy.load())
    for name, columns in tables():
        dataset = name.split("/", 1)[1]
        samples = [
            Sample(Field("generated", dataset, path, str(values.type)), values, Coverage(Extent.EXAMINED, rows=len(values)))
            for path, (values, _) in columns.items()
        ]  # fmt: skip
        for (path, (_, gold)), found in zip(columns.items(), classifier.classify(samples), strict=True):
            label = found.labels[0] if found.labels else None
            kind = KINDS.get(label.entity, label.entity) if label else None
            yield {"dataset": dataset, "column": path, "gold": gold, "kind": kind, "confidence": label.confidence if label else 0.0, "right": (kind in gold) if gold else kind is None}  # fmt: skip


def scored(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Precision, recall and F1, typed; false alarms; F1 of core identifiers; figures per kind; reliability."""
    clean = [row for row in rows if not row["gold"]]
    core = [row for row in rows if row["gold"] & CORE or (not row["gold"] and row["kind"])]
    kinds = sorted({kind for row in rows for kind in row["gold"]})
    return {
        "columns": len(rows),
        "typed": figures(rows),
        "core": figures(core),
        "false_alarms": {"columns": sum(row["kind"] is not None for row in clean), "of": len(clean)},
        "per_kind": {kind: figures([row for row in rows if kind in row["gold"]]) for kind in kinds},
        "reliability": reliability(rows),
    }


def figures(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Precision, recall and F1 over some columns."""
    right = sum(bool(row["gold"]) and row["right"] for row in rows)
    given, wanted = sum(row["kind"] is not None for row in rows), sum(bool(row["gold"]) for row in rows)
    precision, recall = right / given if given else 0.0, right / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"columns": len(rows), "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def reliability(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Expected calibration error over ten bins of confidence, and the bins themselves."""
    bins = defaultdict(list)
    for row in (row for row in rows if row["kind"]):
        bins[min(9, int(row["confidence"] * 10))].append(row)
    total = sum(map(len, bins.values()))
    table = {f"{bin_ / 10:.1f}": [len(some), round(mean(some, "confidence"), 3), round(mean(some, "right"), 3)] for bin_, some in sorted(bins.items())}  # fmt: skip
    error = sum(len(some) / total * abs(mean(some, "confidence") - mean(some, "right")) for some in bins.values())
    return {"error": round(error, 4), "bins": table}


def mean(rows: list[dict[str, Any]], key: str) -> float:
    """The mean of one key."""
    return sum(float(row[key]) for row in rows) / len(rows)


def main() -> None:
    """Print the figures and the columns that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures here too")
    wanted = parser.parse_args()
    started = time.process_time()
    rows = list(judged())
    result = scored(rows) | {
        "cpu_seconds": round(time.process_time() - started, 1),
        "versions": {name: version(name) for name in ("datakeep", "presidio-analyzer", "spacy", "faker")} | {"python": platform.python_version()},
    }  # fmt: skip
    for key in ("columns", "typed", "core", "false_alarms", "reliability"):
        print(f"{key:14}{result[key]}")
    for kind, found in result["per_kind"].items():
        print(f"  {kind:20}{found}")
    for row in rows:
        if not row["right"]:
            print(
                f"  wrong: {row['dataset']}#{row['column']}: {'|'.join(sorted(row['gold'])) or 'clean'} taken for {row['kind']} ({row['confidence']:.2f})"
            )
    if wanted.json:
        wanted.json.write_text(json.dumps(result, indent=1, default=sorted) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
