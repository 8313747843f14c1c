"""A point in time on the command line: ISO 8601, in UTC unless it says otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import click


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


def as_of_option() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--as-of`, on every command that reads the catalog."""
    return click.option("--as-of", type=Moment(), metavar="TIME",
                        help="What was believed then: 2026-11-01 or 2026-11-01T10:00+01:00 (UTC unless it says).")  # fmt: skip
