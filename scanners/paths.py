"""The grammar of paths, and the walk that names every leaf of one value: `orders[].customer.email`.

A path is a column's name as it is, then `.key` for a member and `[]` for the elements of a list. A key that holds
`.`, `[`, `]` or `"`, or is empty, is written as a JSON string. A map is a list of pairs, `[].key` and `[].value`; so is
a JSON object whose keys are data rather than names, since a path is kept and a value never is.

A path is a name, not a program: nobody parses it. Samples and rows at hand are named by the same walk, and whoever
masks compares the names.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

# Deeper than any schema we saw described; from here on the path stops growing, and what is below is still examined.
MAX_DEPTH = 64
NEEDS_QUOTES = re.compile(r'[.\[\]"]|^$')
DATA_KEY = re.compile(r"\S@\S+\.\S|^[\d.:+\-/ ]*\d[\d.:+\-/ ]*$|[\x00-\x1f\x7f]|(\d\D*){6}")
MAX_NAME = 64

PAIR = object()


@dataclass(frozen=True, slots=True)
class Shape:
    """What the paths of a dataset say of its values: where JSON text lies, and which objects are maps."""

    paths: frozenset[str] = frozenset()
    nested: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Shape":
        """The shape that `paths` (fields as the catalog knows them) were made from."""
        known = frozenset(paths)
        cuts = [(path[:at], sign) for path in known for at, sign in enumerate(path) if sign in ".["]
        return cls(known, frozenset(cut for cut, _ in cuts), frozenset(cut for cut, sign in cuts if sign == "."))

    def is_pair(self, path: str, key: str) -> bool:
        """Whether `key` of the object at `path` is a value itself, rather than the name of a member."""
        if member(path, key) in self.paths or member(path, key) in self.nested:
            return False
        return is_data(key) or (f"{path}[].key" in self.paths and path not in self.objects)


def is_data(key: str) -> bool:
    """Whether a key looks like a value (an address, a number, a date, a long text) rather than a name."""
    return len(key) > MAX_NAME or DATA_KEY.search(key) is not None


def member(path: str, key: str) -> str:
    """The path of a member of the object at `path`; at the root (the empty path) the key is the path."""
    if not path:
        return key
    return f"{path}.{json.dumps(key, ensure_ascii=False)}" if NEEDS_QUOTES.search(key) else f"{path}.{key}"


def walk(column: str, value: Any, shape: Shape | None = None) -> Iterator[tuple[str, Any]]:
    """Every leaf of one row's value, in order, with its path; `shape` tells where JSON text and maps are."""
    todo = [(column, value, 0)]
    while todo:
        path, here, depth = todo.pop()
        found = opened(path, here, shape or Shape(), depth)
        if found is None:
            yield path, here
        else:
            todo += [(deeper, child, depth + 1) for deeper, child in reversed(found.children)]


def rewrite(column: str, value: Any, function: Callable[[str, Any], Any], shape: Shape | None = None) -> Any:
    """A copy of one row's value whose every leaf is `function(path, leaf)`: how a reader's copy is masked.

    JSON text stays JSON text and a map's keys are leaves as well. A leaf whose path is new to the catalog reaches
    `function` as any other, which is to say no to paths that it does not know.
    """
    top: list[Any] = [value]
    todo: list[tuple[list[Any], int, str, Any, int]] = [(top, 0, column, value, 0)]
    seals: list[tuple[list[Any], int, Callable[[Any], Any]]] = []
    while todo:
        holder, slot, path, here, depth = todo.pop()
        found = opened(path, here, shape or Shape(), depth)
        if found is None:
            holder[slot] = function(path, here)
            continue
        holder[slot] = found.copy
        seals += [(holder, slot, seal) for seal in reversed(found.seals)]
        for place, (deeper, child) in enumerate(found.children):
            todo.append((found.copy, place, deeper, child, depth + 1))
    for holder, slot, seal in reversed(seals):  # the innermost first
        holder[slot] = seal(holder[slot])
    return top[0]


def replace(column: str, value: Any, path: str, function: Callable[[Any], Any], shape: Shape | None = None) -> Any:
    """A copy of one row's value with `function` applied to the leaves at `path` and nowhere else."""
    return rewrite(column, value, lambda at, leaf: function(leaf) if at == path else leaf, shape or Shape.of((path,)))


class Opened(NamedTuple):
    """A container taken apart: room for the copies of its children, the children with paths, what closes the copy."""

    copy: list[Any]
    children: list[tuple[str, Any]]
    seals: tuple[Callable[[Any], Any], ...] = ()


def opened(path: str, value: Any, shape: Shape, depth: int) -> Opened | None:
    """The container at `path` taken apart; None for a leaf."""
    if isinstance(value, str) and path in shape.nested:
        parsed = parse(value)
        inner = None if parsed is None else opened(path, parsed, shape, depth)
        return inner and inner._replace(seals=(*inner.seals, dump))
    frozen = depth >= MAX_DEPTH
    if isinstance(value, Mapping):
        return _open_object(path, value, shape, frozen=frozen)
    if isinstance(value, tuple) and len(value) == 2:
        names = [path, path] if frozen else [f"{path}.key", f"{path}.value"]
        return Opened([None, None], list(zip(names, value, strict=True)), (tuple,))
    if isinstance(value, list):
        return Opened([None] * len(value), [(path if frozen else f"{path}[]", child) for child in value])
    return None


def _open_object(path: str, value: Mapping[Any, Any], shape: Shape, *, frozen: bool) -> Opened:
    """Members whose keys are names by their names, the others as pairs; the copy is a mapping again when closed."""
    names: list[Any] = []
    children: list[tuple[str, Any]] = []
    for key, child in value.items():
        pair = shape.is_pair(path, str(key))
        names.append(PAIR if pair else key)
        deeper = f"{path}[]" if pair else member(path, str(key))
        children.append((path if frozen else deeper, (key, child) if pair else child))
    return Opened([None] * len(children), children, (partial(_mapping, names),))


def _mapping(names: Sequence[Any], parts: Sequence[Any]) -> dict[Any, Any]:
    """The parts of an object as a mapping; keys that masking made alike are told apart by a number."""
    made: dict[Any, Any] = {}
    for name, part in zip(names, parts, strict=True):
        key, value = part if name is PAIR else (name, part)
        again = 1
        while key in made:
            again += 1
            key = f"{(part[0] if name is PAIR else name)}#{again}"
        made[key] = value
    return made


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def parse(text: str) -> Any:
    """The object or array that `text` is, else None; hostile depth and endless numbers are no JSON to us."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None
