"""When each source is due, from its cron expression; APScheduler keeps the time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from datakeep.settings import Configured, SettingsError

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Due:
    """A source's schedule, and when it is next due (time zone of this machine)."""

    source: str
    schedule: str
    next: datetime


def trigger(configured: Configured) -> CronTrigger:
    """The trigger of a source's cron expression. Raises SettingsError where it is none.

    APScheduler counts weekdays from Monday as 0, cron from Sunday: numbers are turned into names first.
    """
    expression = configured.schedule or ""
    fields = expression.split()
    if len(fields) == 5:
        fields[4] = re.sub(r"(?<![/\d])[0-7]", lambda match: WEEKDAYS[int(match.group())], fields[4])
    try:
        return CronTrigger.from_crontab(" ".join(fields))
    except ValueError:
        error = SettingsError(f"source {configured.source.name}: {expression!r} is no cron expression")
        error.add_note("five fields: minute hour day month weekday, such as 0 3 * * *")
        raise error from None


def upcoming(sources: tuple[Configured, ...], now: datetime) -> list[Due]:
    """The scheduled sources, the next due first."""
    found = [
        Due(one.source.name, one.schedule, trigger(one).get_next_fire_time(None, now))
        for one in sources
        if one.schedule
    ]
    return sorted(found, key=lambda due: due.next)


def missed(configured: Configured, last: datetime | None, now: datetime) -> bool:
    """Whether the source came due since its `last` run, as when nobody kept the time. Never run is due at once."""
    if last is None:
        return True
    due: datetime | None = trigger(configured).get_next_fire_time(None, last)
    return due is not None and due <= now


def keep_time(
    sources: tuple[Configured, ...], due_now: frozenset[str], now: datetime, work: Callable[[str], Any]
) -> None:
    """Call `work` with a source's name whenever it is due, one at a time, until interrupted.

    A source that comes due while it is still being scanned is scanned once more, not many times.
    """
    scheduler = BlockingScheduler(executors={"default": ThreadPoolExecutor(1)})
    for one in sources:
        if one.schedule:
            first = {"next_run_time": now} if one.source.name in due_now else {}
            scheduler.add_job(work, trigger(one), [one.source.name], id=one.source.name, coalesce=True,
                              max_instances=1, misfire_grace_time=None, **first)  # fmt: skip
    scheduler.start()
