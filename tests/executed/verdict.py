"""Sets what accumlint says of a program beside what the program does.

A *disagreement* is a statement of the linter that a run refutes: an error on a number that is right, a factor
that is not the measured one, a fix after which the training is another, or the number is wrong and nobody says
so. A *miss* is a wrong number of which the linter says nothing; the linter may stay silent, but only rarely.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from .generate import Expected, Generated
from .linter import Finding, power_of
from .measure import Measurement, Power, Report, measure
from .program import Program, Run, execute, prepare
from .reference import train
from .world import Setting

ACCURACY = 1e-9
SINGLE_PRECISION = 1e-6
"""For programs that sum with ``.float()``."""


@dataclass(frozen=True)
class Judged:
    """One program with everything that was found out about it."""

    program: Generated
    findings: tuple[Finding, ...]
    disagreements: tuple[str, ...]
    missed: tuple[tuple[str, ...], ...]
    """For each wrong number without a finding: its idioms."""
    missed_rows: tuple[int, ...]
    """Where each of them is reported."""
    doubts: tuple[str, ...]
    """Warnings on right numbers, other than ACC002, which is meant for them."""
    wrong: int
    proved: int
    """Wrong numbers with a finding of the measured factor."""
    fixed: int
    """Of these, how many were repaired by a safe fix."""
    fixed_text: str | None = None


@dataclass
class _Notes:
    disagreements: list[str] = field(default_factory=list)
    missed: list[tuple[str, ...]] = field(default_factory=list)
    missed_rows: list[int] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    wrong: int = 0
    proved: int = 0
    fixed: int = 0


def is_right(power: Power) -> bool:
    """It depends neither on N nor on the batch size nor on the factor of a GradScaler.

    A total over the epoch of divided losses passes: for every N it is the same number.
    """
    return power.exponent == 0 and power.b == 0 and power.s == 0


def judge(program: Generated, findings: Sequence[Finding], fixed_text: str, left: Sequence[Finding] = ()) -> Judged:
    """Runs the program, and its repaired copy where there is one, and compares; ``left`` are the copy's findings."""
    notes = _Notes()
    runnable = program.program()
    measurement = measured(program, runnable)
    owners = [owners_of(program, finding) for finding in findings]
    for index, metric in enumerate(program.metrics):
        mine = [finding for finding, owner in zip(findings, owners, strict=True) if index in owner]
        if not _is_of_the_tail(program, report_of(metric, measurement)):
            _judge_metric(notes, metric, measurement, [finding for finding in mine if finding.about_the_number])
    for finding, owner in zip(findings, owners, strict=True):
        if not owner or not finding.about_the_number:
            _judge_rest(notes, program, measurement, finding)
    if fixed_text != program.text:
        notes.disagreements += _judge_fix(notes, program, runnable, measurement, findings, owners, fixed_text, left)
    return Judged(
        program, tuple(findings), tuple(notes.disagreements), tuple(notes.missed), tuple(notes.missed_rows),
        tuple(notes.doubts),
        notes.wrong, notes.proved, notes.fixed, fixed_text if fixed_text != program.text else None,
    )  # fmt: skip


def _is_of_the_tail(program: Generated, report: Report) -> bool:
    """The number shows the last window alone, which is shorter and divided by its own size: no power of N."""
    return report.power is None and program.tail and "division:tail-sized" in program.idioms


def measured(program: Generated, runnable: Program) -> Measurement:
    return measure(runnable, tail=program.tail, big_batches=program.big_batches, epochs=program.epochs)


def report_of(metric: Expected, measurement: Measurement) -> Report:
    return measurement.losses_in_row(metric.report_row)[metric.report_position]


def owners_of(program: Generated, finding: Finding) -> frozenset[int]:
    """The metrics a finding speaks of: by its line, else by the metric's name and by its labels."""
    metrics = list(enumerate(program.metrics))
    named = frozenset(index for index, metric in metrics if finding.metric == metric.track.metric)
    labelled = frozenset(index for index, metric in metrics if finding.label_rows & metric.rows)
    return frozenset(index for index, metric in metrics if finding.row in metric.rows) or named | labelled


# The number


def _judge_metric(notes: _Notes, metric: Expected, measurement: Measurement, findings: Sequence[Finding]) -> None:
    power = report_of(metric, measurement).power
    name = metric.track.metric
    if power is None:
        notes.disagreements.append(f"{name}: no power law was measured (the harness is at fault)")
        return
    errors = [finding for finding in findings if finding.proved and _claims(finding, metric)]
    if is_right(power):
        notes.disagreements += [f"{name} is right ({power}), but {finding}" for finding in errors]
        warnings = [f for f in findings if not f.proved and f.code != "ACC002"]
        notes.doubts += [f"{name} is right ({power}), but {finding}" for finding in warnings]
        return
    notes.wrong += 1
    if not findings:
        notes.missed.append((*metric.track.idioms, f"measured:{power}"))
        notes.missed_rows.append(metric.report_row)
        return
    refuted = [finding for finding in errors if not _agrees(finding, power)]
    notes.disagreements += [f"{name} is {power}, but {finding}" for finding in refuted]
    notes.proved += bool(errors) and not refuted


def _claims(finding: Finding, metric: Expected) -> bool:
    """It says by how much this very number is off, and does not only point at it beside another one.

    Without a metric it speaks of numbers of one micro-batch, where they are reported.
    """
    shown = finding.metric is None and metric.report_row in finding.label_rows
    return shown or finding.row in metric.rows or finding.metric == metric.track.metric


def _agrees(finding: Finding, power: Power) -> bool:
    """The same dependence on N with data and effective batch fixed, and on the batch size."""
    if finding.factor is None:
        return True
    claimed = power_of(finding.factor)
    return (claimed.exponent, claimed.b) == (power.exponent, power.b)


# The gradient, the memory, and statements about no metric in particular


def _judge_rest(notes: _Notes, program: Generated, measurement: Measurement, finding: Finding) -> None:
    if not finding.proved:
        return
    truth = {
        "ACC101": measurement.graphs_grow,
        "ACC201": measurement.gradient == 1,
        "ACC202": measurement.gradient == -1,
    }
    if finding.code in truth:
        if not truth[finding.code]:
            notes.disagreements.append(f"refuted by the run: {finding}")
        return
    if finding.about_the_number and _some_metric_has(program, measurement, finding):
        return
    notes.disagreements.append(f"true of no metric: {finding}")


def _some_metric_has(program: Generated, measurement: Measurement, finding: Finding) -> bool:
    powers = [report_of(metric, measurement).power for metric in program.metrics]
    return any(power is not None and not is_right(power) and _agrees(finding, power) for power in powers)


# The repaired program


def _judge_fix(
    notes: _Notes,
    program: Generated,
    runnable: Program,
    before: Measurement,
    findings: Sequence[Finding],
    owners: Sequence[frozenset[int]],
    fixed_text: str,
    left: Sequence[Finding],
) -> Iterator[str]:
    repaired = prepare(fixed_text, program.entry)
    after = measured(program, repaired)
    sites = {(report.site.index, report.path): report for report in after.losses}
    runs = [(n, _real(program, runnable, n), _real(program, repaired, n)) for n in (1, 2, 4)]
    for n, old, new in runs:
        if not _same_training(old, new):
            yield f"the fix changes the training at N = {n}"
    for index, metric in enumerate(program.metrics):
        report = report_of(metric, before)
        key = (report.site.index, report.path)
        said = [finding for finding, owner in zip(findings, owners, strict=True) if index in owner]
        mine = [finding for finding in said if finding.fix == "safe"]
        changes_one = any(finding.code == "ACC006" for finding in said)
        name = metric.track.metric
        if key not in sites:
            yield f"{name} is no longer reported after the fix"
            continue
        if _is_of_the_tail(program, report):
            continue
        if sites[key].power is None:
            yield f"after the fix {name} mixes scales: no power of N any more"
            continue
        power = sites[key].power
        assert power is not None and report.power is not None
        if not changes_one and not _close(program, sites[key].at_one, report.at_one):
            yield f"the fix changes {name} at N = 1 from {report.at_one} to {sites[key].at_one}"
        if is_right(report.power) and not is_right(power):
            yield f"the fix makes {name} wrong: {report.power} becomes {power}"
        still = [finding for finding in left if _speaks_of(finding, name, sites[key])]
        better = report.power.contains(power) and power != report.power and any(_agrees(each, power) for each in still)
        if mine and not better and not is_right(power) and not is_right(report.power):
            yield f"after the fix {name} is still wrong: {report.power} becomes {power}"
        if mine and is_right(power) and not is_right(report.power):
            notes.fixed += 1
        if not said and power != report.power:  # a finding without a fix may get one by another's fix
            yield f"the fix changes {name}, of which nothing was said: {report.power} becomes {power}"
        yield from _off_the_reference(program, metric, key, power, runs)


def _speaks_of(finding: Finding, metric: str, report: Report) -> bool:
    """A finding in the repaired copy says by how much this very number is off."""
    shown = finding.metric is None and report.site.row in {finding.row, *finding.label_rows}
    return finding.proved and finding.factor is not None and (shown or finding.metric == metric)


def _off_the_reference(
    program: Generated,
    metric: Expected,
    key: tuple[int, str],
    power: Power,
    runs: Sequence[tuple[int, Run, Run]],
) -> Iterator[str]:
    """The mean of an epoch is compared with the mean that the reference training has on the same data."""
    if not (program.reference and metric.track.exact and power.right):
        return
    expected = train(Setting(flat=False), program.epochs).mean_loss
    for n, _, run in runs:
        if not _close(program, run.numbers[key][-1], expected):
            yield f"{metric.track.metric} is {run.numbers[key][-1]} at N = {n}, the reference {expected}"


def _close(program: Generated, here: float, there: float) -> bool:
    accuracy = SINGLE_PRECISION if ".float()" in program.text else ACCURACY
    return bool(np.isclose(here, there, rtol=accuracy, atol=0.0))


def _same_training(old: Run, new: Run) -> bool:
    if len(old.gradients) != len(new.gradients):
        return False
    pairs = zip([*old.gradients, old.weights], [*new.gradients, new.weights], strict=True)
    return all(bool((here == there).all()) for here, there in pairs)


def _real(program: Generated, runnable: Program, n: int) -> Run:
    setting = Setting(n=n, flat=False, tail=program.tail, big_batches=program.big_batches)
    return execute(runnable, setting, program.epochs)
