"""Classifiers of plug-ins: installed as a distribution of their own, asked beside ours, heard where ours claims nothing."""

import subprocess
import sys
import textwrap

import pyarrow as pa
import pytest

from classifiers import Classification, ClassifyError, DataClass, Label, Panel, Taxonomy
from classifiers.engine import FieldClassifier
from classifiers.testing import ClassifierContract
from scanners import Coverage, Extent, Field, Sample

OURS = FieldClassifier(Taxonomy.load())
PLUG_IN = """
from dataclasses import dataclass

from classifiers import Classification, DataClass, Label


@dataclass(frozen=True)
class Badges:
    taxonomy: object

    def classify(self, samples):
        return [self.one(sample) for sample in samples]

    def one(self, sample):
        texts = [str(value) for value in sample.values.to_pylist() if value is not None]
        badges = sum(text.startswith("BDG/") for text in texts)
        label = Label(DataClass("user.employment"), "BADGE", 0.8)
        return Classification(sample.field, sample.coverage, (label,) if badges else (), examined=len(texts), matched=badges)
"""


class Saying:
    """A classifier that says one thing of every field."""

    def __init__(self, data_class):
        self.label = Label(DataClass(data_class), "SAID", 0.7)

    def classify(self, samples):
        return [Classification(one.field, one.coverage, (self.label,), examined=3, matched=2) for one in samples]


def verdict(classifier, path, values):
    (found,) = classifier.classify([Sample(Field("s", "t", path), pa.array(values), Coverage(Extent.EXAMINED))])
    return found


class TestAPanel(ClassifierContract):
    def classifier(self):
        return Panel(OURS, (("again", OURS),))


def test_what_a_plug_in_says_of_a_field_that_ours_does_not_claim_is_proposed():
    found = verdict(Panel(OURS, (("mine", Saying("user.employment")),)), "f1", ["qq7", "qq8", "qq9"])

    assert [label.data_class for label in found.labels] == ["user.employment"]
    assert found.findings[-1].detector == "plug-in mine"
    assert found.matched == 2


def test_what_ours_claims_leads_and_the_plug_ins_word_is_an_alternative():
    mails = [f"person{number}@example.org" for number in range(9)]
    found = verdict(Panel(OURS, (("mine", Saying("user.employment")),)), "email", mails)

    assert [label.data_class for label in found.labels] == ["user.contact.email"]
    assert "user.employment" in {label.data_class for label in found.alternatives}


def test_a_plug_in_cannot_speak_of_what_was_not_examined():
    found = verdict(Panel(OURS, (("mine", Saying("user.employment")),)), "f1", pa.array([None, None], pa.string()))

    assert found.labels == ()
    assert found.coverage.extent is Extent.NOT_EXAMINED


def test_a_plug_in_that_loses_a_field_is_named():
    class Losing:
        def classify(self, samples):
            return []

    with pytest.raises(ClassifyError, match="classifier mine gave 0 verdicts on 1 fields"):
        verdict(Panel(OURS, (("mine", Losing()),)), "f1", ["a"])


def test_an_installed_plug_in_is_asked_by_a_scan(tmp_path):
    site = tmp_path / "site"
    info = site / "badges-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "badges.py").write_text(PLUG_IN, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: badges\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[datakeep.classifiers]\nbadges = badges:Badges\n", encoding="utf-8")
    (tmp_path / "staff.csv").write_text(
        "mark\n" + "".join(f"BDG/{number}x\n" for number in range(20)), encoding="utf-8"
    )
    (tmp_path / "datakeep.yaml").write_text(
        "version: 1\nsources:\n  - {name: drops, url: 'file:./staff.csv'}\n", encoding="utf-8"
    )
    command = textwrap.dedent("""
        import sys
        from datakeep.cli import main
        sys.argv = ["datakeep", *sys.argv[1:]]
        main()
    """)

    def datakeep(*arguments):
        run = [sys.executable, "-c", command, *arguments]
        return subprocess.run(run, cwd=tmp_path, env={"PYTHONPATH": str(site), "PATH": ""}, capture_output=True, text=True, timeout=120, check=False)  # fmt: skip

    scanned = datakeep("scan")
    assert scanned.returncode == 0, scanned.stderr
    assert "user.employment" in datakeep("catalog", "list", "--format", "csv").stdout
    assert "badges 1.0" in datakeep("plugin", "list", "--format", "csv").stdout
