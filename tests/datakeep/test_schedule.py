from datetime import UTC, datetime, timedelta

import pytest

from datakeep.schedule import missed, trigger, upcoming
from datakeep.settings import Configured, SettingsError
from scanners import Source

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def scheduled(expression):
    return Configured(Source("crm", "sqlite:///crm.db"), schedule=expression)


@pytest.mark.parametrize(
    ("expression", "weekday"),
    [("0 3 * * 0", 6), ("0 3 * * 7", 6), ("0 3 * * 1", 0), ("0 3 * * sat", 5), ("0 3 * * 5", 4)],
)
def test_weekdays_count_as_cron_counts_them(expression, weekday):
    assert trigger(scheduled(expression)).get_next_fire_time(None, MONDAY).weekday() == weekday


def test_a_range_of_weekdays_stays_a_range():
    fired, at = [], MONDAY
    for _ in range(5):
        at = trigger(scheduled("0 3 * * 1-5")).get_next_fire_time(None, at + timedelta(seconds=1))
        fired.append(at.weekday())

    assert sorted(fired) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("expression", ["daily", "0 3 * *", "61 3 * * *", "0 3 * * 9", ""])
def test_what_is_no_cron_expression_is_named_with_its_source(expression):
    with pytest.raises(SettingsError, match="source crm"):
        trigger(scheduled(expression))


def test_the_next_due_comes_first():
    sources = (scheduled("0 3 * * *"), Configured(Source("web", "file:./logs/"), schedule="*/5 * * * *"))

    assert [due.source for due in upcoming(sources, MONDAY)] == ["web", "crm"]


def test_a_source_that_was_never_scanned_or_came_due_meanwhile_is_due_at_once():
    daily = scheduled("0 3 * * *")

    assert missed(daily, None, MONDAY)
    assert missed(daily, MONDAY - timedelta(days=2), MONDAY)
    assert not missed(daily, MONDAY - timedelta(minutes=1), MONDAY)
