"""Scan → classify → verdict → record. Knows protocols only; raw values live and die inside `examine`."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalog import Catalog, Look, Ownership, RunStatus, UnitState
from classifiers import Classification, Classifier, Prepares, Sketcher
from datakeep.executor import Done, Executor, Failed
from datakeep.settings import Configured
from datakeep.spending import Spent
from scanners import (
    Budget,
    Cause,
    Extent,
    Sample,
    ScanError,
    Scanner,
    SecretError,
    Source,
    SourceUnreachableError,
    Unit,
    UnitUnreadableError,
)

# Seconds for which finished units wait for each other: the catalog is opened once for all of them (60 ms each time), and
# a process that is killed has lost no more work than that.
TOGETHER = 1.0
SECOND_LOOK = 5  # times the first budget: enough to settle a share near a threshold, rare enough to stay cheap
EXPECTED = (UnitUnreadableError, SourceUnreachableError, ScanError, SecretError)


@dataclass(frozen=True, slots=True)
class Job:
    """Everything a worker needs to examine one unit; picklable, holds no value and no secret."""

    scanner: Scanner
    classifier: Classifier
    unit: Unit
    budget: Budget
    seed: int = 0
    sketcher: Sketcher | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What leaves the worker: verdicts and counts, never a value."""

    classifications: tuple[Classification, ...]
    rows: int
    values: int
    bytes: int
    seconds: float = 0.0


def examine(job: Job) -> Examined:
    """Sample and classify one unit, with a second, larger sample where the first left a field ambiguous."""
    started = time.monotonic()
    if isinstance(job.classifier, Prepares):
        job.classifier.prepare(job.unit.fields)
    samples = job.scanner.sample(job.unit, job.budget, seed=job.seed)
    found = job.classifier.classify(samples)
    if any(one.ambiguous for one in found) and _more_to_see(samples):
        larger = replace(job.budget, rows=job.budget.rows * SECOND_LOOK)
        samples = job.scanner.sample(job.unit, larger, seed=job.seed + 1)
        found = job.classifier.classify(samples)
    if job.sketcher:
        sketches = job.sketcher.sketches(samples)
        found = [replace(one, sketch=sketch) for one, sketch in zip(found, sketches, strict=True)]
    return Examined(
        classifications=tuple(found),
        rows=max((sample.coverage.rows for sample in samples), default=0),
        values=sum(sample.coverage.values for sample in samples),
        bytes=sum(sample.values.nbytes for sample in samples),
        seconds=time.monotonic() - started,
    )


def _more_to_see(samples: Sequence[Sample]) -> bool:
    return any(sample.coverage.method != "all" for sample in samples)


@dataclass(frozen=True, slots=True)
class Started:
    """The run has an id, and is on record."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A source was listed; `units` are to be looked at."""

    source: str
    units: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A unit is on record: done, unchanged since the last look, or failed with an error for the user."""

    unit: Unit
    state: UnitState
    rows: int = 0
    found: int = 0
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class SourceFailed:
    """A source could not be listed at all."""

    source: str
    error: Exception


Event = Started | Listed | Finished | SourceFailed


@dataclass(frozen=True, slots=True)
class Planned:
    """What a scan would do with one unit; or, with an error, why a source cannot be planned."""

    source: str
    unit: Unit | None = None
    unchanged: bool = False
    budget: Budget | None = None
    error: Exception | None = None

    def as_json(self) -> dict[str, Any]:
        """The item that `scan --plan` prints."""
        assert self.unit is not None  # noqa: S101 - asked of planned units only
        assert self.budget is not None  # noqa: S101
        return {
            "source": self.source,
            "dataset": self.unit.dataset,
            "action": "skip, unchanged" if self.unchanged else "sample",
            "rows": self.unit.rows,
            "parts": len(self.unit.parts),
            "fields": [field.path for field in self.unit.fields],
            "budget_rows": self.budget.rows,
            "budget_seconds": self.budget.seconds,
            "budget_bytes": self.budget.bytes,
        }


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of some sources, wired and ready to run."""

    sources: tuple[Configured, ...]
    catalog: Catalog
    classifier: Classifier
    executor: Executor
    scanner_for: Callable[[Source], Scanner]
    now: Callable[[], datetime]
    rules: str = ""
    engine: str = "local"
    full: bool = False
    resume: str | None = None
    sketcher: Sketcher | None = None

    def run(self) -> Iterator[Event]:
        """Do it, an event at a time. However it ends, the run's status on record says how."""
        names = [configured.source.name for configured in self.sources]
        run_id = self.resume or self.catalog.start_run(names, self.engine, rules=self.rules, now=self.now())
        status = RunStatus.INTERRUPTED
        try:
            yield Started(run_id)
            complete = True
            for event in self._events(run_id):
                complete = complete and not isinstance(event, SourceFailed) and not _failed(event)
                yield event
            status = RunStatus.COMPLETE if complete else RunStatus.INCOMPLETE
        except Exception:
            status = RunStatus.FAILED
            raise
        finally:
            self.catalog.finish_run(run_id, status, now=self.now())

    def plan(self) -> Iterator[Planned]:
        """What `run` would do. Lists the sources, reads no row, records nothing."""
        for configured in self.sources:
            name, budget = configured.source.name, configured.source.budget
            known = self._known(configured)
            try:
                for unit in self.scanner_for(configured.source).units():
                    yield Planned(name, unit, _unchanged(unit, known), budget)
            except EXPECTED as error:
                yield Planned(name, error=error)

    def _events(self, run_id: str) -> Iterator[Event]:
        """List every source, then examine what is due, then retire what the listed sources no longer have."""
        jobs: list[Job] = []
        listed: dict[str, list[Unit]] = {}
        before = self.catalog.recorded(run_id) if self.resume else frozenset()
        for configured in self.sources:
            name = configured.source.name
            try:
                scanner = self.scanner_for(configured.source)
                listed[name] = list(scanner.units())
            except EXPECTED as error:
                self.catalog.record_source_failure(run_id, name, str(error), now=self.now())
                yield SourceFailed(name, error)
                continue
            yield Listed(name, len(listed[name]))
            due = [unit for unit in listed[name] if str(unit) not in before]
            changed, same = self._parted(due, self._known(configured))
            said = Ownership(configured.owner, configured.purpose)  # it may be new where the data is not
            looks = [Look(unit, UnitState.UNCHANGED, ownership=said) for unit in same]
            self.catalog.record_all(run_id, looks, now=self.now())
            yield from (Finished(unit, UnitState.UNCHANGED) for unit in same)
            jobs += [
                Job(scanner, self.classifier, unit, configured.source.budget, sketcher=self.sketcher)
                for unit in changed
            ]
        yield from self._examined(run_id, jobs)
        for name, units in listed.items():
            self.catalog.retire(run_id, name, [unit.dataset for unit in units], now=self.now())
        self.catalog.correlate(run_id, now=self.now())

    def _examined(self, run_id: str, jobs: Sequence[Job]) -> Iterator[Finished]:
        """Examine what each source's allowance is enough for, and put it on record; then what was left."""
        owners = {configured.source.name: configured for configured in self.sources}
        spent = {name: Spent(configured.source.allowance) for name, configured in owners.items()}
        left: list[Job] = []
        pending: list[tuple[Look, Finished]] = []
        due = time.monotonic() + TOGETHER
        try:
            for outcome in self.executor.run(examine, _affordable(jobs, spent, left), EXPECTED):
                spent[outcome.job.unit.source].add(*_cost(outcome))
                pending.append(_looked(outcome, owners[outcome.job.unit.source]))
                if time.monotonic() >= due:
                    yield from self._put_down(run_id, pending)
                    due = time.monotonic() + TOGETHER
        finally:  # also when interrupted: what is done is kept
            finished = list(self._put_down(run_id, pending))
        yield from finished
        refused = [Failed(job, spent[job.unit.source].refusal(job.unit)) for job in left]
        pending += [_looked(one, owners[one.job.unit.source]) for one in refused]
        yield from self._put_down(run_id, pending)

    def _put_down(self, run_id: str, pending: list[tuple[Look, Finished]]) -> Iterator[Finished]:
        """Record what is pending, in one transaction."""
        if pending:
            self.catalog.record_all(run_id, [look for look, _ in pending], now=self.now())
            done = [finished for _, finished in pending]
            pending.clear()
            yield from done

    @staticmethod
    def _parted(units: Sequence[Unit], known: Mapping[str, str]) -> tuple[list[Unit], list[Unit]]:
        """The units to examine, and those that are as they were."""
        changed: list[Unit] = []
        same: list[Unit] = []
        for unit in units:
            (same if _unchanged(unit, known) else changed).append(unit)
        return changed, same

    def _known(self, configured: Configured) -> dict[str, str]:
        """The fingerprints of what needs no second look; none where everything is to be looked at."""
        if self.full:
            return {}
        since = self.now() - configured.recheck if configured.recheck else None
        return self.catalog.fingerprints(configured.source.name, rules=self.rules, since=since)


def _affordable(jobs: Iterable[Job], spent: Mapping[str, Spent], left: list[Job]) -> Iterator[Job]:
    """The jobs for as long as their source can pay for them; the others are put into `left`."""
    for job in jobs:
        if spent[job.unit.source].limit is None:
            yield job
        else:
            left.append(job)


def _cost(outcome: Done[Job, Examined] | Failed[Job]) -> tuple[int, float, int]:
    """Rows, seconds and bytes that a unit took; one that failed by its time-out took all of its time."""
    if isinstance(outcome, Done):
        return outcome.result.rows, outcome.result.seconds, outcome.result.bytes
    return 0, outcome.job.budget.seconds if _cause(outcome.error) is Cause.TIMEOUT else 0.0, 0


def _looked(outcome: Done[Job, Examined] | Failed[Job], configured: Configured) -> tuple[Look, Finished]:
    """What the catalog is told of a unit, and what the user is."""
    unit = outcome.job.unit
    if isinstance(outcome, Failed):
        cause, said = _cause(outcome.error), str(outcome.error)
        return Look(unit, UnitState.FAILED, cause=cause, message=said), Finished(
            unit, UnitState.FAILED, error=outcome.error
        )
    seen = outcome.result
    left = left_out(unit, seen.classifications)
    look = Look(
        unit, UnitState.DONE, seen.classifications, Ownership(configured.owner, configured.purpose),
        left.cause if left else None, str(left) if left else None,
        rows=seen.rows, values=seen.values, size=seen.bytes,
    )  # fmt: skip
    found = sum(bool(one.labels) for one in seen.classifications)
    return look, Finished(unit, UnitState.DONE, rows=seen.rows, found=found, error=left)


def _unchanged(unit: Unit, known: Mapping[str, str]) -> bool:
    return unit.fingerprint is not None and known.get(unit.dataset) == unit.fingerprint


def left_out(unit: Unit, classifications: Sequence[Classification]) -> UnitUnreadableError | None:
    """What of an examined unit could not be looked at: files of it, or fields. None where all of it was.

    An empty field, or one of a type that holds no text, was not left out: the catalog says of it that it was not
    examined, and there is nothing that anybody could mend.
    """
    gaps = dict.fromkeys(gap for one in classifications for gap in one.coverage.gaps)
    if gaps:
        first = next(iter(gaps))
        more = f", and {len(gaps) - 1} more" if len(gaps) > 1 else ""
        return UnitUnreadableError(f"{unit}: {first.part} could not be examined: {first.cause}{more}", first.cause)
    for one in classifications:
        cause = one.coverage.cause
        if one.coverage.extent is Extent.NOT_EXAMINED and cause not in {None, Cause.EMPTY, Cause.TYPE}:
            return UnitUnreadableError(f"{one.field} could not be examined: {cause}", cause or Cause.MALFORMED)
    return None


def _failed(event: Event) -> bool:
    return isinstance(event, Finished) and event.error is not None


def _cause(error: Exception) -> Cause:
    if isinstance(error, UnitUnreadableError):
        return error.cause
    return Cause.UNREACHABLE if isinstance(error, SourceUnreachableError) else Cause.MALFORMED
