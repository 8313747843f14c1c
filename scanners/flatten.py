"""Nested Arrow, JSON text and JSON rows as leaf paths: `orders[].customer.email`, `profile.contacts[].email`.

The grammar of paths, and the walk over one value, are in `scanners.paths`.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from scanners.paths import MAX_DEPTH, Shape, dump, member, opened, parse, walk

# The share of distinct values that must parse before text is taken for JSON. Under 1: exports cut long cells short.
DOCUMENT_SHARE = 0.95
# An object with more keys than this is a dictionary keyed by data; the widest schemas known to us stay below it.
MAX_KEYS = 200
# Small dictionaries tell themselves by keys that hardly ever come back from row to row.
FEW_OBJECTS, FEW_KEYS = 10, 20

TEXT_NAMES = {"string": "text", "large_string": "text", "string_view": "text", "large_binary": "binary"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """The values found at one path, nulls included, without those of rows that have no such path."""

    path: str
    values: pa.Array
    data_type: str

    def __repr__(self) -> str:
        return f"Leaf({self.path}, {len(self.values)} values)"


def flatten(table: pa.Table, documents: Collection[str] = ()) -> Iterator[Leaf]:
    """The leaves of every column of `table`, each path once; a column without any is a leaf of nulls.

    `documents` names the columns that hold JSON by their type; other text is taken for JSON where nearly all of its
    distinct values are objects or arrays. What does not parse, or nests too deep to, is a leaf at the column itself.
    """
    for name, column in zip(table.column_names, table.columns, strict=True):
        found: dict[str, list[pa.Array]] = {}
        todo = [(name, _plain(column.combine_chunks()), 0, name in documents)]
        while todo:
            path, values, depth, is_json = todo.pop()
            inner = _inside(path, values, depth, is_json=is_json)
            if inner is None:
                found.setdefault(path, []).append(values)
            else:
                todo += [(deeper, _plain(array), depth + 1, False) for deeper, array in reversed(inner)]
        yield from _merged(found or {name: [pa.nulls(table.num_rows, pa.string())]})


def flatten_rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[Leaf]:
    """The leaves of rows at hand, such as JSON lines; rows may differ in what they hold."""
    for path, values in _gather("", list(rows)).items():
        array = array_of(values)
        columns = flatten(pa.table({path: array})) if _is_text(array.type) else _merged({path: [array]})
        yield from columns


def is_document(values: pa.Array) -> bool:
    """Whether text is JSON: nearly all of its distinct values are objects or arrays."""
    distinct = [text for text in pc.unique(values).to_pylist() if text and not text.isspace()]
    likely = [text for text in distinct if text.lstrip()[:1] in {"{", "["}]
    if len(likely) < DOCUMENT_SHARE * len(distinct):
        return False
    return bool(distinct) and sum(parse(text) is not None for text in likely) >= DOCUMENT_SHARE * len(distinct)


def type_name(data_type: pa.DataType) -> str:
    """An Arrow type in the words that entries use: text is `text`, however it is laid out."""
    return TEXT_NAMES.get(str(data_type), str(data_type))


def _plain(values: pa.Array) -> pa.Array:
    """The array without encodings that only concern storage, and a map as a list of pairs."""
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(values.storage)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _plain(pc.cast(values, kind.value_type))
    if pa.types.is_map(kind):
        pair = pa.struct([pa.field("key", kind.key_type), pa.field("value", kind.item_type)])
        return values.cast(pa.list_(pair))
    return values


def _inside(path: str, values: pa.Array, depth: int, *, is_json: bool) -> list[tuple[str, pa.Array]] | None:
    """What lies one level below `values`, with paths; None where nothing does."""
    kind = values.type
    if pa.types.is_struct(kind):
        names = [path if depth >= MAX_DEPTH else member(path, field.name) for field in kind]
        return list(zip(names, values.flatten(), strict=True))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [(path if depth >= MAX_DEPTH else f"{path}[]", values.flatten())]
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        return [(path if depth >= MAX_DEPTH else f"{path}[]", values.flatten())]
    if _is_text(kind) and depth < MAX_DEPTH and (is_json or is_document(values)):
        return _documents(path, values)
    return None


def _documents(path: str, values: pa.Array) -> list[tuple[str, pa.Array]] | None:
    texts = [text for text in values.to_pylist() if text is not None]
    parsed = [(text, parse(text)) for text in texts]
    leaves = _gather(path, [value for _, value in parsed if value is not None])
    rest = [text for text, value in parsed if value is None]
    if rest:
        leaves.setdefault(path, []).extend(_scalar(text) for text in rest)
    if set(leaves) == {path}:
        return None
    return [(at, array_of(found)) for at, found in leaves.items()]


def _scalar(text: str) -> Any:
    """JSON that is a single scalar as that scalar, and what is no JSON as it stands."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, (dict, list)) else value


def _gather(path: str, values: list[Any]) -> dict[str, list[Any]]:
    """The leaves of many values of one column by path, maps told from objects by all of them together."""
    shape = Shape(paths=frozenset(f"{at}[].key" for at in _maps(path, values)))
    leaves: dict[str, list[Any]] = {}
    for value in values:
        for at, leaf in walk(path, value, shape):
            leaves.setdefault(at, []).append(leaf)
    return leaves


def _maps(path: str, values: list[Any]) -> set[str]:
    """The paths whose objects are keyed by data: far too many, or hardly any twice."""
    keys: dict[str, Counter[str]] = {}
    objects: Counter[str] = Counter()
    todo = [(path, value, 0) for value in values]
    while todo:
        at, here, depth = todo.pop()
        if isinstance(here, Mapping):
            keys.setdefault(at, Counter()).update(map(str, here))
            objects[at] += 1
        found = opened(at, here, Shape(), depth)
        todo += [(deeper, child, depth + 1) for deeper, child in found.children] if found else []
    return {at for at, seen in keys.items() if _keyed_by_data(seen, objects[at])}


def _keyed_by_data(seen: Counter[str], objects: int) -> bool:
    if len(seen) > MAX_KEYS:
        return True
    return objects >= FEW_OBJECTS and len(seen) >= FEW_KEYS and seen.total() < 2 * len(seen)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def array_of(values: list[Any]) -> pa.Array:
    """Python scalars as one Arrow array: of their own type where they share one, else as text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float} and all(abs(value) <= 2**53 for value in values if value is not None):
        return pa.array(values, pa.float64())
    if len(kinds) == 1 and kinds != {str}:
        try:
            return pa.array(values)
        except (pa.ArrowException, OverflowError):
            pass
    return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def text_of(value: Any) -> str:
    """A scalar as JSON would write it; half a surrogate pair, which no encoding can carry, becomes `?`."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (bool, list, dict)):
        value = dump(value)
    text = str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _merged(found: Mapping[str, list[pa.Array]]) -> Iterator[Leaf]:
    """One leaf per path; values of different types that met at one path are all text."""
    for path, arrays in found.items():
        if len({array.type for array in arrays}) > 1:
            arrays = [as_text(array) for array in arrays]  # noqa: PLW2901 - the same arrays, made alike
        values = pa.concat_arrays(arrays)
        yield Leaf(path, values, type_name(values.type))


def as_text(values: pa.Array) -> pa.Array:
    """Any array as text, as `text_of` writes each value."""
    if _is_text(values.type):
        return values.cast(pa.string())
    return pa.array([None if value is None else text_of(value) for value in values.to_pylist()], pa.string())
