"""How right the verdict is, on labelled data made for it: `python benchmarks/accuracy.py [--json FILE] [--set NAME]`.

Two sets, made with Faker (`pip install faker`), whose lists no gazetteer of ours uses: `generated` (`benchmarks/columns.py`,
tables of 36 countries) and `held_out` (`benchmarks/held_out`: databases, logs and texts by a judge who had not read the
rules; each folder there is a set). A column counts as right where the leading entity is one of the kinds it was made of; of
a log or a text, each kind counts that is in it or is found.
"""

import argparse
import json
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from columns import tables
from held_out.judging import file_verdicts, verdicts

from classifiers import Taxonomy
from classifiers.engine import FieldClassifier
from scanners import Coverage, Extent, Field, Sample

HELD_OUT = Path(__file__).parent / "held_out"
KINDS = {
    "FIRST_NAME": "PERSON", "LAST_NAME": "PERSON", "STATE": "COUNTRY_STATE", "COUNTRY": "COUNTRY_STATE", "IBAN_CODE": "IBAN", "US_SSN": "NATIONAL_ID",
    "TAX_ID": "NATIONAL_ID", "PASSPORT": "NATIONAL_ID", "DRIVER_LICENSE": "NATIONAL_ID", "PASSWORD": "SECRET", "API_KEY": "SECRET", "TOKEN": "SECRET",
    "MEDICAL_RECORD": "MEDICAL", "MAC_ADDRESS": "DEVICE_ID", "IMEI": "DEVICE_ID", "VIN": "DEVICE_ID", "LICENSE_PLATE": "DEVICE_ID", "CVV": "CREDIT_CARD", "CREDIT_CARD_EXPIRATION": "CREDIT_CARD",
}  # fmt: skip
CORE = {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS", "DATE_OF_BIRTH", "CREDIT_CARD", "IBAN", "BANK_ACCOUNT", "NATIONAL_ID", "IP_ADDRESS", "USERNAME", "SECRET", "FREE_TEXT_WITH_PII"}  # fmt: skip


FILE_KINDS = CORE - {"FREE_TEXT_WITH_PII"} | {
    "CITY",
    "POSTAL_CODE",
    "COUNTRY_STATE",
    "GENDER",
    "MEDICAL",
    "GEO_COORDINATE",
}
SCORED = CORE | FILE_KINDS | {"OTHER_PERSONAL", "DEVICE_ID", "URL"}


def generated(classifier: FieldClassifier) -> Iterator[dict[str, Any]]:
    """One row per column of the generated tables."""
    for name, columns in tables():
        dataset = name.split("/", 1)[1]
        samples = [
            Sample(Field("generated", dataset, path, str(values.type)), values, Coverage(Extent.EXAMINED, rows=len(values)))
            for path, (values, _) in columns.items()
        ]  # fmt: skip
        for (path, (_, gold)), found in zip(columns.items(), classifier.classify(samples), strict=True):
            yield row(dataset, path, frozenset(gold), found)


def kind_of(entity: str) -> str:
    """The kind that an entity is scored as; what the label set lacks is another personal attribute."""
    kind = KINDS.get(entity, entity)
    return kind if kind in SCORED else "OTHER_PERSONAL"


def row(dataset: str, path: str, gold: frozenset[str], found: Any) -> dict[str, Any]:
    """What a column is, what it was taken for, how sure the verdict was."""
    label = found.labels[0] if found.labels else None
    kind = kind_of(label.entity) if label else None
    return {"dataset": dataset, "column": path, "gold": gold, "kind": kind, "confidence": label.confidence if label else 0.0, "right": (kind in gold) if gold else kind is None}  # fmt: skip


def file_rows(folder: Path, classifier: FieldClassifier) -> Iterator[dict[str, Any]]:
    """One row per file and kind that is in it or is found."""
    for file, fields in file_verdicts(folder, classifier):
        found = {kind_of(label.entity) for each in fields for label in each.labels} & FILE_KINDS
        for kind in sorted((found | file.gold) - file.arguable):
            yield {"dataset": file.name, "column": kind, "gold": file.gold & {kind}, "kind": kind if kind in found else None, "confidence": 0.0, "right": kind in found and kind in file.gold}  # fmt: skip


def judged(name: str, classifier: FieldClassifier) -> dict[str, list[dict[str, Any]]]:
    """The rows of a set's columns, and of its files if it has any."""
    if name == "generated":
        return {"columns": list(generated(classifier))}
    folder = HELD_OUT / name.removeprefix("held_out_")
    return {
        "columns": [row(*verdict) for verdict in verdicts(folder, classifier)],
        "files": list(file_rows(folder, classifier)),
    }


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


def result(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A set's figures."""
    return scored(rows["columns"]) | ({"files": figures(rows["files"])} if "files" in rows else {})


def show(name: str, figures: dict[str, Any]) -> None:
    """Print a set's figures."""
    print(f"== {name}")
    for key in ("columns", "typed", "core", "false_alarms", "reliability", "files"):
        if key in figures:
            print(f"{key:14}{figures[key]}")
    for kind, found in figures["per_kind"].items():
        print(f"  {kind:20}{found}")


def show_wrong(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Print what went wrong."""
    for one in (one for part in rows.values() for one in part if not one["right"]):
        print(f"  wrong: {one['dataset']}#{one['column']}: {'|'.join(sorted(one['gold'])) or 'clean'} taken for {one['kind']} ({one['confidence']:.2f})")  # fmt: skip


def main() -> None:
    """Print the figures of each set and what went wrong in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--set", action="append", dest="sets", help="only this set: generated, held_out_open, ...")
    parser.add_argument("--quiet", action="store_true", help="figures alone, no list of what went wrong")
    wanted = parser.parse_args()
    started, results = time.process_time(), {}
    classifier = FieldClassifier(Taxonomy.load())
    for name in wanted.sets or ["generated", *sorted(f"held_out_{folder.name}" for folder in HELD_OUT.iterdir() if any(folder.glob("*.schema")))]:  # fmt: skip
        rows = judged(name, classifier)
        results[name] = result(rows)
        show(name, results[name])
        if not wanted.quiet:
            show_wrong(rows)
    results |= {
        "cpu_seconds": round(time.process_time() - started, 1),
        "versions": {name: version(name) for name in ("datakeep", "presidio-analyzer", "spacy", "faker")} | {"python": platform.python_version()},
    }  # fmt: skip
    if wanted.json:
        wanted.json.write_text(json.dumps(results, indent=1, default=sorted) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
