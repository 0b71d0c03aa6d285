"""Ctrl-C, termination and closed pipes: every file is the old one or the new one, nothing is left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import COMMAND, environment
from tests.robustness.support import CLEAN, FIXED, INTERRUPTED, WRONG, accumlint_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")

FILES = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(FILES):
        (tmp_path / f"train_{number:03}.py").write_bytes(f"# {number}\n{WRONG}".encode())
    return tmp_path


def states(folder: Path) -> dict[str, int]:
    """How many files are old, how many new, and how many are neither or were not there before."""
    counts = {"old": 0, "new": 0, "other": 0}
    for path in folder.iterdir():
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except FileNotFoundError:  # a temporary file that took its place meanwhile
            continue
        ours = path.name.startswith("train_") and head.startswith(b"# ")
        known = {WRONG.encode(): "old", FIXED.encode(): "new"} if ours else {}
        counts[known.get(body, "other")] += 1
    return counts


def fixed(folder: Path) -> bool:
    """Whether the first files have been written; they come one after the other, so this has to be quick."""
    return (folder / "train_005.py").read_bytes() == f"# 5\n{FIXED}".encode()


def started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [COMMAND, "fix", "--no-cache", "--jobs=2"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )


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


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("in_the_middle", [False, True])
def test_every_file_is_old_or_new(stop: signal.Signals, in_the_middle: bool, folder: Path) -> None:
    process = started(folder)
    while process.poll() is None and not (fixed(folder) if in_the_middle else len(children(process)) > 1):
        time.sleep(0.001)
    if stop == signal.SIGINT:
        os.killpg(process.pid, stop)  # as the terminal does
    else:
        process.send_signal(stop)
    _, errors = process.communicate(timeout=60)
    after = states(folder)
    assert after["old"] + after["new"] == FILES
    assert after["old"], "it came to its end before it was stopped"
    assert bool(after["new"]) == in_the_middle
    assert b"Traceback" not in errors
    if stop == signal.SIGKILL:
        assert after["other"] <= 1  # the temporary file it was writing, which nobody could remove
    else:
        assert after["other"] == 0
        assert process.returncode == (INTERRUPTED if stop == signal.SIGINT else 128 + signal.SIGTERM)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_is_left(stop: signal.Signals, folder: Path) -> None:
    process = started(folder)
    while process.poll() is None and len(children(process)) < 2:
        time.sleep(0.02)
    process.send_signal(stop)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while children(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not children(process)


def test_a_second_run_fixes_what_the_first_one_left(folder: Path) -> None:
    process = started(folder)
    while process.poll() is None and not fixed(folder):
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert accumlint_run("fix", "--no-cache", cwd=folder, timeout=300).code == CLEAN
    assert states(folder) == {"old": 0, "new": FILES, "other": 0}
