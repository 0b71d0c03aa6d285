"""A training loop under construction: slots for its lines, unused names, and what is known so far."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .measure import Power

ONE = Power()
N = Power(n=1)
B = Power(b=1)
M = Power(m=1)
S = Power(s=1)

SLOTS = (
    "top",  # functions and classes of the module
    "init",  # once, before the epochs
    "reset",  # at the start of an epoch
    "forward",
    "early",  # after the loss is there, before it is divided
    "divide",
    "backward",
    "late",  # after the backward pass, once per micro-batch
    "called",  # the same, but outside the function that a micro-batch may have of its own
    "boundary",  # when the optimizer has stepped
    "after",  # once per micro-batch, after the step guard
    "end",  # when the epoch is over
)
MICRO_SLOTS = ("forward", "early", "divide", "backward", "late")


@dataclass(frozen=True)
class Line:
    text: str
    track: int | None = None
    """The metric whose line this is."""
    reports: bool = False
    """The metric leaves the program here."""

    def indented(self, levels: int) -> Line:
        return replace(self, text="    " * levels + self.text if self.text else "")


@dataclass(frozen=True)
class Source:
    """A way to get at a loss: raw or divided, now or frozen earlier."""

    label: str
    text: str
    power: Power
    tensor: bool = True
    slot: str = "late"
    """Where it can be added to a metric."""
    before: tuple[tuple[str, str], ...] = ()
    """(slot, line) to put in first."""


@dataclass
class Frame:
    """What surrounds the loop."""

    name: str
    n: str
    """How N is spelled."""
    n_parameter: str | None
    """The name under which N comes in; None for a constant of the script."""
    attributes: bool = False
    """model, optimizer and metrics are attributes of self."""
    split: bool = False
    """The micro-batch is a method or a nested function of its own."""


@dataclass
class Track:
    """One metric and its report, with what it must turn out to be."""

    index: int
    metric: str = ""
    power: Power = ONE
    idioms: list[str] = field(default_factory=list)
    exact: bool = False
    """A mean over exactly one epoch: equal to the reference mean of the same data, not only in scale."""
    reduction_known: bool = True


class Draft:
    """Collects lines; every random decision of a program is drawn from ``random`` here."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.slots: dict[str, list[Line]] = {slot: [] for slot in SLOTS}
        self.returns: list[tuple[str, int]] = []
        self.needs: dict[str, str] = {}
        self.imports: set[str] = set()
        self.idioms: list[str] = []
        self.track: Track | None = None
        self.places: set[str] = set()
        self.counters: dict[tuple[str, str], str] = {}
        self.used: set[str] = set()
        self.sources: list[Source] = []
        self.gradient = 0
        self.progress: str | None = None
        self.returned_name = ""
        self.frame: Frame
        self.shape: Shape
        self.tail = False
        self.epochs = False
        self.reduction_known = True

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def fresh(self, *options: str) -> str:
        """A name that nothing else in the program has."""
        free = [name for name in options if name not in self.used]
        name = self.random.choice(free) if free else f"{self.random.choice(options)}_{len(self.used)}"
        self.used.add(name)
        return name

    def put(self, slot: str, *texts: str, reports: bool = False) -> None:
        owner = self.track.index if self.track else None
        self.slots[slot].extend(Line(text, owner, reports) for text in texts)

    def say(self, idiom: str) -> None:
        (self.track.idioms if self.track else self.idioms).append(idiom)

    def need(self, kind: str, *spellings: str) -> str:
        """A thing from outside (``model``, ``optimizer``), spelled as this program spells it."""
        if kind not in self.needs:
            self.needs[kind] = self.fresh(*spellings)
        name = self.needs[kind]
        return f"self.{name}" if self.frame.attributes and kind != "loader" else name

    def own(self, name: str) -> str:
        """A variable of the program: an attribute where only attributes reach every method."""
        return f"self.{name}" if self.frame.attributes and self.frame.split else name

    def counter(self, kind: str, scope: str) -> str:
        """``batches``, ``updates`` or ``samples``: counted per micro-batch, per step, per sample."""
        key = (kind, scope)
        if key not in self.counters:
            self.counters[key] = self._new_counter(kind, scope)
        return self.counters[key]

    def _new_counter(self, kind: str, scope: str) -> str:
        owner, self.track = self.track, None
        names = {
            "batches": ("num_batches", "n_batches", "batch_count", "train_batches", "seen", "n_iter"),
            "updates": ("optimizer_steps", "global_step", "n_updates", "num_updates", "step_count"),
            "samples": ("n_samples", "num_examples", "total_samples", "n_seen", "sample_count"),
        }[kind]
        name = self.own(self.fresh(*names))
        self.put(scope, f"{name} = 0")
        self.places.add(name)
        size = self.pick("x.size(0)", "x.shape[0]", "len(x)", "y.size(0)") if kind == "samples" else "1"
        self.put("boundary" if kind == "updates" else "late", f"{name} += {size}")
        self.track = owner
        return name


@dataclass(frozen=True)
class Shape:
    """How the loop runs over micro-batches and knows when to step."""

    name: str
    iterations: str
    """The micro-batches of an epoch, as an expression with {loader} and {n}."""
    windows: str
    count: str | None = None
    """Micro-batches seen so far, readable after the add."""
    inner: bool = False
    """The micro-batches of a window have a loop of their own."""
    big_batches: bool = False
    frameworks: Sequence[str] = ()
    even: bool = True
    """Every window has N micro-batches (the zero-based guard begins with one of a single one)."""
