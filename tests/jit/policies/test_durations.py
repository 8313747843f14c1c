from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit.policies.durations import LONGEST, format_duration, parse_duration

READINGS = [
    ("90s", 90),
    ("30m", 1800),
    ("2h", 7200),
    ("1d", 86_400),
    ("1h30m", 5400),
    ("2w", 1_209_600),
    ("1d2h3m4s", 93_784),
    (" 5m ", 300),
    ("PT30M", 1800),
    ("PT1H30M", 5400),
    ("P1D", 86_400),
    ("P1DT12H", 129_600),
    ("P2W", 1_209_600),
    ("pt90s", 90),
]
NONSENSE = [
    "", "h", "90", "1.5h", "-1h", "1y", "P1M", "P1Y", "P", "PT", "P1DT", "1h 30m", "30m1h", "0s", "PT0S", "٣h", "1H", "4000d",
    "9" * 40 + "s", "1h\n1m",
]  # fmt: skip


@pytest.mark.parametrize(("text", "seconds"), READINGS)
def test_a_duration_reads_as_people_write_it(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", NONSENSE)
def test_what_is_no_duration_is_an_error_that_names_it(text):
    with pytest.raises(ValueError, match=r"duration|longer than ten years"):
        parse_duration(text)


@given(st.integers(1, LONGEST))
def test_what_is_printed_reads_as_the_same(seconds):
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("length", "text"), [(5400, "1h30m"), (604_800, "7d"), (0, "0s"), (-60, "-1m"), (timedelta(hours=2), "2h")]
)
def test_a_duration_prints_its_largest_units_first(length, text):
    assert format_duration(length) == text
