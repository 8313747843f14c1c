"""When a rule holds: days of the week and hours of the day in a time zone, daylight saving included. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHT = 24 * 60
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
HORIZON = 9  # days looked ahead: a week, and the day that begins in it


@dataclass(frozen=True, slots=True)
class Window:
    """Hours from `start` to `end` (minutes since local midnight) on `days` (0 is Monday), by the wall clock of `zone`.

    An `end` at or before `start` reaches into the next day, which then belongs to the day it began on.
    """

    days: frozenset[int]
    start: int
    end: int
    zone: str

    @property
    def always(self) -> bool:
        """Whether it has no limit at all."""
        return len(self.days) == len(DAYS) and self.start == 0 and self.end == MIDNIGHT

    def left(self, moment: datetime) -> timedelta | None:
        """How long the window stays open from `moment` on: nothing where it is shut, None where it never shuts."""
        if self.always:
            return None
        reached = moment
        for opens, shuts in self._spans(moment):
            if opens <= reached < shuts:
                reached = shuts
        return reached - moment

    def opens(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which the window is open."""
        if self.always or self.left(moment):
            return moment
        return min(opens for opens, _ in self._spans(moment) if opens >= moment)

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether it is open at any moment of `start` (included) to `end` (not included)."""
        return self.always or any(opens < end and start < shuts for opens, shuts in self._until(start, end))

    def _spans(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        """The spans around and after `moment`, in UTC, the earliest first: enough of them to see a whole week."""
        first = moment.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        return self._on(first, HORIZON + 1)

    def _until(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        first = start.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        return self._on(first, min((end - start).days, 7) + 3)

    def _on(self, first: date, count: int) -> list[tuple[datetime, datetime]]:
        dates = (first + timedelta(days=number) for number in range(count))
        return [self._span(day) for day in dates if day.weekday() in self.days]

    def _span(self, day: date) -> tuple[datetime, datetime]:
        last = day if self.end > self.start else day + timedelta(days=1)
        return self._at(day, self.start), self._at(last, self.end)

    def _at(self, day: date, minutes: int) -> datetime:
        """A wall-clock time in UTC. In the hour that autumn repeats it is the first; one that spring skips is later."""
        days, minute = divmod(minutes, MIDNIGHT)
        wall = datetime.combine(day + timedelta(days=days), time(*divmod(minute, 60)), ZoneInfo(self.zone))
        return wall.astimezone(UTC)


def parse_days(text: str | list[str]) -> frozenset[int]:
    """`mon-fri`, `sat,sun`, `[mon, wed]`, `fri-mon` as numbers, Monday is 0. Raises ValueError for what is no day."""
    found: set[int] = set()
    for part in text.split(",") if isinstance(text, str) else text:
        first, dash, last = part.partition("-")
        start, end = _day(first), _day(last if dash else first)
        found |= {number % 7 for number in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)


def _day(text: str) -> int:
    word = text.strip().lower()
    if word[:3] not in DAYS or word not in {word[:3], NAMES[DAYS.index(word[:3])]}:
        raise ValueError(f"{text.strip()!r} is no day: write mon-fri or sat,sun")
    return DAYS.index(word[:3])


def parse_hours(text: str) -> tuple[int, int]:
    """`08:00-18:00` as minutes since midnight; `22:00-06:00` reaches into the next day. Raises ValueError."""
    found = HOURS.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError(f'{text!r} are no hours: write them as "08:00-18:00"')
    start = int(found[1]) * 60 + int(found[2])
    end = MIDNIGHT if found[3] is None else int(found[3]) * 60 + int(found[4])
    if start == end:
        raise ValueError(f"{text!r} is no time at all: leave hours out for the whole day")
    return start, end


def check_zone(name: str) -> str:
    """`name`, where it is a time zone such as Europe/Berlin. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone {name!r}: write one such as Europe/Berlin or UTC") from None
    return name
