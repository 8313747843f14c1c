"""What a verdict costs: `python benchmarks/classify.py [--rows N] [--json FILE]`, one core, one process, alternating runs.

A table of 40 columns, made by `columns.py`, is judged by us and by what Presidio offers for the same: its analyzer over
every cell in batches (`BatchAnalyzerEngine`, batch 256, on the first rows: its cost is linear), and its recognizers one
by one against our fast path on the same cells, with the number of cells on which the two differ.
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import pyarrow as pa
from columns import Maker

from classifiers import Taxonomy
from classifiers.engine import FieldClassifier
from classifiers.presidio import MODEL, analyze, findings, recognizers
from scanners import Coverage, Extent, Field, Sample

COLUMNS = ["first_name", "last_name", "name", "email", "phone", "street", "city", "postcode", "state", "country", "birth", "sex", "ssn", "card", "iban", "ip", "handle", "password_hash", "note", "diagnosis", "id", "uuid", "sku", "ean", "company", "product", "price", "count", "created", "date_text", "status", "flag", "colour", "category", "epoch", "sha", "path", "agent", "canned", "invoice"]  # fmt: skip
PEER_ROWS = 100  # rows that the slow peers get; cost per cell is what is compared
BATCH = 256


def table(rows: int) -> Mapping[str, pa.Array]:
    """Forty columns of one person's and one shop's data."""
    maker = Maker("en_US", 7)
    return {f"c_{kind}": maker.column(kind, rows)[0] for kind in COLUMNS}


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and what came out."""
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


def ours(cells: Mapping[str, pa.Array]) -> Callable[[], Any]:
    """The built-in classifier over the table."""
    classifier = FieldClassifier(Taxonomy.load())
    samples = [
        Sample(Field("bench", "people", name, str(values.type)), values, Coverage(Extent.EXAMINED))
        for name, values in cells.items()
    ]
    return lambda: classifier.classify(samples)


def batch_analyzer(cells: Mapping[str, pa.Array]) -> Callable[[], Any]:
    """Presidio's own way over a table, with our offline model."""
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine  # noqa: PLC0415 - a peer, loaded for the benchmark
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415

    recognizers()  # also puts the bundled public-suffix list in place of a look-up
    setup = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    engine = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=setup).create_engine()))
    texts = {name: [str(value) for value in values.to_pylist()[:PEER_ROWS]] for name, values in cells.items()}
    return lambda: [
        list(found.recognizer_results) for found in engine.analyze_dict(texts, language="en", batch_size=BATCH)
    ]


def main() -> None:
    """Warm up, run alternately, print and write the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cells = table(wanted.rows)
    flat = [str(value) for values in cells.values() for value in values.to_pylist()[:PEER_ROWS]]
    us, again = ours(cells), ours(table(500))
    again()
    us()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    batch = batch_analyzer(cells)
    times: dict[str, list[float]] = {name: [] for name in ("ours", "batch", "recognizers", "fast_path")}
    different: Counter[bool] = Counter()
    for _ in range(wanted.rounds):
        times["ours"].append(spent(us)[0])
        times["batch"].append(spent(batch)[0])
        seconds, exact = spent(lambda: [analyze(text) for text in flat])
        times["recognizers"].append(seconds)
        seconds, fast = spent(lambda: [findings(text) for text in flat])
        times["fast_path"].append(seconds)
        different.update(a != b for a, b in zip(exact, fast, strict=True))
    medians = {name: sorted(some)[len(some) // 2] for name, some in times.items()}
    result = {
        "table": {"columns": len(cells), "rows": wanted.rows},
        "cpu_seconds": {name: round(seconds, 3) for name, seconds in medians.items()},
        "verdict_per_table_seconds": round(medians["ours"], 3),
        "batch_analyzer_per_table_seconds": round(medians["batch"] * wanted.rows / PEER_ROWS, 1),
        "verdict_ratio": round(medians["batch"] * wanted.rows / PEER_ROWS / medians["ours"], 1),
        "pattern_ratio": round(medians["recognizers"] / medians["fast_path"], 1),
        "cells_that_differ": different[True],
        "peak_memory_mb_ours": round(memory),
        "versions": {name: version(name) for name in ("presidio-analyzer", "spacy", "google-re2", "phonenumbers")} | {"python": platform.python_version()},
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if wanted.json:
        wanted.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
