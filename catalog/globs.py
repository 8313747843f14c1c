"""Entry ids by glob: `*` stands for any text, `?` for one letter, and everything else for itself.

Brackets are no wildcards: `lake/orders#items[].buyer.email` is an id as it stands.
"""

import re
from collections.abc import Iterable


def is_glob(pattern: str) -> bool:
    """Whether the pattern can match more than one id."""
    return "*" in pattern or "?" in pattern


def regex(pattern: str) -> str:
    """The pattern as a regular expression, which RE2 and Python read alike."""
    letters = {"*": ".*", "?": "."}
    return "(?s:" + "".join(letters.get(letter) or re.escape(letter) for letter in pattern) + ")"


def matches(pattern: str, text: str) -> bool:
    """Whether `text`, an id or a dataset, is what the pattern means. An id matches itself whatever its letters."""
    return pattern == text or (is_glob(pattern) and re.fullmatch(regex(pattern), text) is not None)


def any_of(patterns: Iterable[str]) -> str:
    """One regular expression for all patterns."""
    return "|".join(regex(pattern) for pattern in patterns)
