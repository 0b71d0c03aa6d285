"""What happens in a training loop, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum

import libcst as cst

from accumlint.flow.context import Context
from accumlint.flow.value import Number, Place
from accumlint.scale import ONE, Scale


class Kind(Enum):
    DIVIDE = "divide"
    BACKWARD = "backward"
    OPTIMIZER_STEP = "optimizer step"
    ZERO_GRAD = "zero grad"
    SCHEDULER_STEP = "scheduler step"
    CLIP = "clip"
    UNSCALE = "unscale"
    RESET = "reset"


@dataclass(frozen=True, eq=False)
class Event:
    """One event: the node that causes it, where it runs, and the loss it works on."""

    kind: Kind
    node: cst.CSTNode
    context: Context
    order: int
    function: cst.CSTNode
    value: Number | None = None
    """BACKWARD: what is backpropagated, as the caller sees it. DIVIDE: the result. SCHEDULER_STEP: the length of the
    schedule, where it is known."""
    operand: cst.BaseExpression | None = None
    """BACKWARD: the loss expression. DIVIDE: the number that is divided."""
    operand_place: Place | None = None
    by: cst.BaseExpression | None = None
    before: Number | None = None
    """DIVIDE: the number before the division."""
    aliases: tuple[tuple[Place, Number], ...] = ()
    """DIVIDE in place: other places that share the memory, with what they held."""
    framework_divides: Scale = ONE
    """BACKWARD: what the library divides by on its own account."""
    framework_known: bool = True
    """False when that depends on an object built elsewhere."""
    receiver: str = ""
    """The object whose method it is: two optimizers are two windows."""
    virtual: bool = False
    """The library itself skips it inside a window (accelerate's accumulate, DeepSpeed's step)."""
    keeps_graph: bool = False
    """BACKWARD with ``retain_graph=True``: nothing of the graph is freed."""

    @property
    def rate(self) -> Scale:
        return self.context.rate


@dataclass(frozen=True, eq=False)
class Sink:
    """A number that leaves: printed, logged, returned, stored, fed to a meter."""

    node: cst.BaseExpression
    """The expression whose value leaves."""
    call: cst.CSTNode
    """The statement or call through which it leaves."""
    how: str
    """log, return, store, history, checkpoint, meter; leftover: see :mod:`accumlint.flow.leftover`."""
    value: Number
    context: Context
    order: int
    function: cst.CSTNode
    label: str = ""
    """The field's name: a keyword, a dict key, a tag, the text before it in an f-string."""
    counters: tuple[tuple[str, Scale], ...] = ()
    """Names in reach that count something, where a sum leaves."""
    leaf: cst.BaseExpression | None = None
    """The loss inside the expression: ``loss`` in ``loss.item()``."""
    source: Place | None = None
    """Where the leaf lives."""
    alive: tuple[tuple[str, Number], ...] = ()
    """Names in reach that hold another scaling of the loss of one micro-batch that leaves."""

    @property
    def operand(self) -> cst.BaseExpression:
        """The expression whose value leaves, as an addition calls what it adds."""
        return self.node

    @property
    def arms(self) -> tuple[cst.BaseExpression, ...]:
        """Only additions have several operands."""
        return ()


@dataclass(frozen=True, eq=False)
class Test:
    """A guard as it was met: its fraction and, in the first iteration, the counter's value."""

    node: cst.BaseExpression
    context: Context
    fraction: Scale
    modulus: cst.BaseExpression | None
    first: float | None
    remainder: float | None
    tail: bool
    owner: Hashable = None
    counter: Number | None = None
    """What is compared: the index of a loop, or a counter and where it starts."""
