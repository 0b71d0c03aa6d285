"""Reads exponents off a program by running it: reported(N) / reported(1) = N^e.

In the flat world a report is loss · N^a · b^c · m^d exactly, and each exponent has a run of its own:
twice and four times the micro-batches per step with the effective batch fixed give e = a − c + d; half the
effective batch at N = 1 gives c; an epoch of twice the length gives d; a is what is left. Another loss shows
which numbers are losses at all, and another GradScaler factor whether that factor is in the number.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import torch

from .program import Program, Run, Site, execute
from .world import Setting

BASE = Setting()
TOLERANCE = 1e-6
TAIL_TOLERANCE = 0.2
"""Sum of L/N over ceil(m/N) windows is a little low when the last window is short, and so is a mean of batch sizes when
the last batch is; both together are less than this, and a factor of N is more."""


@dataclass(frozen=True)
class Power:
    """N^n · b^b · m^m · S^s: what a reported number is, in units of the mean loss."""

    n: int = 0
    b: int = 0
    m: int = 0
    s: int = 0

    @property
    def exponent(self) -> int:
        """How the number grows with N when the data and the effective batch are held fixed."""
        return self.n - self.b + self.m

    @property
    def right(self) -> bool:
        return self == Power()

    def __mul__(self, other: Power) -> Power:
        return Power(self.n + other.n, self.b + other.b, self.m + other.m, self.s + other.s)

    def __truediv__(self, other: Power) -> Power:
        return Power(self.n - other.n, self.b - other.b, self.m - other.m, self.s - other.s)

    def contains(self, other: Power) -> bool:
        """Every exponent of the other lies between zero and the exponent here."""
        pairs = zip(self._all(), other._all(), strict=True)
        return all(min(0, whole) <= part <= max(0, whole) for whole, part in pairs)

    def __str__(self) -> str:
        parts = [f"{name}^{power}" for name, power in zip("NbmS", self._all(), strict=True) if power]
        return "·".join(["ℓ", *parts])

    def _all(self) -> tuple[int, int, int, int]:
        return self.n, self.b, self.m, self.s


@dataclass(frozen=True)
class Report:
    """One number that leaves the program, measured."""

    site: Site
    path: str
    power: Power | None
    """None: not a power law (a perplexity, a loss plus a constant)."""
    at_one: float
    """The number at N = 1 in the flat world."""
    is_loss: bool
    """It moves with the loss; a counter does not."""


@dataclass(frozen=True)
class Measurement:
    reports: tuple[Report, ...]
    gradient: int | None
    """The exponent of the gradient at an optimizer step: 0 right, +1 not divided, -1 divided twice."""
    graphs_grow: bool
    """More graphs are alive at once when the epoch is longer."""

    @property
    def losses(self) -> tuple[Report, ...]:
        """The numbers that move with the loss."""
        return tuple(report for report in self.reports if report.is_loss)

    def losses_in_row(self, row: int) -> list[Report]:
        return [report for report in self.losses if report.site.row == row]


@dataclass(frozen=True)
class _Flat:
    """The runs in the flat world."""

    base: Run
    doubled: Run
    quadrupled: Run
    half_batch: Run
    long: Run
    higher: Run
    scaled: Run


def measure(program: Program, *, tail: bool = False, big_batches: bool = False, epochs: int = 1) -> Measurement:
    """Runs the program in seven settings of the flat world."""
    # A longer epoch makes what a short last window does to a mean small beside a factor of two.
    base = BASE.but(tail=tail, big_batches=big_batches, steps=12 if tail else BASE.steps)
    first = execute(program, base, epochs)
    runs = _Flat(
        base=first,
        doubled=execute(program, base.but(n=2), epochs),
        quadrupled=execute(program, base.but(n=4), epochs),
        half_batch=execute(program, base.but(effective_batch=base.effective_batch // 2), epochs),
        long=execute(program, base.but(steps=2 * base.steps), epochs),
        higher=execute(program, base.but(height=2.0), epochs),
        scaled=execute(program, base.but(loss_scale=2.0), epochs) if "scale" in program.text else first,
    )
    tolerance = TAIL_TOLERANCE if tail else TOLERANCE
    reports = [_report(program, runs, key, tolerance) for key in sorted(runs.base.numbers)]
    return Measurement(
        tuple(reports),
        _gradient_exponent(runs, tolerance),
        runs.long.live_graphs > runs.base.live_graphs,
    )


def typical(values: list[float]) -> float | None:
    """The value reported most often, the latest of several: the last window may be a short one."""
    if not values:
        return None
    latest = {f"{value:.9g}": value for value in values}
    counts = Counter(f"{value:.9g}" for value in values)
    most = max(counts.values())
    return next(latest[text] for text in reversed(latest) if counts[text] == most)


def _typical(run: Run, key: tuple[int, str]) -> float | None:
    return typical(run.numbers.get(key, []))


def _report(program: Program, runs: _Flat, key: tuple[int, str], tolerance: float) -> Report:
    return Report(
        site=program.sites[key[0]],
        path=key[1],
        power=_power(runs, key, tolerance),
        at_one=_typical(runs.base, key) or 0.0,
        is_loss=_is_loss(runs, key),
    )


def _is_loss(runs: _Flat, key: tuple[int, str]) -> bool:
    here, there = _typical(runs.base, key), _typical(runs.higher, key)
    if here is None or there is None or not (math.isfinite(here) and math.isfinite(there)):
        return False
    return abs(here - there) > 1e-9 * abs(here)


def _power(runs: _Flat, key: tuple[int, str], tolerance: float) -> Power | None:
    base = _typical(runs.base, key)

    def exponent(run: Run, ratio: float) -> int | None:
        return _exponent(_typical(run, key), base, ratio, tolerance)

    twice, four_times = exponent(runs.doubled, 2.0), exponent(runs.quadrupled, 4.0)
    b, m, s = exponent(runs.half_batch, 0.5), exponent(runs.long, 2.0), exponent(runs.scaled, 2.0)
    if twice is None or twice != four_times or b is None or m is None or s is None:
        return None
    return Power(n=twice + b - m, b=b, m=m, s=s)


def _exponent(value: float | None, base: float | None, ratio: float, tolerance: float) -> int | None:
    if value is None or base is None or value * base <= 0:
        return None
    exact = math.log(value / base) / math.log(ratio)
    return round(exact) if abs(exact - round(exact)) < tolerance else None


def _gradient_exponent(runs: _Flat, tolerance: float) -> int | None:
    """From the last full step of each run."""
    if not (runs.base.gradients and runs.doubled.gradients and runs.quadrupled.gradients):
        return None
    # The second step is full whatever the guard and the tail; the first may see one micro-batch only.
    base, twice, four_times = (
        float(torch.linalg.vector_norm(run.gradients[min(1, len(run.gradients) - 1)]))
        for run in (runs.base, runs.doubled, runs.quadrupled)
    )
    two = _exponent(twice, base, 2.0, tolerance)
    return two if two == _exponent(four_times, base, 4.0, tolerance) else None
