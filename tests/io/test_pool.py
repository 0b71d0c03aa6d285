"""A worker that is lost costs its own job."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from functools import partial

import pytest

from accumlint import pool as pool_module
from accumlint.engine import Limits
from accumlint.pool import Lost, Pool


def work(job: bytes) -> bytes:
    """Do what the job says."""
    match job.split():
        case [b"signal", number]:
            os.kill(os.getpid(), int(number))
        case [b"exit"]:
            os._exit(0)
        case [b"hang"]:
            threading.Event().wait()
        case [b"memory"]:
            return bytes(len(bytearray(8 * 2**30)) and 1)
        case [b"large"]:
            return b"x" * 3_000_000
    return job + b" by %d" % os.getpid()


def work_within_memory(job: bytes) -> bytes:
    try:
        return work(job)
    except MemoryError:
        return b"out of memory"


def run(jobs: list[bytes], size: int = 2, limits: Limits = Limits()) -> list[bytes | Lost]:  # noqa: B008
    with Pool(work_within_memory, size, limits) as pool:
        numbers = [pool.submit(job) for job in jobs]
        answers: dict[int, bytes | Lost] = {}
        while len(answers) < len(jobs):
            answers |= dict(pool.finished(wait=True))
    return [answers[number] for number in numbers]


@pytest.fixture(params=["fork", "spawn"])
def start_method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "fork" and sys.platform != "linux":
        pytest.skip("forks only on Linux")
    monkeypatch.setattr(pool_module, "_may_fork", lambda: request.param == "fork")
    return str(request.param)


def names(answers: list[bytes | Lost]) -> list[str]:
    return [each.reason if isinstance(each, Lost) else each.decode().split(" by ")[0] for each in answers]


def test_a_crash_costs_one_job(start_method: str) -> None:
    jobs = [b"a", b"signal %d" % signal.SIGSEGV, b"b", b"exit", b"c", b"signal %d" % signal.SIGABRT, b"d"]
    assert names(run(jobs)) == [
        "a",
        "the analysis crashed (SIGSEGV)",
        "b",
        "the analysis ended unexpectedly",
        "c",
        "the analysis crashed (SIGABRT)",
        "d",
    ]


def test_a_hang_costs_one_job() -> None:
    answers = run([b"a", b"hang", b"b"], size=1, limits=Limits(seconds=1))
    assert names(answers) == ["a", "took longer than 1 seconds", "b"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce the limit")
def test_memory_is_limited_in_the_worker_alone() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    assert names(run([b"a", b"memory", b"b"], size=1)) == ["a", "out of memory", "b"]
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_large_jobs_and_answers_pass(start_method: str) -> None:
    large = b"y" * 3_000_000
    answers = run([large, b"large", large, b"large"])
    assert [len(each) // 10**6 for each in answers if isinstance(each, bytes)] == [3, 3, 3, 3]


def test_workers_start_late_and_only_for_a_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    with Pool(work, 4) as pool:
        assert not pool._workers
        for _ in range(5):
            pool.submit(b"a")
        assert len(pool._workers) == 1
        for _ in range(6):
            pool.submit(b"y" * pool_module.BYTES_PER_WORKER)
        assert len(pool._workers) == 4


def test_a_worker_that_dies_while_idle_is_replaced() -> None:
    with Pool(work, 1) as pool:
        pool.submit(b"a")
        ((_, answer),) = pool.finished(wait=True)
        assert isinstance(answer, bytes)
        process = pool._workers[0].process
        process.kill()
        process.join()
        pool.submit(b"b" * 1_000_000)
        ((_, answer),) = pool.finished(wait=True)
        assert isinstance(answer, bytes)
        assert int(answer.split()[-1]) != process.pid


def test_no_worker_outlives_its_pool() -> None:
    with Pool(work, 2) as pool:
        pool.submit(b"hang")
        processes = [worker.process for worker in pool._workers]
    assert processes
    assert not any(process.is_alive() for process in processes)


def test_without_workers_every_job_is_lost_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_process(self: Pool) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(Pool, "_start", no_process)
    assert names(run([b"a", b"b", b"c"])) == ["no worker could be started: Resource temporarily unavailable"] * 3


def test_asking_without_waiting_does_not_wait() -> None:
    with Pool(work, 1) as pool:
        assert list(pool.finished(wait=False)) == []
        assert list(pool.finished(wait=True)) == []
        pool.submit(b"hang")
        assert list(pool.finished(wait=False)) == []


def test_ctrl_c_is_for_the_main_process_only() -> None:
    with Pool(partial(work), 1) as pool:
        pool.submit(b"a")
        list(pool.finished(wait=True))
        pid = pool._workers[0].process.pid
        assert pid is not None
        os.kill(pid, signal.SIGINT)
        time.sleep(0.05)
        pool.submit(b"b")
        ((_, answer),) = pool.finished(wait=True)
        assert answer == b"b by %d" % pid
