"""The shape of a trace. The fields of these classes are the keys of ``accumlint trace --output-format json``.

Every ``at`` is the place in the source that shows the fact; scales are units as in ``docs/loss-scale.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from accumlint.diagnostic import Span
from accumlint.flow import Verdict
from accumlint.flow.events import Kind
from accumlint.scale import Scale


class Recognition(Enum):
    """By what N was recognised, the strongest evidence first."""

    GUARD = "modulus of the guard around the optimizer step"
    INNER_LOOP = "count of the inner loop that runs backward"
    FRAMEWORK = "argument of the training library"
    LIBRARY = "the training library, which is told elsewhere"
    NAME = "its name only"


class Tail(Enum):
    """What becomes of the last micro-batches when their number is no multiple of N."""

    STEPPED = "stepped, as the guard also holds at the last micro-batch"
    FLUSHED = "stepped behind the loop"
    LIBRARY = "stepped by the library"
    WHOLE = "none, as an inner loop counts whole windows"
    CARRIED = "carried into the next epoch"
    DROPPED = "no step"
    UNKNOWN = "?"


@dataclass(frozen=True)
class Window:
    """N, and the guard that lets the optimizer step once in N micro-batches."""

    at: Span
    name: str
    """N as the program spells it; ``N`` where it does not."""
    recognised: Recognition
    named: bool
    """Its name alone would have suggested it."""
    guard: Span | None
    """The condition around the optimizer step."""
    first_window: str | None
    """How many micro-batches the first optimizer step sees: ``N`` or a number; None where not known."""
    tail: Tail
    tail_at: Span | None
    """The step behind the loop."""


@dataclass(frozen=True)
class Birth:
    """The expression that makes a loss."""

    at: Span
    scale: Scale
    reduction: str | None
    """What the criterion does over the samples: mean, token mean, sum, none; None where that is not known."""


@dataclass(frozen=True)
class Change:
    """A place where the scale of a loss changes."""

    at: Span
    by: str
    """The factor or divisor as the program spells it."""
    before: Scale
    after: Scale
    also: tuple[str, ...]
    """Other names of the same memory, which change with it."""


@dataclass(frozen=True)
class Backward:
    """A place where a loss is backpropagated."""

    at: Span
    scale: Scale
    framework_divides: Scale
    """What the library divides by on its own account."""
    framework_known: bool
    """False where that depends on an object that is built elsewhere."""
    step_scale: Scale
    """What one optimizer step then sees, summed over its window: ℓ is right."""


@dataclass(frozen=True)
class Loss:
    """One loss, from its birth to its backward."""

    name: str
    births: tuple[Birth, ...]
    changes: tuple[Change, ...]
    backwards: tuple[Backward, ...]


@dataclass(frozen=True)
class Increment:
    """A place where a counter grows."""

    at: Span
    by: str
    rate: str


@dataclass(frozen=True)
class Counter:
    """Something that counts, and in which unit."""

    name: str
    scale: Scale
    unit: str
    increments: tuple[Increment, ...]


@dataclass(frozen=True)
class Reset:
    """A place where a metric is set to zero."""

    at: Span
    rate: str


@dataclass(frozen=True)
class Addition:
    """A place where a metric is fed."""

    at: Span
    operand: str
    scale: Scale
    kind: str
    """sum, mean (a meter or a moving average) or item (an element of a list)."""
    rate: str


@dataclass(frozen=True)
class Factor:
    """What a sum is divided by on its way to a report (power -1), or multiplied by (power 1)."""

    at: Span
    expression: str
    scale: Scale
    unit: str
    power: int


@dataclass(frozen=True)
class Report:
    """A place where a number leaves."""

    at: Span
    how: str
    """logged, printed, returned, stored, kept in a list or fed to a meter."""
    label: str
    """What the program calls it there."""
    scale: Scale
    factors: tuple[Factor, ...]
    verdict: Verdict
    arithmetic: str
    """The scale as a sum, divided: ``ℓ/N × m ÷ m = ℓ/N``."""
    why: str
    """Why the verdict is unknown; empty otherwise."""


@dataclass(frozen=True)
class Metric:
    """An accumulator of losses."""

    name: str
    resets: tuple[Reset, ...]
    additions: tuple[Addition, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True)
class Happening:
    """A call that moves the training on: step, zero_grad, scheduler, clip, unscale."""

    at: Span
    kind: Kind
    rate: str


@dataclass(frozen=True)
class LoopTrace:
    """Everything that is believed of one training loop."""

    at: Span
    """The loop's first line."""
    function: str
    """The function around it; empty at module level."""
    around: tuple[Span, ...]
    """The first lines of the loops around it, outermost first."""
    scale: Scale
    """How often it turns."""
    turn: str
    """What one turn is: micro-batch or window."""
    called: bool
    """The loop itself is elsewhere: ``at`` is a function that is called once a turn."""
    window: Window | None
    """None where the optimizer steps at every micro-batch, or no step is in sight."""
    steps: bool
    """An optimizer step is in sight."""
    losses: tuple[Loss, ...]
    counters: tuple[Counter, ...]
    metrics: tuple[Metric, ...]
    reports: tuple[Report, ...]
    """Where the loss of a single micro-batch leaves."""
    events: tuple[Happening, ...]
