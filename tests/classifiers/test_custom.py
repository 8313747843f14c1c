import pickle

import pyarrow as pa
import pytest

from classifiers import DocumentError, Taxonomy
from classifiers.engine import FieldClassifier
from classifiers.rules.custom import RuleError, load_rules
from scanners import Coverage, Extent, Field, Sample

TAXONOMY = Taxonomy.load()
GOOD = """
version: 1
rules:
  - name: loyalty_number
    class: user.account
    pattern: 'LOY-[0-9]{8}'
    context: [loyalty, bonus card]
    allow: [LOY-00000000]
    positive: [LOY-12345678]
    negative: [LOY-1234, LOY-00000000]
  - name: squad
    class: user.employment
    terms: [Blue Team, Red Team]
    dictionary: squads.txt
    positive: [blue team, Grüne Gruppe]
"""


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "squads.txt").write_text("Grüne Gruppe\n\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(GOOD, encoding="utf-8")
    return load_rules(tmp_path / "rules.yaml", TAXONOMY)


def leading(rules, path, values):
    sample = Sample(Field("s", "d", path), pa.array(values), Coverage(Extent.EXAMINED, values=len(values)))
    (found,) = FieldClassifier(TAXONOMY, rules).classify([sample])
    return found.labels[0].data_class if found.labels else None


def test_a_rule_of_the_users_classifies_a_field(rules):
    assert leading(rules, "c9", [f"LOY-1234567{i}" for i in range(9)]) == "user.account"
    assert leading(rules, "c9", ["Blue Team", "RED TEAM", "grune gruppe"]) == "user.employment"


def test_a_word_in_the_name_makes_do_with_fewer_values(rules):
    values = [f"LOY-1234567{i}" for i in range(4)] + [f"other-{i}" for i in range(8)]
    assert leading(rules, "bonusCard", values) == "user.account"
    assert leading(rules, "c9", values) is None


def test_what_is_allowed_is_never_a_finding(rules):
    assert leading(rules, "loyalty", ["LOY-00000000"] * 5) is None


def test_rules_travel_to_a_worker(rules):
    assert pickle.loads(pickle.dumps(rules)) == rules  # noqa: S301 - what was just dumped


@pytest.mark.parametrize(
    ("old", "new", "error", "words"),
    [
        ("'LOY-[0-9]{8}'", r"'(?<=x)LOY'", RuleError, "RE2"),
        ("user.account", "user.acount", RuleError, "no class user.acount"),
        ("positive: [LOY-12345678]", "positive: [LOY-1]", RuleError, "positive example 1 is not found"),
        ("negative: [LOY-1234,", "negative: [LOY-12345678,", RuleError, "negative example 1 is found"),
        ("squads.txt", "gone.txt", RuleError, "dictionary gone.txt cannot be read"),
        ("    pattern: 'LOY-[0-9]{8}'\n", "", DocumentError, "needs a pattern"),
        ("context:", "contxt:", DocumentError, "unknown key"),
    ],
)
def test_a_rule_that_does_not_keep_its_word_is_refused(tmp_path, old, new, error, words):
    (tmp_path / "squads.txt").write_text("Grüne Gruppe\n", encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(error, match=words):
        load_rules(tmp_path / "rules.yaml", TAXONOMY)
