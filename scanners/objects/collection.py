"""A place full of files as units: listed, grouped, sampled part by part within a budget, read from the start.

Folder and bucket differ in how they list and open; data files and logs in how they are grouped and read. All else is
here, once.
"""

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import BinaryIO, Final, Protocol

import pyarrow as pa

from scanners.formats import WHOLE, Drawn, Quota
from scanners.interface import Budget, Cause, Gap, Part, Sample, Source, Unit, UnitUnreadableError
from scanners.objects.datasets import Dataset, partitions
from scanners.objects.likeness import by_columns
from scanners.objects.samples import samples_of
from scanners.objects.tables import stacked, with_constants

PARTS: Final = 16
"""Parts of a unit that are opened: the newest, the oldest, and random ones. More parts mean fewer rows of each."""

LEAST_SECONDS: Final = 2.0
"""What a part may take even when its share of the time would be less."""

FEW_ROWS: Final = 5
FEW_BYTES: Final = 256 * 1024
"""What of a file is read to learn its columns."""

Alias = Callable[[str], str]
Draw = Callable[[str, BinaryIO, Quota, Random], Drawn]


class Store(Protocol):
    """Where parts lie."""

    @property
    def root(self) -> str:
        """The name of a dataset that lies at the root itself."""
        ...

    def list(self) -> Iterator[Part]:
        """Every part, also those that cannot be opened. Raises ScanError where the place cannot be listed."""
        ...

    def open(self, part: Part) -> BinaryIO:
        """A seekable stream of a part's bytes. Raises UnitUnreadableError with the cause where it cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class Collection:
    """The parts of one source, grouped by `group` and read by `draw`; `whole` is the field of what has no fields."""

    source: Source
    store: Store
    group: Callable[[Iterable[Part], str], list[Dataset]]
    draw: Draw
    whole: str = WHOLE

    def units(self) -> Iterator[Unit]:
        """Every dataset that the source's globs let through."""
        for dataset in self._datasets():
            if _wanted(self.source, dataset.name):
                yield Unit(self.source.name, dataset.name, fingerprint=_fingerprint(dataset.parts), parts=dataset.parts)

    def sample(self, unit: Unit, budget: Budget, seed: int) -> Sequence[Sample]:
        """Rows of some parts as samples. A part that cannot be read is a gap; when all are, the first cause is raised."""
        parts = self._parts(unit)
        chosen = choose(parts, _rng(seed, unit.dataset))
        drawn, gaps, errors = self._draw(chosen, budget, seed)
        if not drawn and gaps:
            raise _whole(unit, [error for error in errors if error.cause is not Cause.EMPTY], len(chosen))
        return samples_of(unit, drawn, gaps, visited=len(drawn) + len(errors) == len(parts), whole=self.whole)

    def read(self, unit: Unit, limit: int) -> pa.Table:
        """The first rows of the unit, newest part first."""
        tables: list[pa.Table] = []
        left, errors, seconds = limit, [], self.source.budget.seconds
        deadline = time.monotonic() + seconds
        for part in reversed(self._parts(unit)):
            quota = Quota(left, self.source.budget.bytes, deadline, head=True)
            outcome = self._draw_part(part, quota, _rng(0, part.path))
            if isinstance(outcome, UnitUnreadableError):
                errors.append(outcome)
                continue
            tables.append(with_constants(outcome.rows, partitions(part.path)))
            left -= len(outcome)
            if left <= 0:
                break
        told = [error for error in errors if error.cause is not Cause.EMPTY]
        if not tables and told:
            raise _whole(unit, told, len(errors))
        table = stacked(tables).slice(0, limit)
        return table if table.num_columns else pa.table({self.whole: pa.nulls(0, pa.string())})

    def _datasets(self) -> list[Dataset]:
        grouped = self.group(self.store.list(), self.store.root)
        told = [one for dataset in grouped for one in by_columns(dataset, self._columns)]
        return sorted(told, key=lambda dataset: dataset.name)

    def _columns(self, part: Part) -> frozenset[str] | None:
        """The names of a part's top-level columns, from its first rows; None where it cannot be read."""
        quota = Quota(FEW_ROWS, FEW_BYTES, time.monotonic() + LEAST_SECONDS, head=True)
        drawn = self._draw_part(part, quota, _rng(0, part.path))
        if isinstance(drawn, UnitUnreadableError):
            return None
        if isinstance(drawn.rows, pa.Table):
            return frozenset(drawn.rows.column_names)
        return frozenset(str(key) for row in drawn.rows for key in row)

    def _parts(self, unit: Unit) -> tuple[Part, ...]:
        """The unit's parts; a unit that names none is looked up."""
        if unit.parts:
            return unit.parts
        found = next((one for one in self._datasets() if one.name == unit.dataset), None)
        if found is None:
            raise UnitUnreadableError(f"{unit} is not there any more", Cause.GONE)
        return found.parts

    def _draw(
        self, chosen: Sequence[Part], budget: Budget, seed: int
    ) -> tuple[list[tuple[Part, Drawn]], list[Gap], list[UnitUnreadableError]]:
        drawn: list[tuple[Part, Drawn]] = []
        gaps: list[Gap] = []
        errors: list[UnitUnreadableError] = []
        rows, size, end = budget.rows, budget.bytes, time.monotonic() + budget.seconds
        for place, part in enumerate(chosen):
            if rows <= 0:
                break
            outcome = self._draw_part(part, _share(rows, size, end, len(chosen) - place), _rng(seed, part.path))
            if isinstance(outcome, UnitUnreadableError):
                errors.append(outcome)
                gaps += [] if outcome.cause is Cause.EMPTY else [Gap(part.path, outcome.cause)]
                continue
            drawn.append((part, outcome))
            gaps += [Gap(part.path, outcome.short)] if outcome.short else []
            rows, size = rows - len(outcome), size - outcome.bytes
        return drawn, gaps, errors

    def _draw_part(self, part: Part, quota: Quota, rng: Random) -> Drawn | UnitUnreadableError:
        if quota.spent or quota.bytes <= 0:
            return UnitUnreadableError(
                f"{part.path} is beyond the budget", Cause.TIMEOUT if quota.spent else Cause.TOO_LARGE
            )
        try:
            with self.store.open(part) as handle:
                return self.draw(part.path, handle, quota, rng)
        except UnitUnreadableError as error:
            return error


@dataclass(frozen=True, slots=True)
class FilesScanner(ABC):
    """A scanner of a place full of files: configuration alone, for its collection is opened anew in every call."""

    source: Source

    @abstractmethod
    def collection(self) -> Collection:
        """The files of the source, and how they are grouped and read."""

    def units(self) -> Iterator[Unit]:
        """Every dataset or log. Raises ScanError, or SourceUnreachableError, where the place cannot be listed."""
        yield from self.collection().units()

    def sample(self, unit: Unit, budget: Budget, *, seed: int = 0) -> Sequence[Sample]:
        """As `Scanner.sample`, from the newest, the oldest and other files; `unit.parts` may be those that changed."""
        return self.collection().sample(unit, budget, seed)

    def read(self, unit: Unit, *, limit: int) -> pa.Table:
        """As `Scanner.read`: the first rows, or lines, of the newest file."""
        return self.collection().read(unit, limit)


def _rng(seed: int, name: str) -> Random:
    return Random(f"{seed}:{name}")  # noqa: S311 - repeatable on purpose


def choose(parts: Sequence[Part], rng: Random) -> list[Part]:
    """The parts to open, in this order: newest, oldest, then others at random."""
    if len(parts) <= 2:
        return list(reversed(parts))
    return [parts[-1], parts[0], *rng.sample(parts[1:-1], min(PARTS, len(parts)) - 2)]


def _share(rows: int, size: int, end: float, parts: int) -> Quota:
    """An equal share of what is left, so that what small parts leave over goes to the next."""
    now = time.monotonic()
    seconds = max((end - now) / parts, min(end - now, LEAST_SECONDS))
    return Quota(-(-rows // parts), -(-size // parts), now + seconds)


def _wanted(source: Source, dataset: str) -> bool:
    def among(globs: Iterable[str]) -> bool:
        return any(fnmatchcase(dataset, glob) for glob in globs)

    return among(source.include) and not among(source.exclude)


def _fingerprint(parts: Iterable[Part]) -> str:
    lines = "\n".join(f"{part.path}\t{part.size}\t{part.version}" for part in parts)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _whole(unit: Unit, errors: Sequence[UnitUnreadableError], count: int) -> UnitUnreadableError:
    first = errors[0]
    if count == 1 and str(first).startswith(unit.dataset):
        return UnitUnreadableError(f"{unit.source}/{first}", first.cause)
    said = str(first) if count == 1 else f"none of the {count} files looked at can be read; {first}"
    return UnitUnreadableError(f"{unit}: {said}", first.cause)
