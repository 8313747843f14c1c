"""One byte string per record, whoever writes it: canonical JSON (RFC 8785, for objects without fractions)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from jit.interface import JitError

MAX_SAFE = 2**53  # beyond this, JSON readers that use doubles (RFC 8785 does) no longer agree on an integer


def canonical(value: Mapping[str, Any]) -> bytes:
    """`value` as the one JSON text it has: keys sorted, nothing between tokens, UTF-8.

    Raises JitError for what has no single form: fractions, huge integers, text that is not Unicode.
    """
    _check(value)
    try:
        return _json(value).encode("utf-8")
    except UnicodeEncodeError:
        raise JitError("a text in it is not valid Unicode") from None


_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def _check(value: Any) -> None:
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > MAX_SAFE):
        raise JitError(f"{type(value).__name__} of that size has no canonical form")
    if isinstance(value, Mapping):
        for item in value.values():
            _check(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item)


def stamp(moment: datetime) -> str:
    """A moment as records write it: UTC, always microseconds, so that text sorts as time does."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """The moment that `stamp` wrote. Raises ValueError for a text that it did not write."""
    found = datetime.fromisoformat(text)
    if found.utcoffset() is None or stamp(found) != text:
        raise ValueError("that is no moment as records write it")
    return found


def commitment(secret: bytes, text: str) -> str:
    """A keyed hash that shows later that `text` was this text, and shows nothing to who lacks the secret.

    A plain hash of a short sentence can be found by trying sentences; HMAC-SHA-256 under a local secret cannot.
    """
    return hmac.new(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def from_base64(text: str, altchars: bytes = b"+/") -> bytes:
    """The bytes that `text` is the base64 of. Raises ValueError for any spelling but the one they have.

    Decoders ignore bits of the last letter that belong to no byte: two texts would stand for one signature.
    """
    try:
        data = base64.b64decode(text, altchars=altchars, validate=True)
    except binascii.Error:
        data = b""
    if base64.b64encode(data, altchars).decode() != text:
        raise ValueError("that is not the base64 of anything")
    return data
