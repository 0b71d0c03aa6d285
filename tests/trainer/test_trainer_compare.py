"""The four textbook accountings are off by exactly what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_trainer import compare, picture

pytestmark = pytest.mark.torch
EXPONENT = {"raw_optimizer_steps": 1, "divided_micro_batches": -1}


@pytest.fixture(scope="module")
def runs() -> list[compare.Run]:
    return [compare.run(accumulation_steps, epochs=1) for accumulation_steps in compare.ACCUMULATION_STEPS]


@pytest.mark.parametrize("accounting", compare.ACCOUNTINGS, ids=str)
def test_the_factor_is_a_power_of_n(accounting: compare.Accounting, runs: list[compare.Run]) -> None:
    exponent = EXPONENT.get(f"{accounting.summed}_{accounting.divisor}", 0)
    for run in runs:
        (reported,) = run.reported(accounting)
        assert reported / run.train[0] == pytest.approx(run.accumulation_steps**exponent, rel=1e-4)


def test_n_changes_neither_train_nor_validation_loss(runs: list[compare.Run]) -> None:
    for run in runs[1:]:
        assert run.train == pytest.approx(runs[0].train, rel=1e-4)
        assert run.valid == pytest.approx(runs[0].valid, rel=1e-3)


def test_the_table_shows_the_factors(runs: list[compare.Run]) -> None:
    lines = {line[:32].strip(): line[32:] for line in compare.table(runs).splitlines()}
    assert [cell.split()[0] for cell in lines["raw loss ÷ optimizer steps"].split("×")[1:]] == ["1", "2", "4"]
    assert [cell.split()[0] for cell in lines["divided loss ÷ micro-batches"].split("×")[1:]] == [
        "1", "0.5", "0.25",
    ]  # fmt: skip
    assert f"{runs[0].valid[0]:.4f}" in lines["validation loss"]


def test_the_picture_says_which_are_right(runs: list[compare.Run], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture.draw(runs, tmp_path / "compare.svg")
    svg = (tmp_path / "compare.svg").read_text(encoding="utf-8")
    assert svg.count("right: the same number for every N") == 2
    assert "N times too high" in svg
    assert "N times too low" in svg
