"""action.yml: its steps are run as the runner would run them, with the working tree in pip's place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.test_commands import RIGHT, WRONG
from tests.command import COMMAND
from tests.hooks.conftest import ROOT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
INSTALL, SCAN = ACTION["runs"]["steps"]


def scan_step(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the scan step's script in bash with the environment that its inputs make."""
    given = {name: entry["default"] for name, entry in ACTION["inputs"].items()} | inputs
    env = {name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")] for name, value in SCAN["env"].items()}
    command = folder / "temp/accumlint/bin/accumlint"
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec {COMMAND} "$@"\n')
    command.chmod(0o755)
    runner = {"RUNNER_TEMP": str(folder / "temp"), "GITHUB_OUTPUT": str(folder / "output")}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", SCAN["run"]], cwd=folder, env={**os.environ, **runner, **env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_findings_annotate_fail_the_step_and_are_in_the_sarif_file(tmp_path: Path):
    (tmp_path / "train.py").write_text(WRONG)
    done = scan_step(tmp_path)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error title=accumlint (ACC001),file=train.py,line=12,")
    log = json.loads((tmp_path / "accumlint.sarif").read_bytes())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["ACC001"]
    assert (tmp_path / "output").read_text() == "sarif-file=accumlint.sarif\n"


def test_paths_and_options_are_passed_on(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.py").write_text(WRONG)
    (tmp_path / "right.py").write_text(RIGHT)
    assert scan_step(tmp_path, paths="right.py").returncode == 0
    done = scan_step(tmp_path, paths="a b", args="--select ACC001 --fail-on never")
    assert done.returncode == 0
    assert done.stdout.count("::error") == 2


def test_inputs_are_data(tmp_path: Path):
    assert "${{" not in INSTALL["run"] + SCAN["run"]
    done = scan_step(tmp_path, paths="$(touch owned);touch owned `touch owned`")
    assert done.returncode == 2
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint(tmp_path: Path):
    workflows = tmp_path / ".github/workflows"
    workflows.mkdir(parents=True)
    shutil.copy(ROOT / "action.yml", tmp_path)
    uses = {"uses": "./", "id": "accumlint", "with": {"paths": "src", "args": "--select ACC0"}}
    then = {"run": 'cat "${{ steps.accumlint.outputs.sarif-file }}"'}
    job = {"runs-on": "ubuntu-latest", "steps": [{"uses": "actions/checkout@v5"}, uses, then]}
    (workflows / "ci.yml").write_text(yaml.safe_dump({"on": "push", "jobs": {"lint": job}}))
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["actionlint"], cwd=tmp_path, check=True)
