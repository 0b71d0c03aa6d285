"""Work on files in processes of their own, so that a file can cost no more than itself.

A parser may end the process (a stack overflow, an abort when memory runs out) or never come back. Process
pools lose other jobs then, or wait for ever; so this one gives each worker one job at a time, a deadline and
a memory limit, starts a new worker where one was lost, and says of each lost job why it was lost.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from accumlint.engine import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Work = Callable[[bytes], bytes]
"""What a worker does with a job. It must be a module's function, or a partial of one, and must not raise."""

BYTES_PER_WORKER = 100_000
"""How many bytes of jobs must wait before another worker is worth its start."""


class Lost(NamedTuple):
    """A job that took its worker with it, or found none."""

    reason: str


class _Job(NamedTuple):
    number: int
    payload: bytes
    attempts: int = 0


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    connection: Connection
    job: _Job | None = None
    deadline: float = 0.0


@dataclass
class Pool:
    """Workers that start when there is work for them. A context manager, which ends them."""

    work: Work
    size: int
    limits: Limits = DEFAULT_LIMITS
    _workers: list[_Worker] = field(default_factory=list)
    _waiting: list[_Job] = field(default_factory=list)
    _lost: list[tuple[int, Lost]] = field(default_factory=list)
    _submitted: int = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self._workers):
            self._end(worker)

    def submit(self, payload: bytes) -> int:
        """Hand in a job; returns the number by which :meth:`finished` calls it."""
        self._waiting.append(_Job(self._submitted, payload))
        self._submitted += 1
        self._hand_out()
        return self._submitted - 1

    def finished(self, *, wait: bool) -> Iterator[tuple[int, bytes | Lost]]:
        """The jobs that ended since the last call; with ``wait``, at least one where any is under way."""
        while True:
            ended = self._collect(wait and not self._lost)
            self._hand_out()
            ended += self._lost
            self._lost = []
            yield from ended
            if ended or not wait or not any(worker.job for worker in self._workers):
                return

    def _collect(self, wait: bool) -> list[tuple[int, bytes | Lost]]:
        running = [(worker, worker.job) for worker in self._workers if worker.job is not None]
        if not running:
            return []
        from multiprocessing.connection import wait as wait_for

        first_deadline = min(worker.deadline for worker, _ in running)
        patience = max(0.0, first_deadline - time.monotonic()) if wait else 0.0
        ready = wait_for([worker.connection for worker, _ in running], patience)
        ended: list[tuple[int, bytes | Lost]] = []
        for worker, job in running:
            if worker.connection in ready:
                ended.append((job.number, self._receive(worker)))
            elif time.monotonic() >= worker.deadline:
                self._end(worker)
                ended.append((job.number, Lost(f"took longer than {self.limits.seconds:g} seconds")))
        return ended

    def _receive(self, worker: _Worker) -> bytes | Lost:
        worker.job = None
        try:
            return worker.connection.recv_bytes()
        except (EOFError, OSError):
            worker.process.join(timeout=5)
            cause = _cause_of_death(worker.process.exitcode)
            self._end(worker)
            return Lost(cause)

    def _hand_out(self) -> None:
        while self._waiting:
            worker = self._idle_worker()
            if worker is None:
                return
            job = self._largest_waiting()
            try:
                worker.connection.send_bytes(job.payload)
            except OSError:  # it died while it was idle, or at its start
                self._end(worker)
                self._try_again(job, "no worker survived to take the file")
                continue
            worker.job = job
            worker.deadline = time.monotonic() + self.limits.seconds

    def _largest_waiting(self) -> _Job:
        """The largest job goes first: begun last, it would keep one worker busy when the others are done."""
        job = max(self._waiting, key=lambda job: len(job.payload))
        self._waiting.remove(job)
        return job

    def _idle_worker(self) -> _Worker | None:
        for worker in self._workers:
            if worker.job is None:
                return worker
        backlog = sum(len(job.payload) for job in self._waiting)
        if len(self._workers) >= self.size or (self._workers and backlog < BYTES_PER_WORKER):
            return None
        try:
            worker = self._start()
        except OSError as error:
            if not self._workers:
                self._try_again(self._waiting.pop(), f"no worker could be started: {error.strerror}")
            return None
        self._workers.append(worker)
        return worker

    def _try_again(self, job: _Job, reason: str) -> None:
        if job.attempts:
            self._lost.append((job.number, Lost(reason)))
        else:
            self._waiting.append(_Job(job.number, job.payload, job.attempts + 1))

    def _start(self) -> _Worker:
        import multiprocessing

        fork = _may_fork()
        context = multiprocessing.get_context("fork" if fork else "spawn")
        ours, theirs = context.Pipe()
        inherited = [ours, *(worker.connection for worker in self._workers)] if fork else []
        process = context.Process(  # type: ignore[attr-defined]  # the stubs' base class has none
            target=_serve,
            args=(theirs, inherited, self.work, self.limits.memory_bytes),
            name="accumlint",
            daemon=True,
        )
        with _interrupts_held():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.connection.close()


def _may_fork() -> bool:
    """A fork costs 2 ms, a fresh interpreter 100; but a fork copies locks that other threads hold."""
    if sys.platform != "linux":
        return False
    return len(list(Path("/proc/self/task").iterdir())) == 1


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C reaches every process of the terminal, and a worker that is begun may be ended at once: neither is
    to meet the handlers of the parent in a child that has not come to its own."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection, inherited: Sequence[Connection], work: Work, memory_bytes: int) -> None:
    """The life of a worker: it ends with the connection, and so with the process that started it.

    For that no worker may hold the other end of a connection, its own or another's, as a fork does.
    """
    for other in inherited:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    faulthandler.disable()  # a crash is reported by who started the worker, in one line
    _limit_memory(memory_bytes)
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send_bytes(_uncollected(work, connection.recv_bytes()))


def _uncollected(work: Work, payload: bytes) -> bytes:
    """Do a job without looking for garbage: syntax trees are all alive until it is done, and looking costs as much."""
    gc.disable()
    try:
        return work(payload)
    finally:
        gc.enable()


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no core file in the user's folder


def _cause_of_death(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return "the analysis ended unexpectedly"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    return f"the analysis crashed ({name})"


def default_jobs() -> int:
    """How many workers the machine has processors for; this process's share of them where it is limited."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
