"""What a scan may cost a source as a whole, and what it has cost so far."""

from dataclasses import dataclass

from scanners import Allowance, Cause, Unit, UnitUnreadableError

NAMES = ("rows", "seconds", "bytes")


@dataclass(slots=True)
class Spent:
    """What the units of one source have cost so far, of what its scan may cost."""

    allowance: Allowance
    rows: int = 0
    seconds: float = 0.0
    bytes: int = 0

    def add(self, rows: int, seconds: float, size: int) -> None:
        """Count one unit."""
        self.rows += rows
        self.seconds += seconds
        self.bytes += size

    @property
    def limit(self) -> str | None:
        """What is used up: `rows`, `seconds` or `bytes`; None while there is something left."""
        limits = {name: getattr(self.allowance, name) for name in NAMES}
        return next((name for name in NAMES if limits[name] is not None and getattr(self, name) >= limits[name]), None)

    def refusal(self, unit: Unit) -> UnitUnreadableError:
        """The error for a unit that was due when nothing was left."""
        error = UnitUnreadableError(f"{unit} was left: total.{self.limit} of its source was used up", Cause.BUDGET)
        error.add_note("scan again to go on where this scan ended, or raise the limit")
        return error
