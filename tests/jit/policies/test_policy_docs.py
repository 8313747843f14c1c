"""The reference page tells the truth: its examples load, pass their own tests, and its tables name every key."""

import re
from pathlib import Path

import pytest

from classifiers import Taxonomy
from jit import Mask, Policy, run_tests
from jit.policies.rules import Auto, Given, PolicyFile, Rule

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
KEYS = {field.alias or name for model in (PolicyFile, Rule, Auto, Given) for name, field in model.model_fields.items()}


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_loads_and_passes_the_tests_in_it(tmp_path, text):
    path = tmp_path / "policies.yaml"
    path.write_text(text, encoding="utf-8")

    results = run_tests(Policy.load(path), Taxonomy.load())

    assert results
    assert [(one.number, one.decision.because) for one in results if not one.passed] == []


@pytest.mark.parametrize("key", sorted(KEYS | set(Mask)))
def test_every_key_is_on_the_page(key):
    assert re.search(rf"\b{re.escape(key)}\b", PAGE)
