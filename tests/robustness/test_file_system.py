"""Files that are no files, that may not be touched, and that change under one's hands."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.robustness.support import (
    CLEAN,
    FAILED,
    FINDINGS,
    FIXED,
    WRONG,
    accumlint_run,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file system")
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def write(path: Path, text: str = WRONG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_what_is_no_regular_file_is_named_and_the_rest_is_fixed(tmp_path: Path) -> None:
    train = write(tmp_path / "train.py")
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "again").symlink_to(".")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(tmp_path)  # a socket's path has to be short
        server.bind("socket.py")
        os.chdir(before)
        scanned = accumlint_run("scan", "--no-cache", cwd=tmp_path)
        fixed = accumlint_run("fix", "--no-cache", cwd=tmp_path)
    for run in (scanned, fixed):
        assert run.code == FAILED
        assert "FIFO" in run.about("fifo.py")
        assert "socket" in run.about("socket.py")
        assert "leads nowhere" in run.about("gone.py")
        assert "contains it" in run.about("loop")
        assert "contains it" in run.about("again")
    assert "train.py" in scanned.output
    assert train.read_bytes() == FIXED.encode()


def test_a_named_fifo_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    run = accumlint_run("scan", "--no-cache", "fifo.py", "/dev/zero", "missing.py", cwd=tmp_path)
    assert run.code == FAILED
    assert "FIFO" in run.about("fifo.py")
    assert "a device" in run.about("/dev/zero")
    assert "no such file" in run.about("missing.py")


def test_a_link_out_of_the_folder_is_not_rewritten_but_a_named_one_is(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside/train.py")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "link.py").symlink_to(outside)
    (folder / "links").symlink_to(outside.parent)
    accumlint_run("fix", "--no-cache", cwd=folder)
    assert outside.read_bytes() == WRONG.encode()
    assert accumlint_run("fix", "--no-cache", "link.py", cwd=folder).code == CLEAN
    assert outside.read_bytes() == FIXED.encode()
    assert (folder / "link.py").is_symlink()


def test_mode_and_hard_links_stay(tmp_path: Path) -> None:
    train = write(tmp_path / "a/train.py")
    train.chmod(0o750)
    twin = tmp_path / "twin.txt"
    twin.hardlink_to(train)
    assert accumlint_run("fix", "--no-cache", cwd=tmp_path).code == CLEAN
    assert train.stat().st_mode & 0o777 == 0o750
    assert twin.read_bytes() == FIXED.encode()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "train.py", "twin.txt"]


def test_a_read_only_file_is_named_and_the_rest_is_fixed(tmp_path: Path) -> None:
    closed, open_ = write(tmp_path / "closed.py"), write(tmp_path / "open.py")
    closed.chmod(0o444)
    run = accumlint_run("fix", "--no-cache", cwd=tmp_path)
    assert run.code == FAILED
    assert "read-only" in run.about("closed.py")
    assert (closed.read_bytes(), open_.read_bytes()) == (WRONG.encode(), FIXED.encode())


@pytest.mark.skipif(not is_root, reason="only root can become another user")
def test_what_may_not_be_read_is_named_and_the_rest_is_fixed(tmp_path: Path) -> None:
    write(tmp_path / "closed/train.py").parent.chmod(0)
    write(tmp_path / "secret.py").chmod(0)
    write(tmp_path / "train.py").chmod(0o666)
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    warm_up = write(tmp_path / "warm_up/train.py").parent
    program = f"""
import os, sys
from accumlint.cli import run
run(["fix", "--no-cache", "--jobs=1", {str(warm_up)!r}])  # another user may not reach the interpreter's files
import difflib, tokenize, accumlint.fixer, accumlint.flow.analysis, accumlint.flow.calls, accumlint.flow.project
import libcst.metadata
from accumlint import frameworks, registry
registry.discover(), frameworks.known_function("print")  # nor what a worker would import
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(run(["fix", "--no-cache", "--jobs=1", {str(tmp_path)!r}]))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == FAILED
    assert "closed: permission denied" in run.stderr
    assert "secret.py: permission denied" in run.stderr
    assert (tmp_path / "train.py").read_bytes() == FIXED.encode()


@pytest.mark.parametrize(
    "name",
    ["a\nb.py", "esc\x1b[31mred.py", "bidi\u202eyp.py", "%0A::error::.py", "a:1:1: ACC001.py", "-x.py"],
)
@pytest.mark.parametrize("output_format", ["text", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_a_file_name_cannot_speak_for_us(name: str, output_format: str, tmp_path: Path) -> None:
    write(tmp_path / name)
    write(tmp_path / ("broken" + name), WRONG + "x = = 1\n")
    run = accumlint_run("scan", "--no-cache", "--output-format", output_format, cwd=tmp_path)
    assert run.code == FAILED
    spelled = "\x1b\r\x07"
    if output_format in ("json", "sarif", "gitlab"):
        json.loads(run.output)  # for programs, which know where a string ends
    else:
        spelled += "\u202e"
    for text in (run.output, run.errors):
        assert not any(character in text for character in spelled)
        assert not any(line.startswith(("::error::", "b.py")) for line in text.split("\n"))


def test_a_file_name_need_not_be_text(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe.py"
    with open(path, "wb") as file:  # noqa: PTH123  # pathlib takes no bytes
        file.write(WRONG.encode())
    for output_format in ("text", "concise", "json", "sarif", "github", "gitlab", "junit"):
        run = accumlint_run("scan", "--no-cache", "--output-format", output_format, cwd=tmp_path)
        assert (run.code, run.errors) == (FINDINGS, "")
        run.out.decode("utf-8")
    assert accumlint_run("fix", "--no-cache", path, cwd=tmp_path).code == CLEAN
    with open(path, "rb") as file:  # noqa: PTH123
        assert file.read() == FIXED.encode()


@pytest.mark.skipif(not is_root or shutil.which("mount") is None, reason="needs to mount a file system")
def test_a_full_disk_costs_nothing(tmp_path: Path) -> None:
    size = ["-o", "size=64k"]
    if subprocess.run(["mount", "-t", "tmpfs", *size, "none", tmp_path], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        train = write(tmp_path / "train.py")
        with (tmp_path / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass
        run = accumlint_run("fix", "--no-cache", cwd=tmp_path)
        assert run.code == FAILED
        assert "no space left" in run.about("train.py")
        assert train.read_bytes() == WRONG.encode()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["filler", "train.py"]
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_a_file_that_vanishes_or_changes_during_the_run_is_named(tmp_path: Path) -> None:
    """A rule of ours stands in for the other program: it changes the files while they are analysed."""
    for name in ("changed.py", "gone.py", "train.py"):
        write(tmp_path / name)
    program = f"""
import os, sys
from accumlint import fixer
real = fixer.fix_source
def fix_source(source, *rest):
    if source.path.endswith("changed.py"):
        with open(source.path, "ab") as file: file.write(b"# mine\\n")
    if source.path.endswith("gone.py"):
        os.unlink(source.path)
    return real(source, *rest)
fixer.fix_source = fix_source
from accumlint.cli import main
main(["fix", "--no-cache", {str(tmp_path)!r}])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == FAILED, run.stderr
    assert "changed.py: changed since it was read" in run.stderr
    assert "gone.py: " in run.stderr
    assert (tmp_path / "changed.py").read_bytes() == WRONG.encode() + b"# mine\n"
    assert not (tmp_path / "gone.py").exists()
    assert (tmp_path / "train.py").read_bytes() == FIXED.encode()
