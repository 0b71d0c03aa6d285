"""Whole scripts (examples, tests/programs) are run: what accumlint says of them is what they report."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from . import linter
from .linter import Finding, power_of
from .measure import Measurement, Power, measure
from .program import prepare
from .verdict import is_right
from .world import UnrunnableError

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "examples" / "right", ROOT / "examples" / "wrong", ROOT / "tests" / "programs")
NOT_ALONE = {
    "cross_file": "its numbers mean something only beside the files that call it",
    "criterion_of_unknown_reduction.py": "the run gives it a criterion that sums, which the text does not say",
    "divided_in_helper.py": "the run also takes what the helper returns for a report",
    "module_divides_in_forward.py": "so it does what the module returns",
    "criterion_divides_by_what_it_was_built_with.py": "so it does what the criterion gives",
    "helper_told_n_by_keywords.py": "so it does here",
    "history_scaled_back_for_the_plot.py": "the run takes each element of the history for a report",
}
"""What a run of the one file cannot judge, and why."""
SCRIPTS = sorted(
    path
    for folder in FOLDERS
    for path in folder.rglob("*.py")
    if path.name not in NOT_ALONE and not set(path.parts) & set(NOT_ALONE)
)
NOT_RUNNABLE = (UnrunnableError, TypeError, ValueError, AttributeError, RuntimeError, IndexError)


def file_name(path: Path) -> str:
    """Unique in one flat folder."""
    return "__".join(path.relative_to(ROOT).parts)


@cache
def said_and_fixed() -> tuple[dict[str, list[Finding]], dict[str, str]]:
    """The findings in every script, and the text that ``fix`` leaves; one call of accumlint each."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path in SCRIPTS:
            shutil.copy(path, folder / file_name(path))
        findings = linter.scan(folder)
        linter.fix(folder)
        return findings, {file: (folder / file).read_text("utf-8") for file in map(file_name, SCRIPTS)}


def run(text: str) -> Measurement:
    try:
        return measure(prepare(text, "guess"))
    except NOT_RUNNABLE as error:
        pytest.skip(f"not runnable: {error}")


def wrong_powers(measurement: Measurement) -> list[Power]:
    return [r.power for r in measurement.losses if r.power is not None and not is_right(r.power)]


@pytest.mark.parametrize("path", SCRIPTS, ids=file_name)
def test_what_is_said_is_what_is_reported(path: Path) -> None:
    findings = [f for f in said_and_fixed()[0].get(file_name(path), []) if f.about_the_number]
    measurement = run(path.read_text("utf-8"))
    if not any(report.power is not None for report in measurement.losses):
        pytest.skip("no loss is reported in this run")
    measured = wrong_powers(measurement)
    claimed = [power_of(f.factor) for f in findings if f.proved and f.factor is not None]
    assert {(c.exponent, c.b) for c in claimed} <= {(power.exponent, power.b) for power in measured}
    assert findings or not measured, "wrong, and nothing is said"


@pytest.mark.parametrize("path", SCRIPTS, ids=file_name)
def test_what_is_fixed_is_right_and_trains_the_same(path: Path) -> None:
    findings, fixed = said_and_fixed()
    text, after_fix = path.read_text("utf-8"), fixed[file_name(path)]
    before, after = run(text), run(after_fix)
    assert after.gradient == before.gradient
    unfixed = [f for f in findings.get(file_name(path), []) if f.about_the_number and f.fix != "safe"]
    assert unfixed or not wrong_powers(after)


@pytest.mark.parametrize("path", sorted(FOLDERS[0].glob("*.py")), ids=file_name)
def test_the_right_examples_are_right(path: Path) -> None:
    measurement = run(path.read_text("utf-8"))
    assert measurement.losses
    assert wrong_powers(measurement) == []
    assert measurement.gradient in (0, None)
    assert not measurement.graphs_grow
