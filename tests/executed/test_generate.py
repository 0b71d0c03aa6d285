"""Generated programs report what the generator says: its algebra is checked by running every program."""

from __future__ import annotations

import pytest

from .generate import Generated, generate
from .program import Run, execute
from .reference import train
from .verdict import measured, report_of
from .world import Setting

pytestmark = pytest.mark.torch

SEEDS = range(300)
CHUNK = 25


@pytest.mark.parametrize("first", SEEDS[::CHUNK])
def test_every_report_is_what_the_idioms_come_to(first: int) -> None:
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        measurement = measured(program, program.program())
        assert measurement.gradient == program.gradient, program.text
        assert not measurement.graphs_grow, program.text
        for metric in program.metrics:
            power = report_of(metric, measurement).power
            assert power == metric.track.power, f"{metric.track.metric} in seed {seed}\n{program.text}"


@pytest.mark.parametrize("first", SEEDS[::CHUNK])
def test_the_same_training_for_every_n(first: int) -> None:
    """With real data: equal gradients and weights, and means over an epoch that differ by N^e exactly."""
    for seed in range(first, first + CHUNK):
        program = generate(seed)
        if program.invariant:
            one, *others = [run_of(program, n) for n in (1, 2, 4)]
            for n, run in zip((2, 4), others, strict=True):
                assert len(run.gradients) == len(one.gradients)
                for here, there in zip(run.gradients, one.gradients, strict=True):
                    assert here.numpy() == pytest.approx(there.numpy(), rel=1e-9, abs=1e-12), program.text
                compare_epoch_means(program, n, one, run)


def run_of(program: Generated, n: int) -> Run:
    setting = Setting(n=n, flat=False, big_batches=program.big_batches)
    return execute(program.program(), setting, program.epochs)


def compare_epoch_means(program: Generated, n: int, one: Run, run: Run) -> None:
    measurement = measured(program, program.program())
    reference = train(Setting(flat=False), program.epochs).mean_loss
    accuracy = 1e-6 if ".float()" in program.text else 1e-9
    for metric in program.metrics:
        if not metric.track.exact:
            continue
        report = report_of(metric, measurement)
        key = (report.site.index, report.path)
        expected = one.numbers[key][-1] * float(n) ** metric.track.power.exponent
        assert run.numbers[key][-1] == pytest.approx(expected, rel=accuracy), program.text
        if program.reference and metric.track.power.right:
            assert run.numbers[key][-1] == pytest.approx(reference, rel=accuracy), program.text


def test_a_seed_is_a_program_for_ever() -> None:
    assert generate(11) == generate(11)
    assert len({generate(seed).text for seed in range(50)}) == 50


def test_right_and_wrong_reports_of_every_kind_occur() -> None:
    exponents = [metric.track.power.exponent for seed in range(300) for metric in generate(seed).metrics]
    assert {-1, 0, 1} <= set(exponents)
    assert 0.4 < sum(exponent == 0 for exponent in exponents) / len(exponents) < 0.75
