"""flake8 with the plugin: the findings of the engine, in flake8's words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import RIGHT, WRONG

FOUND = "12:23: ACC001 "


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder whose flake8 reports only what the installed plugin finds."""
    (tmp_path / ".flake8").write_text("[flake8]\nselect = ACC\n")
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def flake8(*args: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flake8", *args]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


def test_findings_are_those_of_the_engine(project: Path):
    (project / "right.py").write_text(RIGHT)
    (project / "broken.py").write_text("def (:\n    loss.backward()\n")
    done = flake8("train.py", "right.py", "broken.py", cwd=project)
    assert done.stdout.startswith(f"train.py:{FOUND}")
    assert done.stdout.count("ACC") == 1
    assert done.stderr == ""
    assert done.returncode == 1


def test_standard_input(project: Path):
    done = flake8("--stdin-display-name", "train2.py", "-", cwd=project, stdin=WRONG)
    assert done.stdout.startswith(f"train2.py:{FOUND}")


def test_noqa_and_the_configuration_of_accumlint(project: Path):
    (project / "train.py").write_text(WRONG.replace(".item()\n", ".item()  # noqa: ACC001\n"))
    assert flake8("train.py", cwd=project).stdout == ""
    (project / "train.py").write_text(WRONG)
    (project / "accumlint.toml").write_text("[per-file-ignores]\n'train.py' = ['ACC001']\n")
    assert flake8("train.py", cwd=project).stdout == ""


def test_an_encoding_that_the_file_names(project: Path):
    (project / "train.py").write_bytes(f"# coding: latin-1\n# \xe9\n{WRONG}".encode("latin-1"))
    assert flake8("train.py", cwd=project).stdout.startswith("train.py:14:23: ACC001 ")
