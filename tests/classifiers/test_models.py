"""Models of other languages, the transformer of an extra, and loading them while values are fetched."""

import socket
import threading
import time

import pyarrow as pa
import pytest
import spacy

from classifiers import (
    ClassifyError,
    Prepares,
    Taxonomy,
    check_model,
    check_transformer,
    models,
    rules_version,
    warming,
)
from classifiers.engine import FieldClassifier
from scanners import Coverage, Extent, Field, Sample

TAXONOMY = Taxonomy.load()
NOTES = [f"Gestern hat sich {name} Schmidt bei uns über die Lieferung {number} beschwert." for number, name in enumerate(["Anna", "Jens", "Uwe"] * 9)]  # fmt: skip


def labels(classifier, path, values):
    (found,) = classifier.classify([Sample(Field("s", "t", path), pa.array(values), Coverage(Extent.EXAMINED))])
    return [label.entity for label in found.labels]


@pytest.fixture
def german(tmp_path):
    """A spaCy model of another language, as its label set is: PER, not PERSON."""
    made = spacy.blank("de")
    made.add_pipe("entity_ruler").add_patterns([{"label": "PER", "pattern": [{"TEXT": {"IN": ["Anna", "Jens", "Uwe"]}}, {"TEXT": "Schmidt"}]}])  # fmt: skip
    made.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


def test_a_model_of_another_language_reads_running_text(german):
    check_model(german)

    assert "PERSON" in labels(FieldClassifier(TAXONOMY, model=german), "notizen", NOTES)


def test_another_model_is_another_set_of_rules(german):
    assert rules_version(models=(german,)) != rules_version()


@pytest.mark.parametrize("name", ["de_core_news_nowhere", "../elsewhere"])
def test_a_model_that_is_not_installed_says_how_to_install_it(name):
    with pytest.raises(ClassifyError, match="is not installed") as caught:
        check_model(name)
    assert caught.value.__notes__ == [f"pip install {name.replace('_', '-')}"]


def test_a_transformer_that_is_not_installed_says_which_extra_it_is(monkeypatch):
    monkeypatch.setattr(models, "TRANSFORMER", "no_such_package")
    with pytest.raises(ClassifyError, match="the transformer needs") as caught:
        check_transformer()
    assert caught.value.__notes__ == ["pip install 'datakeep[onnx]'"]


def test_the_transformer_decides_what_nothing_else_claims_and_asks_no_network(monkeypatch):
    pytest.importorskip(models.TRANSFORMER, reason="the extra onnx is not installed")

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    streets = [f"{number} Xylanthia {kind}" for number, kind in zip(range(11, 31), ["Quay", "Mews", "Row", "Rise"] * 5, strict=True)]  # fmt: skip

    without, with_it = (labels(FieldClassifier(TAXONOMY, transformer=on), "f3", streets) for on in (False, True))
    assert with_it == ["STREET_ADDRESS"]
    assert without in ([], ["STREET_ADDRESS"])
    assert labels(FieldClassifier(TAXONOMY, transformer=True), "f3", ["open", "closed", "paid", "void"] * 5) == []


def test_loading_begins_in_the_background_and_ends_before_the_first_verdict(monkeypatch):
    loaded = []
    release = threading.Event()
    monkeypatch.setattr("classifiers.engine.warm", lambda model: (release.wait(30), loaded.append(model)))
    classifier = FieldClassifier(TAXONOMY)
    assert isinstance(classifier, Prepares)

    classifier.prepare([Field("s", "t", "notes"), Field("s", "t", "price")])
    assert loaded == []  # prepare has returned, nothing is loaded yet
    threading.Timer(0.2, release.set).start()
    labels(classifier, "price", ["1.50"])
    assert loaded == [models.MODEL]
    assert not warming._running


def test_the_model_is_not_loaded_for_fields_that_do_not_sound_like_text(monkeypatch):
    loaded = []
    monkeypatch.setattr("classifiers.engine.warm", loaded.append)
    FieldClassifier(TAXONOMY).prepare([Field("s", "t", "price"), Field("s", "t", "city")])
    warming.finish()

    assert loaded == [None]


def test_waiting_for_nothing_takes_no_time():
    before = time.monotonic()
    warming.finish()
    assert time.monotonic() - before < 1
