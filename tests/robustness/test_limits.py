"""A file that crashes its worker, hangs it or eats its memory costs itself, and is named."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from accumlint import pool as pool_module
from accumlint import workers
from accumlint.diagnostic import Severity
from accumlint.engine import FileResult, Limits
from accumlint.flow import Analysis
from accumlint.registry import select
from accumlint.rule import Finding, Invalid, Rule
from tests.robustness.support import FAILED, FINDINGS, FIXED, WRONG, accumlint_run


class Hostile(Rule):
    """A rule that does what the file says: nothing else crashes the analysis that we know of."""

    code = "X001"
    severity = Severity.ERROR
    VALID = ()
    INVALID: tuple[Invalid, ...] = ()

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        text = analysis.source.text
        if "# crash" in text:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "# abort" in text:
            os.abort()
        if "# hang" in text:
            threading.Event().wait()
        if "# memory" in text:
            bytearray(16 * 2**30)
        if "# bug" in text:
            raise ZeroDivisionError("a bug\nof ours")
        if "# recursion" in text:
            list(self.check(analysis))
        yield from ()


HOSTILE = {
    "abort": "the analysis crashed (SIGABRT)",
    "bug": "internal error, please report it: ZeroDivisionError: a bug\nof ours",
    "crash": "the analysis crashed (SIGSEGV)",
    "memory": "too complex: out of memory",
    "recursion": "too complex: nested too deeply",
}
if sys.platform != "linux":
    HOSTILE.pop("memory")


PATIENT = Limits(seconds=300)
"""Of all limits only that of time depends on how busy the machine is, so one test alone has a short one."""


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Every hostile file between two ordinary ones."""
    names = [name for hostile in HOSTILE for name in (hostile, f"ordinary_after_{hostile}")]
    found = []
    for name in ["ordinary", *names]:
        found.append(tmp_path / f"{name}.py")
        found[-1].write_bytes(f"# {name}\n{WRONG}".encode())
    return found


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("fork", [True, False])
def test_each_costs_itself(jobs: int, fork: bool, paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    if fork and sys.platform != "linux":
        pytest.skip("forks only on Linux")
    monkeypatch.setattr(pool_module, "_may_fork", lambda: fork)
    rules = [*select(), Hostile()]
    results = list(workers.scan(paths, rules, jobs=jobs, limits=PATIENT))
    check(paths, results)
    if fork:
        fixed = list(workers.fix(paths, rules, jobs=jobs, limits=PATIENT))
        check(paths, [each.result for each in fixed], fixed=True)


def check(paths: list[Path], results: list[FileResult], fixed: bool = False) -> None:
    assert [result.path for result in results] == [str(path) for path in paths]
    for path, result in zip(paths, results, strict=True):
        if path.stem in HOSTILE:
            (problem,) = result.problems
            assert problem.reason.startswith(HOSTILE[path.stem])
            continue
        assert not result.problems
        assert [each.code for each in result.diagnostics] == ([] if fixed else ["ACC003"])
        assert result.source is not None
        assert result.source.text.endswith(FIXED if fixed else WRONG)


def test_a_hang_costs_itself(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("before.py", "hang.py", "after.py")]
    for path in paths:
        path.write_text(f"# {path.stem}\n{WRONG}")
    before, hang, after = workers.scan(paths, [*select(), Hostile()], jobs=1, limits=Limits(seconds=15))
    assert [each.reason for each in hang.problems] == ["took longer than 15 seconds"]
    assert len(before.diagnostics) == len(after.diagnostics) == 1


def test_standard_input_is_contained_too() -> None:
    for name, reason in HOSTILE.items():
        data = f"# {name}\n{WRONG}".encode()
        (problem,) = workers.check(data, "-", [Hostile()], limits=PATIENT).problems
        assert problem.reason.startswith(reason)
        (problem,) = workers.fix_one(data, "-", [Hostile()], limits=PATIENT).result.problems
        assert problem.reason.startswith(reason)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_results_come_in_the_order_of_the_paths_whatever_the_jobs(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "BYTES_PER_WORKER", 1)
    monkeypatch.setattr(workers, "MAX_UNDER_WAY", 7)
    paths = []
    for number in range(30):
        paths.append(tmp_path / f"{number:02}.py")
        loops = 1 + (29 - number) % 4 if number % 3 else 0
        paths[-1].write_text("".join(WRONG.replace("train(", f"train_{each}(") for each in range(loops)))
    results = list(workers.scan(paths, select(), jobs=jobs))
    assert [result.path for result in results] == [str(path) for path in paths]
    counts = [len(result.diagnostics) for result in results]
    assert counts == [(1 + (29 - number) % 4 if number % 3 else 0) for number in range(30)]


def test_the_limits_are_options(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(WRONG)
    for command in ("scan", "fix"):
        run = accumlint_run(command, "--no-cache", "--timeout=0.001", cwd=tmp_path)
        assert run.code == FAILED
        assert "took longer than 0.001 seconds" in run.about("train.py")
        run = accumlint_run(
            command, "--diff" if command == "fix" else "--no-cache", "--memory-limit=1024", cwd=tmp_path
        )
        assert run.code == FINDINGS
    assert (tmp_path / "train.py").read_text() == WRONG
