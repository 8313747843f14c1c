"""The classes of personal data, read from `taxonomy.yaml`: parents, sensitivity, regulations, requirements."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from classifiers.document import read_document
from classifiers.interface import ClassifyError, DataClass, Sensitivity

KEY = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"


class UnknownClassError(ClassifyError):
    """A class that the taxonomy does not have; the nearest one rides as a note."""


class TaxonomyError(ClassifyError):
    """A taxonomy that contradicts itself: a class without its parent, one entity in two classes."""


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One class: what it is called, how much harm it can do, which rules speak of it and what they require.

    `regulations` and `requirements` include those of the parents; `entities` are the recognizers' names for it.
    """

    key: DataClass
    title: str
    parent: DataClass | None
    sensitivity: Sensitivity
    regulations: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()


class _Class(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str = Field(min_length=1)
    sensitivity: str | None = Field(default=None, pattern="^(low|medium|high|critical)$")
    regulations: list[str] = []
    requirements: list[str] = []
    entities: list[str] = []


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: int = Field(ge=1, le=1)
    classes: dict[str, _Class]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Every class there is, by key. Immutable and picklable; `Taxonomy.load()` reads the one we ship."""

    classes: Mapping[str, ClassInfo]
    by_entity: Mapping[str, DataClass]

    @classmethod
    def load(cls, extra: Path | None = None) -> "Taxonomy":
        """The shipped classes and, from `extra`, a user's own: new ones, or others with the same key in their place.

        Raises DocumentError for a file that breaks the schema, TaxonomyError for one that contradicts itself.
        """
        stated = dict(_shipped())
        if extra is not None:
            stated |= read_document(extra, _Document).classes
        classes: dict[str, ClassInfo] = {}
        for key in sorted(stated):
            classes[key] = _completed(DataClass(key), stated[key], classes)
        return cls(classes, _by_entity(classes))

    def get(self, key: str) -> ClassInfo:
        """The class called `key`. Raises UnknownClassError, with the nearest key as a note."""
        if (found := self.classes.get(key)) is not None:
            return found
        error = UnknownClassError(f"no class {key}")
        for near in difflib.get_close_matches(key, self.classes, n=1, cutoff=0.5):
            error.add_note(f"did you mean {near}?")
        raise error

    def __contains__(self, key: object) -> bool:
        return key in self.classes

    def __iter__(self) -> Iterator[ClassInfo]:
        return iter(self.classes.values())

    def keys(self) -> tuple[DataClass, ...]:
        """Every key, in alphabetical order, which puts parents before their children."""
        return tuple(info.key for info in self.classes.values())

    def class_of(self, entity: str) -> DataClass | None:
        """The class that a recognizer's entity stands for; None for what is not personal (`DATE_TIME`, `UUID`)."""
        return self.by_entity.get(entity)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Taxonomy, (dict(self.classes), dict(self.by_entity)))


@cache
def _shipped() -> dict[str, _Class]:
    with as_file(files("classifiers") / "taxonomy.yaml") as path:
        return read_document(path, _Document).classes


def _completed(key: DataClass, stated: _Class, known: Mapping[str, ClassInfo]) -> ClassInfo:
    parent = known.get(key.rpartition(".")[0])
    if parent is None and "." in key:
        raise TaxonomyError(f"class {key} has no parent {key.rpartition('.')[0]}")
    if stated.sensitivity:
        sensitivity = Sensitivity[stated.sensitivity.upper()]
    else:
        sensitivity = parent.sensitivity if parent else Sensitivity.LOW
    return ClassInfo(
        key=key,
        title=stated.title,
        parent=parent.key if parent else None,
        sensitivity=sensitivity,
        regulations=_union(parent.regulations if parent else (), stated.regulations),
        requirements=_union(parent.requirements if parent else (), stated.requirements),
        entities=tuple(stated.entities),
    )


def _union(inherited: tuple[str, ...], own: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*inherited, *own)))


def _by_entity(classes: Mapping[str, ClassInfo]) -> dict[str, DataClass]:
    found: dict[str, DataClass] = {}
    for info in classes.values():
        for entity in info.entities:
            if entity in found:
                raise TaxonomyError(f"entity {entity} stands for both {found[entity]} and {info.key}")
            found[entity] = info.key
    return found
