"""Runs commands, one after the other and again, and reads what each of them cost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
FINISHED = frozenset({0, 1, 2})
"""Linters exit with 1 on findings and with 2 on a file they cannot read; anything else is a crash."""


class CommandError(Exception):
    """A measured command crashed or was not understood, so that its time means nothing."""


@dataclass(frozen=True)
class Command:
    """A command to measure; ``once`` marks one so slow that it runs in the first round only."""

    name: str
    argv: tuple[str, ...]
    once: bool = False
    prepare: Callable[[], None] | None = None


@dataclass(frozen=True)
class Sample:
    """The cost of one run, of the process and of all its children."""

    cpu: float
    wall: float
    peak: int


@dataclass
class Cost:
    """The runs of one command: seconds and bytes, as medians."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def runs(self) -> int:
        return len(self.samples)

    @property
    def cpu(self) -> float:
        return median(sample.cpu for sample in self.samples)

    @property
    def wall(self) -> float:
        return median(sample.wall for sample in self.samples)

    @property
    def peak(self) -> float:
        return median(sample.peak for sample in self.samples)


def interleaved(commands: Sequence[Command], rounds: int) -> Mapping[str, Cost]:
    """Run all commands in turn, ``rounds`` times, so that what disturbs one disturbs them all."""
    costs = {command.name: Cost() for command in commands}
    for command in commands:
        if command.prepare is not None:
            command.prepare()
    for index in range(rounds):
        for command in commands:
            if index == 0 or not command.once:
                costs[command.name].samples.append(run(command.argv))
    return costs


def run(argv: Sequence[str]) -> Sample:
    """Run a command to its end and return what ``wait4`` says about it."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is not compiled at each start
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if process.returncode not in FINISHED or "Usage:" in said or "Traceback" in said:
        raise CommandError(f"{' '.join(argv)[:200]}: exit status {process.returncode}\n{said[-2000:]}")
    kilobytes = usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024
    return Sample(cpu=usage.ru_utime + usage.ru_stime, wall=wall, peak=kilobytes * 1024)
