"""A recognizer is a value: a pattern, the check behind it, and the examples that prove both."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How much one match says: a check digit that chance seldom meets, a telling format, or a mere shape."""

    CHECKED = "checked"
    FORMAT = "format"
    SHAPE = "shape"


@dataclass(frozen=True, slots=True)
class Rule:
    """One recognizer. `pattern` is RE2 (linear time) and stands for a whole value, case told apart.

    `accept` decides on what the pattern let through: a check digit, a range. `within` marks rules that are also
    looked for inside longer text, between word borders. `entity` may be one that is not personal (`UUID`, `EAN`):
    such rules are evidence against. `country` is ISO 3166 alpha-2, where the rule belongs to one.
    """

    name: str
    entity: str
    pattern: str
    grade: Grade
    accept: Callable[[str], bool] | None = None
    within: bool = False
    country: str | None = None
    version: str = "1"
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()

    def takes(self, text: str) -> bool:
        """Whether what the pattern let through is really it; a check that cannot cope with it says no."""
        if self.accept is None:
            return True
        try:
            return bool(self.accept(text))
        except (ValueError, IndexError, KeyError, ArithmeticError, LookupError):
            return False
