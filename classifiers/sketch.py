"""Sketches of a field's values: enough to tell that two fields share most of them, too little to tell any of them.

A sketch is the smallest of the keyed hashes of the distinct values (bottom-k, or k minimum values: Bar-Yossef et al.,
RANDOM 2002; Beyer et al., SIGMOD 2007), so that of two sketches under one key the union's smallest hashes estimate the
share of common values. Without the key (BLAKE2b, RFC 7693, keyed and cut to 32 bits) nothing can be tried out on it. Who
has the key can try a dictionary, and 32 bits leave one false hit in 4 billion: so what has few distinct values, or
short ones, gets no sketch at all, nor do numbers, of which all are soon tried and any two counters look alike.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from scanners import Sample, Secret, SecretError

KEY = 16  # bytes: a shorter key could be guessed
SIZE = 128  # hashes kept: a standard error of 3 percentage points at a share of 90 %
FEWEST = 50  # distinct values: a status or a country would be read off the sketch by trying all there are
SHORTEST = 5  # characters, of the median value
Sketch = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sketcher:
    """Makes sketches where the values are, on the worker; `key` says where the installation's secret is."""

    key: Secret

    def sketches(self, samples: Sequence[Sample]) -> list[Sketch]:
        """One for each sample, empty for what is not to be sketched; all empty on a worker that has no key."""
        try:
            key = bytes.fromhex(self.key.resolve())
        except (SecretError, ValueError):
            return [() for _ in samples]
        if len(key) < KEY:
            return [() for _ in samples]
        return [sketch(sample.values, key) for sample in samples]


def sketch(values: pa.Array, key: bytes) -> Sketch:
    """The sketch of some values, ascending; empty where there are too few, too short ones, or no texts."""
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return ()
    distinct = pc.drop_null(pc.unique(values)).to_pylist()
    lengths = sorted(map(len, distinct))
    if len(distinct) < FEWEST or lengths[len(lengths) // 2] < SHORTEST or all(map(str.isdecimal, distinct)):
        return ()
    return tuple(sorted({_hash(value, key) for value in distinct})[:SIZE])


def _hash(value: str, key: bytes) -> int:
    text = value.strip().casefold().encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=4, key=key).digest(), "big")


def shared(one: Sketch, one_count: int, other: Sketch, other_count: int) -> float:
    """The estimated part of the first field's distinct values that the second has too, 0 to 1; counts are distinct values.

    From the Jaccard index J of the two, the intersection is J / (1 + J) times the sum of both counts.
    """
    size = min(len(one), len(other), SIZE)
    smallest = sorted({*one, *other})[:size]
    if not smallest or not one_count:
        return 0.0
    both = set(one) & set(other)
    jaccard = sum(number in both for number in smallest) / len(smallest)
    return min(1.0, jaccard / (1 + jaccard) * (one_count + other_count) / one_count)
