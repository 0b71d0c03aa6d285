"""The rules' own examples are run: INVALID is wrong by its factor, fixed is right, VALID is right."""

from __future__ import annotations

from typing import Any

import pytest

from accumlint.registry import discover

from .linter import power_of
from .measure import Measurement, measure
from .program import prepare
from .verdict import is_right
from .world import UnrunnableError

pytestmark = pytest.mark.torch

ABOUT_THE_NUMBER = ("ACC001", "ACC002", "ACC003", "ACC004", "ACC005", "ACC006", "ACC008")
ABOUT_THE_GRADIENT = {"ACC201": 1, "ACC202": -1, "ACC203": -1}
"""How the gradient depends on N in the INVALID examples."""
UNDECIDABLE = ("may sum",)
"""VALID because nobody can know: here the criterion does not sum."""
CHANGES_THE_NUMBER = "ACC006"
NOT_RUNNABLE = (UnrunnableError, TypeError)


def examples(kind: str, codes: tuple[str, ...]) -> list[Any]:
    """(rule, example) of the chosen rules, ``kind`` being VALID or INVALID."""
    return [
        pytest.param(rule, example, id=f"{rule.code}-{number}")
        for rule in discover()
        if rule.code in codes
        for number, example in enumerate(getattr(rule, kind))
    ]


def run(text: str) -> Measurement:
    try:
        return measure(prepare(text, "guess"))
    except NOT_RUNNABLE as error:
        pytest.skip(f"not runnable: {error}")


@pytest.mark.parametrize(("rule", "example"), examples("INVALID", ABOUT_THE_NUMBER))
def test_an_invalid_example_is_wrong_by_its_factor(rule: Any, example: Any) -> None:
    powers = [report.power for report in run(example.code).losses]
    if rule.code == "ACC002":  # on two scales, yet right
        assert all(power is not None and is_right(power) for power in powers)
        return
    wrong = [power for power in powers if power is not None and not is_right(power)]
    assert wrong
    if example.factor is not None:
        claimed = power_of(example.factor)
        measured = {(power.exponent, power.b, power.s) for power in wrong}
        assert measured == {(claimed.exponent, claimed.b, claimed.s)}


@pytest.mark.parametrize(("rule", "example"), examples("INVALID", ABOUT_THE_NUMBER))
def test_a_fixed_example_is_right_and_trains_the_same(rule: Any, example: Any) -> None:
    if example.fixed is None:
        pytest.skip("no fix")
    before, after = run(example.code), run(example.fixed)
    assert after.gradient == before.gradient
    assert len(after.losses) == len(before.losses) > 0
    for old, new in zip(before.losses, after.losses, strict=True):
        assert new.power is not None
        assert is_right(new.power)
        if rule.code != CHANGES_THE_NUMBER:
            assert new.at_one == pytest.approx(old.at_one, rel=1e-12)


@pytest.mark.parametrize(("rule", "example"), examples("VALID", ABOUT_THE_NUMBER))
def test_a_valid_example_is_right(rule: Any, example: Any) -> None:
    if any(words in example.why for words in UNDECIDABLE):
        pytest.skip("valid because it cannot be known")
    wrong = [report for report in run(example.code).losses if not (report.power and is_right(report.power))]
    assert wrong == []


@pytest.mark.parametrize(("rule", "example"), examples("INVALID", ("ACC101",)))
def test_graphs_pile_up_until_the_fix(rule: Any, example: Any) -> None:
    assert run(example.code).graphs_grow
    assert example.fixed is None or not run(example.fixed).graphs_grow


@pytest.mark.parametrize(("rule", "example"), examples("VALID", ("ACC101",)))
def test_no_graph_is_kept(rule: Any, example: Any) -> None:
    assert not run(example.code).graphs_grow


@pytest.mark.parametrize(("rule", "example"), examples("INVALID", tuple(ABOUT_THE_GRADIENT)))
def test_the_gradient_is_wrong_until_the_fix(rule: Any, example: Any) -> None:
    assert run(example.code).gradient == ABOUT_THE_GRADIENT[rule.code]
    assert example.fixed is None or run(example.fixed).gradient == 0


@pytest.mark.parametrize(("rule", "example"), examples("VALID", tuple(ABOUT_THE_GRADIENT)))
def test_the_gradient_of_a_valid_example_is_right(rule: Any, example: Any) -> None:
    assert run(example.code).gradient == 0
