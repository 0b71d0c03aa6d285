"""The hooks as users install them: a commit is blocked, the fix hook repairs, the commit passes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.cli.test_commands import RIGHT, WRONG
from tests.command import COMMAND
from tests.hooks.conftest import ROOT, git

CONFIG = """\
repos:
  - repo: {checkout}
    rev: v0
    hooks:
      - id: accumlint
      - id: accumlint-fix
        stages: [manual]
"""


def test_the_manifest_names_commands_that_exist():
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert set(hooks) == {"accumlint", "accumlint-fix"}
    for hook in hooks.values():
        assert hook["types_or"] == ["python", "pyi", "jupyter"]
        assert hook["require_serial"] is True
        name, *args = hook["entry"].split()
        done = subprocess.run([COMMAND.with_name(name), *args, "--help"], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.network
def test_a_commit_is_blocked_and_passes_after_the_fix(checkout: Path, tmp_path: Path):
    env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
    project = tmp_path / "project"
    project.mkdir()
    (project / ".pre-commit-config.yaml").write_text(CONFIG.format(checkout=checkout))
    (project / "train.py").write_text(WRONG)
    (project / "notes.txt").write_text("not Python: loss.backward()")
    git("init", "--quiet", cwd=project)
    git("config", "user.name", "test", cwd=project)
    git("config", "user.email", "test@example.org", cwd=project)
    git("add", "--all", cwd=project)

    def pre_commit(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", *args]
        return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)

    def commit() -> subprocess.CompletedProcess[str]:
        command = ["git", "commit", "--message", "train"]
        return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)

    assert pre_commit("install").returncode == 0
    blocked = commit()
    assert blocked.returncode == 1, blocked.stderr
    assert "train.py:12:23: ACC001 error: " in blocked.stdout + blocked.stderr

    repaired = pre_commit("run", "accumlint-fix", "--hook-stage", "manual", "--all-files")
    assert "files were modified by this hook" in repaired.stdout, repaired.stdout
    assert (project / "train.py").read_text() == RIGHT
    git("add", "--all", cwd=project)
    passed = commit()
    assert passed.returncode == 0, passed.stderr
    assert git("show", "HEAD:train.py", cwd=project) == RIGHT
