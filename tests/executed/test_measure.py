"""The harness measures what is known beforehand: the textbook accountings, counters, scalers, gradients."""

from __future__ import annotations

import pytest

from .measure import Power, measure, typical
from .program import execute, prepare
from .reference import train
from .world import Setting, UnrunnableError

pytestmark = pytest.mark.torch

LOOP = """
def train(model, loader, criterion, optimizer, accum_steps):
    total, steps, samples = 0.0, 0, 0
    for i, (x, y) in enumerate(loader):
        raw = criterion(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        total += {added}
        samples += x.size(0)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return {reported}
"""


def power_of(added: str, reported: str) -> Power | None:
    program = prepare(LOOP.format(added=added, reported=reported), "train")
    (report,) = measure(program).losses
    return report.power


@pytest.mark.parametrize(
    ("added", "reported", "power"),
    [
        ("raw.item()", "total / len(loader)", Power()),
        ("raw.item()", "total / steps", Power(n=1)),
        ("loss.item()", "total / len(loader)", Power(n=-1)),
        ("loss.item()", "total / steps", Power()),
        ("raw.item()", "total", Power(m=1)),
        ("loss.item()", "total", Power(n=-1, m=1)),
        ("raw.item()", "total / samples", Power(b=-1)),
        ("raw.item() * len(x)", "total / samples", Power()),
        ("raw.item() * len(x)", "total / len(loader)", Power(b=1)),
        ("raw.item() * accum_steps", "total / steps", Power(n=2)),
    ],
)
def test_the_exponents_of_the_textbook_accountings(added: str, reported: str, power: Power) -> None:
    assert power_of(added, reported) == power


def test_e_is_what_is_left_when_data_and_effective_batch_are_fixed() -> None:
    assert Power(m=1).exponent == 1  # an undivided total of raw losses grows with N
    assert Power(n=-1, m=1).exponent == 0  # of divided losses it does not
    assert Power(b=-1).exponent == 1


def test_a_number_without_the_loss_in_it_is_no_report() -> None:
    program = prepare(LOOP.format(added="raw.item()", reported="steps, samples, total / steps"), "train")
    assert [report.site.expression for report in measure(program).losses] == ["total / steps"]


def test_counters_are_measured_too() -> None:
    program = prepare(LOOP.format(added="raw.item()", reported="steps, samples, len(loader)"), "train")
    powers = {report.site.expression: report.power for report in measure(program).reports}
    assert powers == {"steps": Power(n=-1, m=1), "samples": Power(b=1, m=1), "len(loader)": Power(m=1)}


def test_what_is_no_power_law_has_no_exponents() -> None:
    assert power_of("raw.item()", "2.0 ** (total / steps)") is None
    assert power_of("raw.item()", "total / steps + total") is None


def test_the_scaled_loss_of_amp_is_seen_by_the_factor_of_the_scaler() -> None:
    text = LOOP.replace("loss.backward()", "scaled = scaler.scale(loss); scaled.backward()")
    program = prepare(text.format(added="scaled.item()", reported="total / steps"))
    assert program.free_names == {"scaler"}
    program = prepare(text.format(added="scaled.item()", reported="total / steps"), "train")
    assert measure(program).losses[0].power == Power(s=1)


@pytest.mark.parametrize(
    ("division", "exponent"), [(" / accum_steps", 0), ("", 1), (" / accum_steps / accum_steps", -1)]
)
def test_the_exponent_of_the_gradient(division: str, exponent: int) -> None:
    text = LOOP.replace(" / accum_steps\n", division + "\n")
    program = prepare(text.format(added="raw.item()", reported="total / len(loader)"), "train")
    assert measure(program).gradient == exponent


def test_a_metric_that_keeps_its_graphs_is_seen() -> None:
    def grows(added: str) -> bool:
        return measure(prepare(LOOP.format(added=added, reported="total / steps"), "train")).graphs_grow

    assert grows("raw")
    assert not grows("raw.detach()")


def test_the_window_reported_most_often_is_the_typical_one() -> None:
    assert typical([4.0, 4.0, 1.0]) == 4.0
    assert typical([1.0, 2.0, 3.0]) == 3.0
    assert typical([]) is None


@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_the_reference_trains_as_autograd_does(n: int) -> None:
    setting = Setting(n=n, flat=False)
    program = prepare(LOOP.format(added="raw.item()", reported="total / len(loader)"), "train")
    run, reference = execute(program, setting), train(setting)
    (reported,) = run.numbers.values()
    assert reported == pytest.approx([reference.mean_loss], rel=1e-12)
    assert run.weights.numpy() == pytest.approx(reference.weights, rel=1e-12)
    assert len(run.gradients) == len(reference.gradients) == setting.steps


def test_a_program_that_asks_for_more_than_there_is_says_so() -> None:
    with pytest.raises(UnrunnableError, match="bank_account"):
        execute(prepare("print(bank_account)"), Setting())
    with pytest.raises(UnrunnableError, match="no_such_library"):
        execute(prepare("import no_such_library"), Setting())
