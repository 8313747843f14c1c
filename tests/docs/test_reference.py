"""The reference pages say what the program does: they are written from it, and nobody forgot to."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


@pytest.mark.parametrize("name", make.PAGES)
def test_a_reference_page_is_what_it_describes(name):
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert written == make.PAGES[name](), "`./run docs` writes it anew"


def test_every_setting_is_described():
    rows = [line for line in make.settings().splitlines() if line.startswith("| `")]

    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_results_in_the_readme_are_the_benchmarks_own():
    assert (ROOT / "README.md").read_text(encoding="utf-8") == make.readme(), "`./run docs` writes them anew"


def test_a_figure_that_a_benchmark_did_not_print_is_noticed(monkeypatch, tmp_path):
    flattering = (ROOT / "README.md").read_text(encoding="utf-8").replace(" | 1.0 |", " | 0.1 |", 1)
    (tmp_path / "README.md").write_text(flattering, encoding="utf-8")
    monkeypatch.setattr(make, "README", tmp_path / "README.md")

    assert flattering != make.readme()
