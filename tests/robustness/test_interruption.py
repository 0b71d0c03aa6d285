"""Ctrl-C, termination and kills: every file is the old one or the new one, and nothing is left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import environment
from tests.robustness.support import CLEAN, FIXED, INTERRUPTED, WRONG, accumlint_run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs POSIX signals and looks into /proc")

FILES = 4
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(FILES):
        (tmp_path / f"train_{number:03}.py").write_bytes(f"# {number}\n{WRONG}".encode())
    return tmp_path


def states(folder: Path) -> dict[str, int]:
    """How many files are old, how many new, and how many are neither or were not there before."""
    counts = {"old": 0, "new": 0, "other": 0}
    for path in folder.iterdir():
        head, _, body = path.read_bytes().partition(b"\n")
        ours = path.name.startswith("train_") and head.startswith(b"# ")
        known = {WRONG.encode(): "old", FIXED.encode(): "new"} if ours else {}
        counts[known.get(body, "other")] += 1
    return counts


def stopped(folder: Path, moment: str, count: int, when: str) -> subprocess.Popen[bytes]:
    """The command, which has come to that moment of fixing the folder and goes on when it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.robustness.stopping", moment, str(count), when, "fix", "--no-cache", "--jobs=2"],
        cwd=folder,
        env=environment({"PYTHONPATH": str(ROOT)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )
    state = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    if state is None or state.si_code != os.CLD_STOPPED:
        pytest.fail(f"it never came there: {process.communicate(timeout=60)}")
    return process


def interrupted(process: subprocess.Popen[bytes], stop: signal.Signals) -> bytes:
    """What it says on stderr when it goes on and this signal has come."""
    if stop == signal.SIGINT:
        os.killpg(process.pid, stop)  # as the terminal does
    else:
        process.send_signal(stop)
    os.killpg(process.pid, signal.SIGCONT)
    return process.communicate(timeout=60)[1]


def children(process: subprocess.Popen[bytes]) -> set[int]:
    """The processes of its session, which are it and its workers."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == process.pid:
                    found.add(int(entry.name))
            except ProcessLookupError:
                pass
    return found


STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
MOMENTS = [
    pytest.param("accumlint.pool:Pool._start", 1, "after", 0, id="a worker runs"),
    pytest.param("accumlint.pool:Pool._start", 2, "before", 0, id="a second worker is needed"),
    pytest.param("accumlint.files:_check_unchanged", 5, "after", 2, id="it is about to write"),
    pytest.param("accumlint.files:_write_all", 3, "before", 2, id="the temporary file is there"),
    pytest.param("accumlint.files:_write_all", 3, "after", 2, id="the temporary file is written"),
    pytest.param("os:replace", 3, "before", 2, id="it is about to take the place"),
    pytest.param("os:replace", 3, "after", 3, id="it has taken the place"),
    pytest.param("accumlint.files:_sync_folder", 3, "after", 3, id="the folder is synced"),
]


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize(("moment", "count", "when", "new"), MOMENTS)
def test_every_file_is_old_or_new(
    stop: signal.Signals, moment: str, count: int, when: str, new: int, folder: Path
) -> None:
    errors = interrupted(process := stopped(folder, moment, count, when), stop)
    after = states(folder)
    assert after["new"] == new
    assert after["old"] + after["new"] == FILES
    assert errors.strip() == b""  # click ends the line where the terminal shows ^C
    if stop == signal.SIGKILL:
        assert after["other"] <= 1  # the temporary file it was writing, which nobody could remove
    else:
        assert after["other"] == 0
        assert process.returncode == (INTERRUPTED if stop == signal.SIGINT else 128 + signal.SIGTERM)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("moment", "count", "when", "new"), MOMENTS)
def test_an_interruption_that_python_drops_is_not_lost(
    stop: signal.Signals, moment: str, count: int, when: str, new: int, folder: Path
) -> None:
    errors = interrupted(process := stopped(folder, moment, count, "dropped"), stop)
    after = states(folder)
    assert after["new"] == (3 if new else 0)  # the file it was at is finished, no other is begun
    assert (after["old"] + after["new"], after["other"]) == (FILES, 0)
    assert errors.strip() == b""  # click ends the line where the terminal shows ^C
    assert process.returncode == (INTERRUPTED if stop == signal.SIGINT else 128 + signal.SIGTERM)


@pytest.mark.parametrize("stop", STOPS)
def test_no_worker_is_left(stop: signal.Signals, folder: Path) -> None:
    process = stopped(folder, "accumlint.pool:Pool._start", 2, "after")
    assert len(children(process)) == 3
    interrupted(process, stop)
    deadline = time.monotonic() + 30
    while children(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not children(process)


def test_a_second_run_fixes_what_the_first_one_left(folder: Path) -> None:
    interrupted(stopped(folder, "os:replace", 3, "before"), signal.SIGINT)
    assert states(folder) == {"old": FILES - 2, "new": 2, "other": 0}
    assert accumlint_run("fix", "--no-cache", cwd=folder, timeout=300).code == CLEAN
    assert states(folder) == {"old": 0, "new": FILES, "other": 0}
