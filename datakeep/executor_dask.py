"""Many machines: the same jobs on a Dask cluster. The only door to distributed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from datakeep.executor import Done, Failed, Job, Result, WorkerLostError, attempt
from datakeep.settings import SettingsError

try:
    from distributed import Client, LocalCluster, as_completed
    from distributed.scheduler import KilledWorker
except ImportError as missing:
    without = SettingsError("--engine dask needs the package distributed")
    without.add_note("pip install 'datakeep[dask]'")
    raise without from missing


@dataclass(frozen=True, slots=True)
class DaskExecutor:
    """A cluster: the one at `address`, else `workers` processes on loopback for as long as the run lasts."""

    workers: int = 1
    address: str | None = None

    def run(
        self, work: Callable[[Job], Result], jobs: Iterable[Job], expected: tuple[type[Exception], ...]
    ) -> Iterator[Done[Job, Result] | Failed[Job]]:
        """As `Executor.run`; a few jobs a worker are under way at a time."""
        with self._client() as client:
            queue = iter(jobs)
            by_key: dict[str, Job] = {}
            ahead = 4 * max(1, self.workers)

            def submit(job: Job) -> Any:
                future = client.submit(attempt, work, job, expected, pure=False)
                by_key[future.key] = job
                return future

            running = as_completed([submit(job) for job in islice(queue, ahead)])
            for future in running:
                job = by_key.pop(future.key)
                try:
                    yield future.result()
                except KilledWorker:
                    yield Failed(job, WorkerLostError("every worker that examined it died"))
                if (following := next(queue, None)) is not None:
                    running.add(submit(following))

    def _client(self) -> Any:
        if self.address:
            return Client(self.address)
        cluster = LocalCluster(
            n_workers=max(1, self.workers), threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        )
        return Client(cluster)
