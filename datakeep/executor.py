"""Where jobs run. A job that fails is an outcome like any other: it costs itself and nothing else."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Generic, Protocol, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class WorkerLostError(Exception):
    """The process that worked on a job died: killed, out of memory, or crashed in a library."""


@dataclass(frozen=True, slots=True)
class Done(Generic[Job, Result]):
    """A job and what came of it."""

    job: Job
    result: Result


@dataclass(frozen=True, slots=True)
class Failed(Generic[Job]):
    """A job and the expected error that ended it."""

    job: Job
    error: Exception


class Executor(Protocol):
    """Runs a picklable function over picklable jobs, in any order, and yields each outcome as it comes."""

    def run(
        self, work: Callable[[Job], Result], jobs: Iterable[Job], expected: tuple[type[Exception], ...]
    ) -> Iterator[Done[Job, Result] | Failed[Job]]:
        """Outcomes of `work` over `jobs`. Errors of the `expected` kinds are outcomes; any other is raised."""
        ...


def attempt(
    work: Callable[[Job], Result], job: Job, expected: tuple[type[Exception], ...]
) -> Done[Job, Result] | Failed[Job]:
    """One job, here and now."""
    try:
        return Done(job, work(job))
    except expected as error:
        return Failed(job, error)


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """This machine: in this process for one worker, else in a pool of processes."""

    workers: int = 1

    def run(
        self, work: Callable[[Job], Result], jobs: Iterable[Job], expected: tuple[type[Exception], ...]
    ) -> Iterator[Done[Job, Result] | Failed[Job]]:
        """As `Executor.run`."""
        if self.workers == 1:
            yield from (attempt(work, job, expected) for job in jobs)
        else:
            yield from self._pooled(work, iter(jobs), expected)

    def _pooled(
        self, work: Callable[[Job], Result], jobs: Iterator[Job], expected: tuple[type[Exception], ...]
    ) -> Iterator[Done[Job, Result] | Failed[Job]]:
        """At most two jobs a worker are under way, so that listing a source of many units stays lazy."""
        while waiting := list(islice(jobs, 2 * self.workers)):
            # a pool is broken for good once a worker died, so the jobs that were in it get a fresh one each
            with ProcessPoolExecutor(self.workers, mp_context=get_context("spawn")) as pool:
                running: dict[Future[Result], Job] = {pool.submit(work, job): job for job in waiting}
                lost: list[Job] = []
                while running:
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        job = running.pop(future)
                        try:
                            yield Done(job, future.result())
                        except BrokenProcessPool:
                            lost.append(job)
                        except expected as error:
                            yield Failed(job, error)
                        if not lost and (following := next(jobs, None)) is not None:
                            running[pool.submit(work, following)] = following
            yield from (self._alone(work, job, expected) for job in lost)

    def _alone(
        self, work: Callable[[Job], Result], job: Job, expected: tuple[type[Exception], ...]
    ) -> Done[Job, Result] | Failed[Job]:
        """A job that was in a pool when a worker died: only the guilty one dies again."""
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                return Done(job, pool.submit(work, job).result())
            except BrokenProcessPool:
                return Failed(job, WorkerLostError("the worker that examined it died"))
            except expected as error:
                return Failed(job, error)
