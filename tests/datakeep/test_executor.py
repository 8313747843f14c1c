import os
import signal
from functools import partial

import pytest

from datakeep.executor import Done, Failed, LocalExecutor, WorkerLostError
from datakeep.executor_dask import DaskExecutor


class OddError(Exception):
    pass


def halve(number):
    if number % 2:
        raise OddError(str(number))
    return number // 2


def halve_or_die(number):
    if number == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    return halve(number)


def outcomes(executor, work, jobs):
    return {one.job: one for one in executor.run(work, jobs, (OddError,))}


@pytest.fixture(params=["local", "processes", "dask"])
def executor(request):
    if request.param == "dask":
        return DaskExecutor(2)
    return LocalExecutor(1 if request.param == "local" else 2)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_every_job_ends_in_its_result_or_its_expected_error(executor):
    found = outcomes(executor, halve, range(12))

    assert [found[even].result for even in range(0, 12, 2)] == [0, 1, 2, 3, 4, 5]
    assert all(isinstance(found[odd], Failed) for odd in range(1, 12, 2))
    assert all(isinstance(found[odd].error, OddError) for odd in range(1, 12, 2))


def test_an_unexpected_error_is_a_bug_and_is_raised():
    with pytest.raises(TypeError):
        list(LocalExecutor().run(halve, ["two"], (OddError,)))


def test_a_worker_that_dies_costs_the_job_that_killed_it_and_no_other():
    found = outcomes(LocalExecutor(2), halve_or_die, range(0, 20, 2))

    assert isinstance(found[6], Failed)
    assert isinstance(found[6].error, WorkerLostError)
    assert {job for job, one in found.items() if isinstance(one, Done)} == set(range(0, 20, 2)) - {6}


def test_jobs_are_taken_only_as_fast_as_they_are_done():
    taken = []

    def jobs():
        for number in range(0, 1000, 2):
            taken.append(number)
            yield number

    running = LocalExecutor(1).run(partial(halve), jobs(), (OddError,))
    next(running)

    assert len(taken) == 1
