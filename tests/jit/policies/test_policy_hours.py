"""When a rule holds, by the wall clock of its zone, daylight saving included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jit.policies.windows import DAYS, Window, check_zone, parse_days, parse_hours

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def window(days="mon-fri", hours="08:00-18:00", zone="Europe/Berlin"):
    return Window(parse_days(days), *parse_hours(hours), zone)


def berlin(*parts):
    return datetime(*parts, tzinfo=BERLIN)


DAYS_READ = [
    ("mon-fri", {0, 1, 2, 3, 4}),
    ("sat,sun", {5, 6}),
    ("fri-mon", {4, 5, 6, 0}),
    ("Monday", {0}),
    ("mon, wed-thu", {0, 2, 3}),
    (["tue", "thu"], {1, 3}),
    ("mon-sun", set(range(7))),
    ("wed-tue", set(range(7))),
]


@pytest.mark.parametrize(("text", "days"), DAYS_READ)
def test_days_read_as_people_write_them(text, days):
    assert parse_days(text) == days


@pytest.mark.parametrize("text", ["", "weekdays", "mo-fr", "mon-", "-fri", "monkey", "1-5", "mon_fri"])
def test_what_is_no_day_is_an_error(text):
    with pytest.raises(ValueError, match="is no day"):
        parse_days(text)


@pytest.mark.parametrize("text", ["8-18", "08:00", "24:00-25:00", "08:00-08:00", "00:00-00:60", "08.00-18.00", ""])
def test_what_are_no_hours_is_an_error(text):
    with pytest.raises(ValueError, match=r"are no hours|no time at all"):
        parse_hours(text)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_what_is_no_zone_is_an_error(name):
    with pytest.raises(ValueError, match="no time zone"):
        check_zone(name)


LEFT = [
    ("mon-fri", "08:00-18:00", berlin(2026, 11, 23, 8), 10),
    ("mon-fri", "08:00-18:00", berlin(2026, 11, 23, 17), 1),
    ("mon-fri", "08:00-18:00", berlin(2026, 11, 23, 18), 0),
    ("mon-fri", "08:00-18:00", berlin(2026, 11, 23, 7), 0),
    ("mon-fri", "08:00-18:00", berlin(2026, 11, 22, 12), 0),
    ("mon-fri", "00:00-24:00", berlin(2026, 11, 23, 0), 120),
    ("fri", "22:00-06:00", berlin(2026, 11, 28, 5), 1),
    ("fri", "22:00-06:00", berlin(2026, 11, 27, 5), 0),
    ("mon-sun", "22:00-06:00", berlin(2026, 11, 27, 23), 7),
    # in Berlin 2026-03-29 has 23 hours and 2026-10-25 has 25
    ("sun", "00:00-24:00", berlin(2026, 3, 29, 0), 23),
    ("sun", "00:00-24:00", berlin(2026, 10, 25, 0), 25),
    ("sat", "22:00-06:00", berlin(2026, 3, 28, 22), 7),
    ("sat", "22:00-06:00", berlin(2026, 10, 24, 22), 9),
]


@pytest.mark.parametrize(("days", "hours", "moment", "left"), LEFT)
def test_a_window_stays_open_until_its_wall_clock_says_so(days, hours, moment, left):
    assert window(days, hours).left(moment) == left * HOUR


def test_summer_and_winter_have_the_same_hours_on_the_wall():
    assert window().left(datetime(2026, 7, 1, 6, tzinfo=UTC)) == 10 * HOUR
    assert window().left(datetime(2026, 12, 1, 7, tzinfo=UTC)) == 10 * HOUR


def test_a_window_that_never_shuts_has_no_end():
    assert window("mon-sun", "00:00-24:00").left(berlin(2026, 11, 23, 8)) is None


def test_it_opens_on_the_next_day_that_it_has():
    assert window().opens(berlin(2026, 11, 20, 19)) == berlin(2026, 11, 23, 8)
    assert window().opens(berlin(2026, 11, 23, 9)) == berlin(2026, 11, 23, 9)


MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
WINDOWS = st.builds(
    Window,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham"]),
).filter(lambda one: one.start != one.end)


def is_open(one, moment):
    """The same said with the wall clock alone: today's span, or yesterday's that reaches into today."""
    local = moment.astimezone(ZoneInfo(one.zone))
    minute = local.hour * 60 + local.minute
    yesterday = (local.weekday() - 1) % 7
    if one.end > one.start:
        return local.weekday() in one.days and one.start <= minute < one.end
    return (local.weekday() in one.days and minute >= one.start) or (yesterday in one.days and minute < one.end)


def shifts(one, moment):
    """Whether the zone's clock is set within a day and a half of the moment: the wall shows some minutes twice or never."""
    zone = ZoneInfo(one.zone)
    offsets = {(moment + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in range(-36, 37, 4)}
    return len(offsets) > 1


@given(WINDOWS, MOMENTS)
def test_open_is_what_the_wall_clock_says(one, moment):
    if not shifts(one, moment):
        left = one.left(moment)
        assert (left is None or left > timedelta()) is is_open(one, moment)


@given(WINDOWS, MOMENTS, st.integers(1, 20 * 86_400))
def test_a_window_touches_a_span_exactly_where_it_opens_in_it(one, moment, seconds):
    end = moment + timedelta(seconds=seconds)

    assert one.touches(moment, end) is (one.opens(moment) < end)


@given(WINDOWS, MOMENTS)
def test_after_what_is_left_the_window_is_shut(one, moment):
    left = one.left(moment)
    if left:
        assert one.left(moment + left) == timedelta()
        assert one.left(moment + left / 2) == left - left / 2


def test_every_day_has_a_name():
    assert parse_days(",".join(DAYS)) == frozenset(range(7))
