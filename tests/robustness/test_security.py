"""Scanned text is data: it is never imported, run, unpickled or believed."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path

import pytest

import accumlint
from tests.robustness.support import FAILED, FINDINGS, FIXED, WRONG, accumlint_run

PACKAGE = Path(accumlint.__file__).parent

BETRAYING = """\
import pathlib, sys
pathlib.Path({marker!r}).write_text("scanned code was run: " + __name__)
sys.exit(99)
"""


def test_scanned_code_is_never_imported_or_run(tmp_path: Path) -> None:
    """Names that Python, pytest, setuptools or we ourselves might import, in the folder that is scanned."""
    marker = tmp_path / "betrayed"
    project = tmp_path / "project"
    project.mkdir()
    names = "train conftest setup sitecustomize usercustomize libcst click pathspec json ast __init__ __main__"
    for name in names.split():
        (project / f"{name}.py").write_text(BETRAYING.format(marker=str(marker)) + WRONG)
    for command in (["scan", "project"], ["fix", "--diff", "project"], ["scan", "project/train.py"]):
        run = accumlint_run(*command, "--no-cache", cwd=tmp_path)
        assert run.code == FINDINGS
    assert not marker.exists()


FORBIDDEN_CALLS = {"eval", "exec", "__import__", "system", "popen", "Popen", "check_output", "getoutput"}
FORBIDDEN_MODULES = {
    "pickle",
    "shelve",
    "marshal",
    "dill",
    "subprocess",
    "ctypes",
    "socket",
    "urllib.request",
    "http",
}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_package_has_no_means_to_run_what_it_reads(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                assert name not in FORBIDDEN_CALLS
            case ast.Import(names=names):
                assert not {alias.name for alias in names} & FORBIDDEN_MODULES
            case ast.ImportFrom(module=module):
                assert module not in FORBIDDEN_MODULES


def test_nothing_is_written_but_the_cache_and_the_fixed_file(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text(WRONG)
    accumlint_run("scan", cwd=project)
    before = {path for path in tmp_path.rglob("*") if ".accumlint_cache" not in path.parts}
    assert before == {project, project / "train.py"}
    accumlint_run("fix", "--no-cache", cwd=project)
    assert {path for path in tmp_path.rglob("*") if ".accumlint_cache" not in path.parts} == before
    assert (project / "train.py").read_text() == FIXED


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_a_project_cannot_lead_the_cache_out_of_itself(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / "train.py").write_text(WRONG)
    (project / ".accumlint_cache").symlink_to(outside)
    assert accumlint_run("scan", cwd=project).code == FINDINGS
    assert not list(outside.iterdir())
    (project / "accumlint.toml").write_text('cache-dir = "../outside"\n')
    run = accumlint_run("scan", cwd=project)
    assert run.code == FAILED
    assert "cache-dir" in run.errors
    assert not list(outside.iterdir())


def test_a_cache_that_lies_changes_no_file(tmp_path: Path) -> None:
    """Whoever can write to the cache can hide a finding, but cannot make the fix write what they like."""
    (tmp_path / "train.py").write_text(WRONG)
    long_ago = 10**18
    os.utime(tmp_path / "train.py", ns=(long_ago, long_ago))
    assert accumlint_run("scan", cwd=tmp_path).code == FINDINGS
    (file,) = (tmp_path / ".accumlint_cache").glob("*.json")
    kept = json.loads(file.read_text())
    text = json.dumps(kept)
    assert "loss" in text
    file.write_text(text.replace("raw_loss", "os.system('x')").replace("accumulation_steps)", "evil)"))
    accumlint_run("fix", cwd=tmp_path)
    assert (tmp_path / "train.py").read_text() == FIXED


def test_the_cache_changes_no_output(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.py").write_text(WRONG if number % 2 else "x = 1\n")
    (tmp_path / "broken.py").write_text(WRONG + "x = = 1\n")
    runs = [accumlint_run("scan", *cache, cwd=tmp_path) for cache in (["--no-cache"], [], [], ["--jobs=1"])]
    assert {(run.code, run.out, run.err) for run in runs} == {(FAILED, runs[0].out, runs[0].err)}


CONTROLS = "\x1b[31m\x9b31m\x07\x08\x7f\u202e\u2066\u2028\u2029\r"


@pytest.mark.parametrize("output_format", ["text", "concise", "github", "junit"])
@pytest.mark.parametrize("color", ["--color", "--no-color"])
def test_source_text_cannot_speak_to_the_terminal(output_format: str, color: str, tmp_path: Path) -> None:
    evil = f'loss = raw_loss / accumulation_steps  # "{CONTROLS.strip()}" %0A::error::x'
    text = WRONG.replace("loss = raw_loss / accumulation_steps", evil)
    (tmp_path / "train.py").write_bytes(text.encode())
    run = accumlint_run("scan", "--no-cache", color, "--output-format", output_format, cwd=tmp_path)
    assert run.code == FINDINGS
    ours = run.output
    for escape in ("\x1b[", "\n"):
        ours = ours.replace(escape, "")
    assert not {character for character in ours if character in CONTROLS and not character.isalnum()} - {"["}
    assert "\x1b[31m\x9b" not in run.output


def test_a_diff_for_a_terminal_or_a_file_is_the_bytes_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_bytes(WRONG.replace("\n", "\r\n").encode())
    run = accumlint_run("fix", "--diff", "--no-cache", cwd=tmp_path)
    assert b"\r\n" in run.out


@pytest.mark.parametrize(
    ("name", "config", "reason"),
    [
        ("pyproject.toml", b"[tool.accumlint\n", "not TOML"),
        ("accumlint.toml", b"\xff\xfe", "not UTF-8"),
        ("accumlint.toml", b"ignroe = []\n", "did you mean 'ignore'"),
        ("accumlint.toml", b"select = 3\n", "select"),
        ("accumlint.toml", b"x = " + b"[" * 100_000, "not TOML"),
        ("accumlint.toml", b"# " + b"x" * 2_000_000, "larger than"),
        ("pyproject.toml", b"[tool]\naccumlint = 3\n", "expected a table"),
    ],
)
def test_a_broken_configuration_is_said_and_nothing_is_done(
    name: str, config: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(config)
    (tmp_path / "train.py").write_text(WRONG)
    for command in ("scan", "fix"):
        run = accumlint_run(command, "--no-cache", cwd=tmp_path)
        assert run.code == FAILED
        assert name in run.errors
        assert reason in run.errors
    assert (tmp_path / "train.py").read_text() == WRONG
