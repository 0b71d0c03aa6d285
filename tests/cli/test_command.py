from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import accumlint
from tests.command import COMMAND, run

ROOT = Path(__file__).parents[2]


def test_the_installed_command_runs_this_working_tree(tmp_path):
    """Else every test of the command would be about another accumlint."""
    assert COMMAND.exists(), "pip install --editable '.[dev]' first"
    shown = "import accumlint; print(accumlint.__file__)"
    done = subprocess.run([sys.executable, "-c", shown], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == ROOT / "accumlint/__init__.py"
    assert run("--version", cwd=tmp_path).stdout.decode() == f"accumlint {accumlint.__version__}\n"


def test_the_module_is_the_same_command(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "accumlint", "--version"], cwd=tmp_path, capture_output=True, check=True
    )
    assert done.stdout == run("--version", cwd=tmp_path).stdout
