import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import Sketcher, shared
from classifiers.sketch import FEWEST, SIZE, sketch
from scanners import Coverage, Extent, Field, Sample, Secret

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
WORDS = [f"word-{number}" for number in range(2000)]


@pytest.mark.parametrize("values", [
    ["word"] * 500,  # one value
    WORDS[: FEWEST - 1],
    [str(number) for number in range(100_000, 100_500)],  # numbers, as text
    [f"{number:03d}x" for number in range(500)],  # short
    list(range(500)),
    [None] * 500,
    [],
])  # fmt: skip
def test_what_could_be_tried_out_gets_no_sketch(values):
    assert sketch(pa.array(values), KEY) == ()


def test_a_sketch_holds_hashes_that_only_the_key_leads_to():
    made = sketch(pa.array(WORDS), KEY)

    assert len(made) == SIZE
    assert list(made) == sorted(set(made))
    assert made == sketch(pa.array(WORDS[::-1] + WORDS), KEY)
    assert not set(made) & set(sketch(pa.array(WORDS), OTHER))


@given(common=st.integers(0, 400), seed=st.integers(0, 10**6))
def test_the_estimated_share_is_near_the_true_one(common, seed):
    made = random.Random(seed)
    pool = [made.randbytes(8).hex() for _ in range(800 - common)]
    one, other = pool[:400], pool[400 - common :]
    estimate = shared(sketch(pa.array(one), KEY), 400, sketch(pa.array(other), KEY), 400)

    assert abs(estimate - common / 400) < 0.25  # five standard errors


def test_a_worker_without_the_key_sketches_nothing(tmp_path, monkeypatch):
    sample = Sample(Field("crm", "users", "handle"), pa.array(WORDS), Coverage(Extent.EXAMINED))
    missing, short = tmp_path / "no.key", tmp_path / "short.key"
    short.write_text("abcd")
    monkeypatch.setenv("SKETCH", KEY.hex())

    assert Sketcher(Secret(f"${{file:{missing}}}")).sketches([sample]) == [()]
    assert Sketcher(Secret(f"${{file:{short}}}")).sketches([sample]) == [()]
    assert Sketcher(Secret("${env:SKETCH}")).sketches([sample]) == [sketch(sample.values, KEY)]
