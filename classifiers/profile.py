"""The shape of one field's values: what can be said of them without asking what they mean. Arrow in."""

from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

CAP = 1000  # distinct values looked at one by one in a value column; 300 changed no decision in measurements
LONG = 4096  # characters of one value looked at; the rest is told as not examined


class Sort(StrEnum):
    """What kind of values, whatever the source calls the type."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TIME = "time"
    BINARY = "binary"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts, and the distinct values as stripped texts (at most `CAP`, evenly drawn). `repr` shows no value."""

    sort: Sort
    rows: int
    values: int
    distinct: int
    texts: tuple[str, ...] = field(repr=False)
    truncated: bool = False

    @property
    def distinct_share(self) -> float:
        """Distinct values per value: 1 for a key, near 0 for an enumeration."""
        return self.distinct / self.values if self.values else 0.0

    @property
    def mean_length(self) -> float:
        """Characters per distinct value."""
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @property
    def mean_words(self) -> float:
        """Words per distinct value."""
        return sum(text.count(" ") + 1 for text in self.texts) / len(self.texts) if self.texts else 0.0


def profile_of(values: pa.Array | pa.ChunkedArray) -> Profile:
    """The profile of an Arrow array of any type. Lists give their elements, structs and maps their JSON."""
    array = _plain(values)
    kind = _sort(array.type)
    present = pc.drop_null(array)
    if kind in {Sort.BINARY, Sort.EMPTY}:
        return Profile(kind, len(array), len(present), 0, ())
    distinct = pc.unique(present)
    texts, truncated = _texts(distinct, kind)
    if kind is Sort.TEXT and texts:
        kind = _told(texts)
    return Profile(kind, len(array), len(present) if texts else 0, min(len(distinct), len(present)), texts, truncated)


def _plain(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    while pa.types.is_list(array.type) or pa.types.is_large_list(array.type) or pa.types.is_fixed_size_list(array.type):
        array = pc.list_flatten(array)
    if pa.types.is_struct(array.type) or pa.types.is_map(array.type) or pa.types.is_union(array.type):
        array = pa.array([None if v is None else str(v) for v in array.to_pylist()], pa.string())
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        array = _decoded(array)
    return array


def _decoded(array: pa.Array) -> pa.Array:
    """Binary that is really text (MySQL's collations, BLOBs of a careless schema) is read as text."""
    try:
        text = pc.cast(array, pa.large_string() if pa.types.is_large_binary(array.type) else pa.string())
    except pa.ArrowInvalid:
        return array
    sample = [v for v in text.slice(0, 50).to_pylist() if v]
    return text if sample and all(v.isprintable() or "\n" in v for v in sample) else array


def _sort(kind: pa.DataType) -> Sort:
    known = (
        (pa.types.is_boolean, Sort.BOOLEAN),
        (pa.types.is_integer, Sort.INTEGER),
        (pa.types.is_floating, Sort.DECIMAL),
        (pa.types.is_decimal, Sort.DECIMAL),
        (pa.types.is_date, Sort.DATE),
        (pa.types.is_timestamp, Sort.TIMESTAMP),
        (pa.types.is_time, Sort.TIME),
        (pa.types.is_duration, Sort.TIME),
        (pa.types.is_null, Sort.EMPTY),
        (pa.types.is_binary, Sort.BINARY),
        (pa.types.is_large_binary, Sort.BINARY),
        (pa.types.is_fixed_size_binary, Sort.BINARY),
    )
    return next((sort for test, sort in known if test(kind)), Sort.TEXT)


def _texts(distinct: pa.Array, kind: Sort) -> tuple[tuple[str, ...], bool]:
    if len(distinct) > CAP:
        distinct = distinct.take(pa.array(range(0, len(distinct), -(-len(distinct) // CAP))))
    if kind is Sort.DECIMAL and pa.types.is_floating(distinct.type):
        found = [_number(value) for value in distinct.to_pylist() if value == value]  # noqa: PLR0124 - NaN is not itself
    elif kind is Sort.TEXT:
        found = [value.strip() for value in distinct.to_pylist()]
    else:
        found = [str(value) for value in distinct.to_pylist()]
    seen = tuple(dict.fromkeys(value[:LONG] for value in found if value and value.lower() not in VOID))
    return seen, any(len(value) > LONG for value in found)


VOID = frozenset({"null", "none", "n/a", "na", "nan", "nil", "-", "--", "\\n", "undefined", "(null)", "#n/a"})


def _number(value: float) -> str:
    """Integers that became floats because of nulls read as the integers they are."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _told(texts: tuple[str, ...]) -> Sort:
    """Numbers kept as text stay text: a leading zero or a plus carries meaning. Only truth values are told."""
    return Sort.BOOLEAN if {text.lower() for text in texts} <= {"true", "false"} else Sort.TEXT
