"""A reservoir is fair, repeatable, and never larger than asked."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scanners.reservoir import reservoir


@given(st.integers(0, 300), st.integers(0, 50), st.integers())
def test_it_holds_as_many_as_asked_in_order_and_the_same_for_the_same_seed(length, size, seed):
    drawn = reservoir(range(length), size, seed=seed)
    assert len(drawn) == min(length, size)
    assert drawn == sorted(set(drawn))
    assert drawn == reservoir(iter(range(length)), size, seed=seed)


def test_every_item_is_as_likely_as_any_other():
    rounds, length, size = 4000, 40, 8
    seen = Counter(item for seed in range(rounds) for item in reservoir(range(length), size, seed=seed))
    expected = rounds * size / length
    assert all(abs(seen[item] - expected) < 5 * expected**0.5 for item in range(length))
