"""Finding values in bytes, however they were written down."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

import numpy as np

SHORTEST = 8  # bytes; a shorter trace is found by chance
WINDOW = np.dtype("<u8")
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Knuth's multiplicative hashing, by the golden ratio of 2^64
SIEVE_BITS = 24
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b")


def as_text(value: str) -> Iterator[bytes]:
    """The value as it stands, in small letters and in capitals, in several character sets, and escaped."""
    for form in {value, value.lower(), value.upper()}:
        yield form.encode()
        yield form.encode("utf-16-le")
        yield form.encode("utf-16-be")
        yield form.encode("latin-1", errors="ignore")
        yield json.dumps(form)[1:-1].encode()
        yield quote(form).encode()
        yield quote_plus(form).encode()


def as_digits(value: str) -> Iterator[bytes]:
    """Its digits alone, where it is a number."""
    digits = "".join(sign for sign in value if sign.isdigit())
    if 2 * len(digits) > len(value):
        yield digits.encode()


def as_hex(value: str) -> Iterator[bytes]:
    """Its bytes in hexadecimal."""
    yield value.encode().hex().encode()


def as_base64(value: str) -> Iterator[bytes]:
    """Its bytes in base 64, wherever in a longer text they stand: the three offsets, without the signs at the seams."""
    for shift in range(3):
        data = b"\0" * shift + value.encode()
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(data)[-(-8 * shift // 6) : len(data) * 8 // 6]


def as_hash(value: str) -> Iterator[bytes]:
    """A plain hash of it, which anybody can recompute: as bytes, in hexadecimal and in base 64."""
    for name in HASHES:
        for form in {value, value.casefold(), value.strip()}:
            digest = hashlib.new(name, form.encode()).digest()
            yield from (digest, digest.hex().encode(), base64.b64encode(digest).rstrip(b"="))


FORMS = (as_text, as_digits, as_hex, as_base64, as_hash)
LONG_NUMBER = 12  # digits from which on a number is found in no other by chance
DIGITS = b"0123456789"


@dataclass(frozen=True)
class Traces:
    """Everything that would betray one of many values, ready to be looked for."""

    known: dict[bytes, list[tuple[bytes, str, str]]]
    keys: np.ndarray
    sieve: np.ndarray

    @classmethod
    def of(cls, values: Iterable[str]) -> "Traces":
        """The traces of `values`, in every form, as they stand and in small letters."""
        known: dict[bytes, list[tuple[bytes, str, str]]] = {}
        for value in set(values):
            for form in FORMS:
                for trace in {one for made in form(value) for one in (made, made.lower())}:
                    if len(trace) >= SHORTEST:
                        known.setdefault(trace[:SHORTEST], []).append((trace, value, form.__name__))
        keys = np.unique(np.frombuffer(b"".join(known), WINDOW))
        sieve = np.zeros(1 << SIEVE_BITS, bool)
        sieve[_slot(keys)] = True
        return cls(known, keys, sieve)

    def found(self, data: bytes) -> set[tuple[str, str]]:
        """The values that are in `data`, each with the form it was found in."""
        return set(self._in(data)) | set(self._in(data.lower()))

    def _in(self, data: bytes) -> Iterator[tuple[str, str]]:
        for start in range(SHORTEST):
            count = (len(data) - start) // SHORTEST
            if count <= 0:
                return
            windows = np.frombuffer(data, WINDOW, count=count, offset=start)
            maybe = np.flatnonzero(self.sieve[_slot(windows)])
            for hit in maybe[np.isin(windows[maybe], self.keys)]:
                place = start + int(hit) * SHORTEST
                for trace, value, form in self.known[data[place : place + SHORTEST]]:
                    if data.startswith(trace, place) and not _by_chance(data, place, trace):
                        yield value, form


def _by_chance(data: bytes, place: int, trace: bytes) -> bool:
    """Whether a short number stands within a longer one: the keyed hashes of a sketch hold every date in a while."""
    around = data[place - 1 : place] + data[place + len(trace) : place + len(trace) + 1]
    return trace.isdigit() and len(trace) < LONG_NUMBER and any(sign in DIGITS for sign in around)


def _slot(windows: np.ndarray) -> np.ndarray:
    """Where in the sieve a window falls; it spares most of them the exact look-up."""
    return (windows * SPREAD) >> np.uint64(64 - SIEVE_BITS)
