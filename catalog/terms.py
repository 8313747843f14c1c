"""On which terms decisions are made: whose they are, when two people have to agree, how long they hold and may wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalog.belief import Belief, lowers
from catalog.interface import Entry, Status
from catalog.judgements import Authority
from classifiers import DataClass, Label, Sensitivity, Taxonomy


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody says of entries: who, with which authority, why, and until when it holds (None: for good)."""

    actor: str
    reason: str = ""
    authority: Authority = Authority.HUMAN
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AutoAccept:
    """A rule that accepts a proposal: a single class, at least so sure, at most so sensitive, of some classes (or all)."""

    name: str
    min_confidence: float
    at_most: Sensitivity = Sensitivity.LOW
    classes: tuple[DataClass, ...] = ()

    def takes(self, entry: Entry) -> bool:
        """Whether the rule decides on this proposal. A class that the taxonomy does not know is nothing to wave through."""
        if entry.status is not Status.PROPOSED or len(entry.classes) != 1 or entry.asked_by is not None:
            return False
        sure, harmless = entry.confidence or 0.0, entry.sensitivity or Sensitivity.CRITICAL
        named = not self.classes or any(key.covers(entry.classes[0]) for key in self.classes)
        return named and sure >= self.min_confidence and harmless <= self.at_most

    def __str__(self) -> str:
        return f"one class, confidence at least {self.min_confidence:.2f}, at most {self.at_most.word}"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whose questions these are: of some sources, of some owners, or of both where both are said."""

    steward: str
    sources: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """How decisions are made here.

    `second_person`: from this sensitivity on, lowering even what nobody confirmed asks a second person, as lowering
    what somebody confirmed always does (None: lowering never asks). `terms`: how long a decision on a class or its children holds before
    it must be made again. `due`: how long a question may wait. `accepts` decide by rule; of `stewards` the first that
    fits says whose a question is.
    """

    second_person: Sensitivity | None = Sensitivity.CRITICAL
    terms: Mapping[DataClass, timedelta] = field(default_factory=dict)
    due: Mapping[Sensitivity, timedelta] = field(default_factory=dict)
    accepts: tuple[AutoAccept, ...] = ()
    stewards: tuple[Assignment, ...] = ()

    def ask_second(self, before: Belief, labels: Sequence[Label], taxonomy: Taxonomy) -> bool:
        """Whether giving an entry these labels waits for a second person."""
        if self.second_person is None or not lowers(before, labels, taxonomy):
            return False
        return before.status is Status.CONFIRMED or (before.sensitivity or 0) >= self.second_person

    def until(self, labels: Sequence[Label], word: Word, now: datetime) -> datetime | None:
        """When a decision for these labels runs out: the earliest of what was said and the classes' terms."""
        terms = [
            now + term for key, term in self.terms.items() if any(key.covers(label.data_class) for label in labels)
        ]
        return min([*terms, *([word.valid_until] if word.valid_until else [])], default=None)

    def by(self, since: datetime, sensitivity: Sensitivity | None) -> datetime | None:
        """By when a question that waits since then is to be answered."""
        wait = self.due.get(sensitivity or Sensitivity.LOW)
        return since + wait if wait is not None else None
