"""What a reader sees in place of a value that was not granted. Pure; a masked value never tells the value.

What remains is bounded for every mask but `year_only`: at most four characters, at most 30 % of the value, and
nothing of a value under six characters. So a card number keeps its last four digits (PCI DSS 4.0.1, 3.4.1 allows
these and the first six). Passwords, keys and card security codes are redacted whatever the policy says.
"""

import hashlib
import hmac
import re
from enum import StrEnum

from classifiers import DataClass


class Mask(StrEnum):
    """How a value is masked, as policies name it."""

    REDACT = "redact"
    KEYED_HASH = "keyed_hash"  # equal values, equal masks: tables still join
    LAST_FOUR = "last_four"
    FIRST_LETTER = "first_letter"
    YEAR_ONLY = "year_only"
    NULL = "null"


REDACTED = "[redacted]"
SHORTEST = 6
"""Values of fewer characters are masked as a whole."""
SHARE = 0.3
"""No more of a value than this remains."""
KEPT = 4
"""No more characters than this remain."""
SECRET = tuple(
    map(DataClass, ("user.authorization", "system.authentication", "user.financial.credit_card.security_code"))
)
"""Classes of which nothing may remain, not even a hash: such values are short, reused, or open doors."""
DATE = re.compile(r"(\d{4})([-/.])\d{1,2}\2\d{1,2}(?:[T ].*)?|\d{1,2}([-/.])\d{1,2}\3(\d{4})", re.ASCII | re.DOTALL)


def mask(value: object, data_class: DataClass | None, kind: Mask, *, key: bytes = b"") -> str | None:
    """`value`, of a class or of none that is known, as a reader without a grant sees it. Nothing stays nothing.

    `keyed_hash` (HMAC-SHA-256 under `key`, 16 hexadecimal digits) redacts where there is no key, since a hash without
    one is found by trying values.
    """
    if value is None or kind is Mask.NULL:
        return None
    text = value if isinstance(value, str) else str(value)
    secret = data_class is not None and any(one.covers(data_class) for one in SECRET)
    masked = REDACTED if secret else _masked(text, kind, key)
    return "***" if masked == text else masked


def _masked(text: str, kind: Mask, key: bytes) -> str:
    if kind is Mask.KEYED_HASH and key:
        digest = hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"#{digest[:16]}"
    if kind is Mask.YEAR_ONLY:
        return _year(text.strip())
    if kind in {Mask.LAST_FOUR, Mask.FIRST_LETTER}:
        return _end(text.strip(), kind)
    return REDACTED


def _end(text: str, kind: Mask) -> str:
    """One end of it, and three stars for the rest: the length does not show."""
    room = min(KEPT, int(len(text) * SHARE))
    if len(text) < SHORTEST or room == 0:
        return REDACTED
    return f"***{text[-room:]}" if kind is Mask.LAST_FOUR else f"{text[0]}***"


def _year(text: str) -> str:
    """The year of a date; anything that is not a whole date is redacted."""
    found = DATE.fullmatch(text)
    return (found[1] or found[4]) if found else REDACTED
