import random
import time

import pyarrow as pa
import pytest

from classifiers import Taxonomy
from classifiers.contains import contents
from classifiers.engine import FieldClassifier
from classifiers.matching import inside, tallies
from scanners import Coverage, Extent, Field, Sample

CLASSIFIER = FieldClassifier(Taxonomy.load())
SECONDS = 2.0  # for one cell, model and lists loaded; generous for a busy machine, far below any quadratic blow-up
SEEDS = (
    "a@a." * 40, "." * 4000, "a." * 2000, "http://" * 500, "1-" * 2000, "(" * 3000, "+" * 3000, "0" * 5000, "ab:" * 1500,
    "://a:b@" * 300, "$2b$12$" * 300, "-----BEGIN PRIVATE KEY-----" * 100, "eyJ" * 1000 + "." + "eyJ" * 1000, "\x00" * 2000, "\u202e" * 900 + "moc.elpmaxe@ob",
    "\u200b" * 2000, "é" * 3000, "名" * 3000, "😀" * 2000, "\ufeff" + "x" * 2000, "{" * 3000, "[" * 2000 + "]" * 2000, '{"a":' * 900 + "1" + "}" * 900,
    "<a href='" * 400, "\\" * 3000, "GB82" * 800, "4111 " * 900, "%s%n%x" * 300, "'; DROP TABLE users;--" * 50, "user=" * 700, "١٢٣" * 900, "1" * 15 + " " + "1" * 15 + " ",
    "O'" * 1000, "St. " * 1000, "Mr. " * 1000, "12 High Street, " * 300, "john smith " * 400, "e" * 3999 + "@", "\t\n\r" * 900, "ﷺ" * 600,
)  # fmt: skip


def hostile(count, seed=11):
    rng = random.Random(seed)
    for _ in range(count):
        cell = (
            rng.choice(SEEDS)
            + rng.choice(("", "!", "@", " ", "\n", "x" * 50))
            + rng.choice(SEEDS)[: rng.randrange(300)]
        )
        yield cell[rng.randrange(5) :]


def classify(*cells, path="notes"):
    values = pa.array(list(cells), pa.string())
    return CLASSIFIER.classify([Sample(Field("s", "d", path), values, Coverage(Extent.EXAMINED, values=len(cells)))])[0]


def test_a_thousand_hostile_cells_are_each_matched_in_bounded_time():
    slowest = 0.0
    for cell in hostile(1000):
        before = time.process_time()
        tallies([cell[:4096]])
        inside(cell[:4096])
        slowest = max(slowest, time.process_time() - before)
    assert slowest < SECONDS


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
