"""A YAML file held against a schema: unknown keys are errors, and every error names its line and the nearest key.

The taxonomy, custom rules, policies and settings are all read through here, so they all fail in the same words.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]


class DocumentError(Exception):
    """A document that cannot be used; the message holds one `FILE:LINE: …` per fault, hints ride as notes."""


def read_document(path: Path, model: type[Model]) -> Model:
    """The document at `path` as a `model`.

    Raises DocumentError where the file is missing, is no YAML, or breaks the schema: all faults at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise DocumentError(f"no file {path}") from missing
    except (OSError, UnicodeDecodeError) as broken:
        raise DocumentError(f"{path} cannot be read as UTF-8 text") from broken
    return parse_document(text, model, name=str(path))


def parse_document(text: str, model: type[Model], *, name: str) -> Model:
    """As `read_document`, for text at hand; `name` stands for the file in errors."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        value = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as broken:
        line = mark.line + 1 if (mark := getattr(broken, "problem_mark", None)) else 1
        raise DocumentError(f"{name}:{line}: not YAML: {getattr(broken, 'problem', None) or 'unreadable'}") from None
    twice = [f"{name}:{key.start_mark.line + 1}: {key.value} is there twice" for key in _repeated(node)]
    if twice:
        raise DocumentError("\n".join(twice))
    if not isinstance(value, dict):
        raise DocumentError(f"{name}:1: a mapping of keys is expected here")
    try:
        return model.model_validate(value)
    except ValidationError as broken:
        raise _explained(broken, node, name, model) from None


def _repeated(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Keys that stand twice in one mapping. YAML forbids it and the parser keeps the last: a rule could be widened so.

    Each node is looked at once: an alias may lead back to where it stands in.
    """
    waiting, known = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in known:
            continue
        known.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names = [key.value if isinstance(key, yaml.ScalarNode) else id(key) for key, _ in node.value]
            yield from (key for at, (key, _) in enumerate(node.value) if names[at] in names[:at])
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _explained(broken: ValidationError, node: yaml.Node | None, name: str, model: type[BaseModel]) -> DocumentError:
    lines, hints = [], []
    for fault in broken.errors(include_url=False, include_input=False, include_context=False):
        where = tuple(fault["loc"])
        dotted = ".".join(str(step) for step in where)
        if fault["type"] == "extra_forbidden":
            lines.append(f"{name}:{_line(node, where)}: unknown key {dotted}")
            hints += _nearest(str(where[-1]), _keys(model))
        else:
            said = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{name}:{_line(node, where)}: {dotted}: {said[:1].lower()}{said[1:]}")
    error = DocumentError("\n".join(lines))
    for hint in dict.fromkeys(hints):
        error.add_note(hint)
    return error


def _line(node: yaml.Node | None, where: Location) -> int:
    """The line of the deepest part of `where` that the document has."""
    line = 1
    for step in where:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                continue  # pydantic names union members too, which are no place in the document
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
    return line


def _nearest(key: str, known: set[str]) -> list[str]:
    return [f"did you mean {match}?" for match in difflib.get_close_matches(key, sorted(known), n=1)]


def _keys(model: type[BaseModel]) -> set[str]:
    """Every key that the schema knows, at any depth: a key at the wrong depth is still the likeliest meaning."""
    return set(_properties(model.model_json_schema()))


def _properties(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [key for part in schema for key in _properties(part)]
    if not isinstance(schema, dict):
        return []
    own = list(schema.get("properties", {}))
    return own + [key for part in schema.values() for key in _properties(part)]
