"""The product's own classifier over a labelled set: tables as samples, JSON lines, logs and texts through its scanners."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from classifiers.engine import FieldClassifier
from held_out.files import File, files
from held_out.schema import Database, Table, databases, values
from scanners import Budget, Coverage, Extent, Field, Kind, Sample, Source, scanner_for


def verdicts(folder: Path, classifier: FieldClassifier) -> Iterator[tuple[str, str, frozenset[str], Any]]:
    """(dataset, column, gold, what was found) of every judged column and path."""
    for database in databases(folder):
        for table in database.tables:
            cells = values(database, table)
            samples = documents(table, cells) if table.nested else columns(database, table, cells)
            gold = {column.name: column.gold for column in table.columns}
            for sample, found in zip(samples, classifier.classify(samples), strict=True):
                if (right := gold.get(sample.field.path)) is not None:
                    yield f"{database.name}/{table.name}", sample.field.path, right, found


def columns(database: Database, table: Table, cells: dict[str, list[Any]]) -> list[Sample]:
    """A table's columns, as a database hands them over."""
    arrays = {name: pa.array(cell) for name, cell in cells.items()}
    return [
        Sample(Field(database.name, table.name, name, str(array.type)), array, Coverage(Extent.EXAMINED, rows=len(array)))
        for name, array in arrays.items()
    ]  # fmt: skip


def documents(table: Table, cells: dict[str, list[Any]]) -> Sequence[Sample]:
    """A table of paths, written as JSON lines and read back by the scanner."""
    lines = [
        json.dumps(nested(dict(zip(cells, row, strict=True))), default=str) for row in zip(*cells.values(), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"{table.name}.jsonl").write_text("\n".join(lines), "utf-8")
        return next(iter(scanned(folder, Kind.OBJECTS).values()))


def nested(row: dict[str, Any]) -> dict[str, Any]:
    """Paths to an object: `a.b`, and `a[].b` for a list of one or two."""
    found: dict[str, Any] = {}
    for path, value in row.items():
        *steps, leaf = path.split(".")
        place = found
        for step in steps:
            inner: Any = place.setdefault(step.removesuffix("[]"), [{}] if step.endswith("[]") else {})
            place = inner[0] if step.endswith("[]") else inner
        if leaf.endswith("[]"):
            place[leaf.removesuffix("[]")] = [value]
        else:
            place[leaf] = value
    return found


def scanned(folder: str, kind: Kind) -> dict[str, Sequence[Sample]]:
    """The samples of every dataset in a folder."""
    scanner = scanner_for(Source("held_out", f"file:{folder}", kind))
    return {unit.dataset: scanner.sample(unit, Budget()) for unit in scanner.units()}


def file_verdicts(folder: Path, classifier: FieldClassifier) -> Iterator[tuple[File, list[Any]]]:
    """Every log and text, and what was found in its fields."""
    for kind in Kind:
        wanted = {file.name: file for file in files(folder) if file.log == (kind is Kind.LOGS)}
        with tempfile.TemporaryDirectory() as place:
            for name, file in wanted.items():
                Path(place, name).parent.mkdir(parents=True, exist_ok=True)
                Path(place, name).write_text(file.text, "utf-8")
            found = defaultdict(list)
            for dataset, samples in scanned(place, kind).items():
                found[dataset] += classifier.classify(samples)
        for name, file in wanted.items():
            yield file, found.pop(name, [])
        if found:
            message = f"datasets that are no file of ours: {sorted(found)}"
            raise ValueError(message)
