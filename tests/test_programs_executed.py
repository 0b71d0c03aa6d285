"""The markers of tests/programs are true: those programs that can be run report what their markers say.

No linter here. A program is run at N = 1, 2, 4 (and with other batch sizes, epochs and loss scales), and
the exponents of what it reports are read off, so that a marker is a measurement and not an opinion.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.executed.measure import Measurement, measure
from tests.executed.program import prepare
from tests.executed.test_scripts_executed import NOT_ALONE
from tests.executed.world import UnrunnableError

pytestmark = pytest.mark.torch

ROOT = Path(__file__).parent / "programs"
UNKNOWN_REDUCTION = {"criterion_of_unknown_reduction"}
"""Its criterion happens to be a mean here; the text does not say so."""
NOT_RUNNABLE = (UnrunnableError, TypeError, ValueError, AttributeError, AssertionError)
"""Such a program asks for a library, a device or a network that is not here."""


def programs(folder: str) -> list[Path]:
    return sorted((ROOT / folder).glob("*.py"))


@cache
def measured(path: Path) -> Measurement | None:
    """What the program reports when it runs; None where it cannot."""
    try:
        return measure(prepare(path.read_text(encoding="utf-8"), "guess"), tail="tail" in path.stem)
    except NOT_RUNNABLE:
        return None


def run(path: Path) -> Measurement:
    measurement = measured(path)
    if measurement is None:
        pytest.skip("not runnable here")
    return measurement


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", programs("right"), ids=stem)
def test_right_programs_report_what_does_not_depend_on_n(path: Path) -> None:
    if path.stem in UNKNOWN_REDUCTION:
        pytest.skip("a criterion from outside")
    if path.name in NOT_ALONE:
        pytest.skip(NOT_ALONE[path.name])
    measurement = run(path)
    assert [str(report) for report in measurement.losses if report.power is None] == []
    assert {report.power.exponent for report in measurement.losses if report.power} <= {0}
    assert measurement.gradient in (0, None)


@pytest.mark.parametrize("path", programs("ACC002"), ids=stem)
def test_a_mixed_scale_is_right_today(path: Path) -> None:
    assert all(report.power and report.power.right for report in run(path).losses)


WRONG = {
    "ACC001": lambda power: power.exponent > 0,
    "ACC003": lambda power: power.n < 0,
    "ACC004": lambda power: power.n < 0,
    "ACC005": lambda power: power.s == 1,
    "ACC006": lambda power: power.b != 0,
}


@pytest.mark.parametrize(
    ("path", "code"),
    [(path, code) for code in WRONG for path in programs(code)],
    ids=lambda each: each.stem if isinstance(each, Path) else each,
)
def test_wrong_programs_report_the_wrong_number(path: Path, code: str) -> None:
    losses = run(path).losses
    if not losses:
        pytest.skip("its reports are not seen by the measurement")
    assert any(report.power and WRONG[code](report.power) for report in losses)


@pytest.mark.parametrize("path", programs("ACC101"), ids=stem)
def test_graphs_that_are_kept_grow_with_the_epoch(path: Path) -> None:
    assert run(path).graphs_grow


@pytest.mark.parametrize(
    ("path", "exponent"),
    [(path, exponent) for code, exponent in (("ACC201", 1), ("ACC202", -1)) for path in programs(code)],
    ids=lambda each: each.stem if isinstance(each, Path) else str(each),
)
def test_gradients_are_off_by_n(path: Path, exponent: int) -> None:
    gradient = run(path).gradient
    if gradient is None:
        pytest.skip("no step was seen by the measurement")
    assert gradient == exponent


def test_enough_programs_run() -> None:
    everything = [path for folder in ("right", *WRONG) for path in programs(folder)]
    assert sum(measured(path) is not None for path in everything) >= len(everything) // 3
