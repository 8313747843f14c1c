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
