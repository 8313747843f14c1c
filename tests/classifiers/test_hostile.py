import time

import pyarrow as pa
import pytest

from classifiers import Taxonomy
from classifiers.contains import contents
from classifiers.engine import FieldClassifier
from classifiers.matching import inside, tallies
from classifiers.opinion import opinions
from classifiers.profile import LONG
from classifiers.testing import SEEDS, as_arrow, hostile_cells
from scanners import Coverage, Extent, Field, Sample

CLASSIFIER = FieldClassifier(Taxonomy.load())


SECONDS = 3.0  # for one cell, model and lists loaded; generous for a busy machine, far below any quadratic blow-up


def classify(*cells, path="notes"):
    values = pa.array(list(cells), pa.string())
    return CLASSIFIER.classify([Sample(Field("s", "d", path), values, Coverage(Extent.EXAMINED, values=len(cells)))])[0]


def test_hostile_cells_are_each_classified_in_bounded_time():  # `./run bench classify` does a thousand
    classify("warm up")
    slowest = 0.0
    for cell in hostile_cells(120):
        sample = Sample(Field("s", "d", "notes"), as_arrow(cell), Coverage(Extent.EXAMINED, values=1))
        before = time.process_time()
        (found,) = CLASSIFIER.classify([sample])
        slowest = max(slowest, time.process_time() - before)
        if len(cell) > LONG or not isinstance(sample.values.type, type(pa.string())):
            assert found.coverage.extent is not Extent.EXAMINED
    assert slowest < SECONDS


def test_a_thousand_hostile_cells_are_each_matched_in_bounded_time():
    slowest = 0.0
    for cell in hostile_cells(1000, seed=12):
        before = time.process_time()
        tallies([cell[:LONG]])
        inside(cell[:LONG])
        slowest = max(slowest, time.process_time() - before)
    assert slowest < SECONDS


def test_presidios_recognizers_end_on_hostile_cells_or_say_that_they_did_not():
    for seed in SEEDS:
        before = time.process_time()
        opinions([seed, seed * 2])
        assert time.process_time() - before < SECONDS


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_a_hostile_cell_is_classified_in_bounded_time(seed):
    classify("warm up")
    before = time.process_time()
    found = classify(SEEDS[seed], SEEDS[seed] * 2)
    assert time.process_time() - before < SECONDS
    assert found.coverage.extent in {Extent.EXAMINED, Extent.PARTIAL, Extent.NOT_EXAMINED}


def test_a_megabyte_of_anything_is_cut_and_said_so():
    before = time.process_time()
    found = classify("a@b." * 250_000, "(" * 1_000_000)
    assert time.process_time() - before < SECONDS
    assert found.coverage.extent is Extent.PARTIAL


def test_time_grows_with_length_and_not_with_its_square():
    def spent(size):
        text = ("1." * size)[:size]
        before = time.process_time()
        for _ in range(5):
            contents([text], language=False)
        return time.process_time() - before

    spent(1000)
    short, long = spent(2_000), spent(32_000)
    assert long < 16 * max(short, 0.002) * 4


@pytest.mark.parametrize("text", ["a\udfffb@example.org", "x \ud83d y"])
def test_half_a_surrogate_pair_is_no_reason_to_stop(text):
    tallies([text])
    inside(text)
