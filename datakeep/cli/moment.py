"""A point in time on the command line: ISO 8601, in UTC unless it says otherwise."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import click

TO_THE_SECOND = re.compile(r"\d\d:\d\d:\d\d(Z|[+-].*)?$")


class Moment(click.ParamType[datetime]):
    """`2026-11-01` (to the end of that day), `2026-11-01T10:00`, `2026-11-01T10:00+01:00`."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """As a time in UTC; a usage error where it is none."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail("a time reads 2026-11-01 or 2026-11-01T10:00+01:00", param, ctx)
        if "T" not in value and " " not in value:
            found = datetime.combine(found, time.max)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


class RunOrTime(click.ParamType[str | datetime]):
    """A run by its id or number, or a time."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | datetime:
        """The id as it stands; a time in UTC."""
        return AsOf().convert(value, param, ctx) if re.match(r"\d{4}-", str(value)) else str(value)


class AsOf(Moment):
    """The same, and to the end of a second: a table tells times without what is beyond it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """As a time in UTC."""
        found = super().convert(value, param, ctx)
        return found.replace(microsecond=999_999) if TO_THE_SECOND.search(str(value)) else found


def as_of_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--as-of`, on every command that reads the catalog."""
    return click.option("--as-of", type=AsOf(), metavar="TIME",
                        help="What was believed then: 2026-11-01 or 2026-11-01T10:00+01:00 (UTC unless it says).")  # fmt: skip
