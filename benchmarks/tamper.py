"""Tampering with a log of 200 records, exhaustively: `./run bench tamper`; `--json FILE` writes the counts.

Every byte of every record is flipped (one bit of each, another for each byte), every digit of every hash, every record is deleted,
doubled, swapped with each of its ten neighbours, and the log is cut after each; every record is changed with all hashes
after it made to fit. Each has to be found, at its position, or between the two checkpoints around it where all hashes
fit. What does it is in `tests/jit/test_audit.py`, which tries a sample of the same.
"""

import argparse
import importlib.util
import json
import platform
import resource
import sys
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1] / "tests" / "jit" / "test_audit.py"


def loaded() -> Any:
    """The tests of the audit log."""
    spec = importlib.util.spec_from_file_location("audit_under_test", TESTS)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]  # the file is there
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)  # type: ignore[union-attr]  # as above
    return module


def tried(tests: Any) -> dict[str, list[int]]:
    """How many of each kind were tried, and how many were found where they are."""
    sealed = tests.sealed_log()
    found: dict[str, list[int]] = {}
    for kind, bent, place in tests.tampered(sealed, every=True):
        count = found.setdefault(kind, [0, 0])
        count[0] += 1
        count[1] += tests.first_fault(bent, sealed) == place
    return found


def main() -> int:
    """Try all, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    began = time.process_time()
    counts = tried(loaded())
    result = {
        "records": 200, **{kind: {"tried": tried, "found": found} for kind, (tried, found) in counts.items()},
        "cpu_seconds": round(time.process_time() - began, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "versions": {"python": platform.python_version()},
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return any(tried != found for tried, found in counts.values())


if __name__ == "__main__":
    sys.exit(main())
