"""Standard streams that are closed, full, or no longer read: said if there is anyone to tell, and exit 2 or quiet."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import COMMAND, environment
from tests.robustness.support import CLEAN, FAILED, FINDINGS, FIXED, WRONG, accumlint_run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX streams")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def redirected(
    redirection: str, *arguments: str, cwd: Path, stdin: bytes = b"", shell: str = "sh"
) -> subprocess.CompletedProcess[bytes]:
    """The command with a shell's redirection, such as ``>&-``."""
    script = f'"$0" "$@" {redirection}'
    return subprocess.run(
        [shell, "-c", script, COMMAND, *arguments],
        cwd=cwd, input=stdin, env=environment(), capture_output=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["scan"], FINDINGS),
        (["scan", "--output-format=json"], FINDINGS),
        (["scan", "--output-format=sarif"], FINDINGS),
        (["scan", "--show-files"], CLEAN),
        (["scan", "--show-settings"], CLEAN),
        (["trace", "train.py"], CLEAN),
        (["explain", "ACC001"], CLEAN),
        (["rules"], CLEAN),
        (["--help"], CLEAN),
        (["scan", "--help"], CLEAN),
        (["--version"], CLEAN),
    ],
)
def test_a_closed_pipe_is_quiet_and_changes_no_exit_code(arguments: list[str], code: int, folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # before the command begins, so that its first byte finds no reader
    process = subprocess.Popen(
        [COMMAND, *arguments], cwd=folder, env=environment(), stdout=writer, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL),
    )  # fmt: skip
    os.close(writer)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (code, b"")


def test_a_diff_that_nobody_reads_is_counted_all_the_same(folder: Path) -> None:
    done = redirected("| true; exit ${PIPESTATUS[0]}", "fix", "--diff", cwd=folder, shell="bash")
    assert (done.returncode, done.stdout, done.stderr) == (FINDINGS, b"", b"1 would be fixed, 0 left\n")


def test_a_pipe_that_is_closed_in_the_middle_is_quiet(folder: Path) -> None:
    for number in range(60):
        (folder / f"train{number}.py").write_text(WRONG * 20)
    process = subprocess.Popen(
        [COMMAND, "scan", "--no-cache"], cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=120) == FINDINGS
    process.stderr.close()


@pytest.mark.parametrize(
    ("arguments", "redirection", "code"),
    [
        (["scan"], ">&-", FINDINGS),
        (["scan", "nowhere.py"], "2>&-", FAILED),
        (["scan", "nowhere.py"], ">&- 2>&-", FAILED),
        (["scan", "-"], "<&-", CLEAN),
        (["fix", "-"], "<&- >&-", CLEAN),
        (["scan", "--nonsense"], "2>&-", FAILED),
        (["trace", "train.py"], ">&-", CLEAN),
        (["--version"], ">&-", CLEAN),
    ],
)
def test_a_stream_that_the_caller_closed(arguments: list[str], redirection: str, code: int, folder: Path) -> None:
    done = redirected(redirection, *arguments, cwd=folder)
    assert done.returncode == code
    assert b"internal error" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", [["scan"], ["scan", "--output-format=json"], ["fix", "-"], ["rules"], ["--help"], ["--version"]]
)
def test_output_that_cannot_be_written_is_a_failure(arguments: list[str], folder: Path) -> None:
    done = redirected("> /dev/full", *arguments, cwd=folder, stdin=WRONG.encode())
    assert done.returncode == FAILED
    assert done.stderr == b"Error: cannot write to standard output: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_errors_that_cannot_be_written_change_no_exit_code(folder: Path) -> None:
    assert redirected("2> /dev/full", "scan", "nowhere.py", cwd=folder).returncode == FAILED
    assert redirected("2> /dev/full", "scan", "--nonsense", cwd=folder).returncode == FAILED


# Files that are written ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["scan", "--output-format=json", "-o"], ["baseline", "--accept-new", "-o"]])
def test_an_output_file_keeps_its_mode_and_leaves_nothing_beside_it(command: list[str], folder: Path) -> None:
    accumlint_run(*command, "out.json", "train.py", cwd=folder)
    first = (folder / "out.json").read_bytes()
    (folder / "out.json").chmod(0o604)
    (folder / "link.json").symlink_to("out.json")
    accumlint_run(*command, "link.json", "train.py", cwd=folder)
    assert (folder / "out.json").read_bytes() == first
    assert (folder / "out.json").stat().st_mode & 0o777 == 0o604
    names = {path.name for path in folder.iterdir()} - {".accumlint_cache"}
    assert names == {"train.py", "out.json", "link.json"}


def test_an_output_file_may_be_a_device_or_standard_output(folder: Path) -> None:
    on_stdout = accumlint_run("scan", "--output-format=json", cwd=folder)
    for name in ("-", "/dev/stdout"):
        assert accumlint_run("scan", "--output-format=json", "-o", name, cwd=folder) == on_stdout
    assert accumlint_run("scan", "-o", "/dev/null", cwd=folder).code == FINDINGS


def test_a_fixed_file_on_standard_output(folder: Path) -> None:
    assert accumlint_run("fix", "-", cwd=folder, stdin=WRONG.encode()).output == FIXED
