"""What a value is: classes, the evidence for them, and the classification of one field."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol, runtime_checkable

from scanners import Coverage, Field, Sample


class ClassifyError(Exception):
    """Root of what goes wrong while classifying: a taxonomy, a rule or a model that cannot be used."""


class DataClass(str):
    """A key of the taxonomy such as `user.contact.email`. A class covers itself and its children."""

    __slots__ = ()

    def covers(self, other: str) -> bool:
        """Whether `other` is this class or below it."""
        return other == self or other.startswith(f"{self}.")


class Sensitivity(IntEnum):
    """How much harm a class can do, in order: comparisons mean what they say."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The word that settings, policies and exports use: `low`, `medium`, `high`, `critical`."""
        return self.name.lower()


class Mode(StrEnum):
    """`value`: the field is the thing. `contains`: free text that holds it."""

    VALUE = "value"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class Finding:
    """Evidence, never a value: what one detector saw in one field.

    `detector` names the recognizer (or `name`, `type`, `neighbour`…) and `version` its version; `matched` of `examined`
    distinct values spoke for `entity`; `score` (0 to 1) is how strong one match of this detector is; `against` marks
    evidence that speaks against the class; `note` says it in words, with masked shapes at most.
    """

    detector: str
    entity: str
    data_class: DataClass | None
    matched: int = 0
    examined: int = 0
    score: float = 0.0
    mode: Mode = Mode.VALUE
    against: bool = False
    version: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One class that a field was given, the entity that led to it, and how sure the verdict is (0 to 1)."""

    data_class: DataClass
    entity: str
    confidence: float
    mode: Mode = Mode.VALUE


@dataclass(frozen=True, slots=True)
class Classification:
    """The verdict on one field at one run.

    `labels` are the classes held to be true, the leading one first; empty means clean, where `coverage` says the
    field was examined. `alternatives` did not win but stay possible. `ambiguous` asks for a second, larger sample and,
    where that does not settle it, for a steward. `matched` of `examined` distinct values carried the leading label.
    """

    field: Field
    coverage: Coverage
    labels: tuple[Label, ...] = ()
    alternatives: tuple[Label, ...] = ()
    findings: tuple[Finding, ...] = ()
    examined: int = 0
    matched: int = 0
    ambiguous: bool = False
    sketch: tuple[int, ...] = ()  # of its values, where they are to be compared with other fields' (classifiers.sketch)


class Classifier(Protocol):
    """Says what the fields of one unit hold. Repeatable: the same samples give the same classifications, no I/O."""

    def classify(self, samples: Sequence[Sample]) -> Sequence[Classification]:
        """One Classification per sample, in order. The samples are one unit's: neighbours are evidence."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """A classifier that can make ready while the values are still being fetched."""

    def prepare(self, fields: Sequence[Field]) -> None:
        """Start to load what these fields will need, and return at once."""
        ...
