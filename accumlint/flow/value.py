"""What a place can hold, as far as loss accounting goes.

Values are frozen. Mutable things (lists, dicts, meters, instances) are a :class:`Ref` to a location whose
parts are places of their own in the state, so that aliases and arguments see what is done to them.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.context import Context, relative_rate
from accumlint.scale import ONE, UNKNOWN, Scale, join

if TYPE_CHECKING:
    from accumlint.flow.program import Program
    from accumlint.frameworks import Role

Place = tuple[Hashable, str]
"""An owner (a function's frame or a location) and a name, attribute or constant key of it."""


@dataclass(frozen=True, slots=True)
class Birth:
    """The expression that made a value; two births are one when their keys are."""

    key: Hashable
    node: cst.CSTNode = field(compare=False)


Way = tuple[cst.BaseExpression, bool]
"""A condition, and whether it holds."""


@dataclass(frozen=True, slots=True)
class Division:
    """A factor applied to a loss: ``raw / N``, ``raw * (1 / N)``, ``loss *= N`` …"""

    node: cst.CSTNode
    operand: cst.BaseExpression
    """The number that was divided."""
    by: cst.BaseExpression | None
    """The expression that divided it, and of a product the factor that is N; None where a library did."""
    scale: Scale
    """What the result's scale was multiplied with, for example 1/N."""
    place: Place | None = None
    """Where the divided number lived."""
    varies: bool = False
    """The divisor is the size of this window, which differs in a tail."""
    in_place: bool = False
    function: cst.CSTNode | None = None
    """Where it happened: elsewhere its names may mean something else."""
    lasts: bool = True
    """After the loop ``by`` still says what divided in it."""
    inverse: bool = False
    """It was not divided by ``by`` but multiplied with it: the reciprocal of N, or N itself."""
    only: Way | None = None
    """The condition that it was made under, where the number is the undivided one otherwise, and whether it held."""


@dataclass(frozen=True, slots=True)
class Number:
    """A tensor or a number: a loss, a counter, an accumulation count, a constant."""

    scale: Scale = UNKNOWN
    births: frozenset[Birth] = frozenset()
    history: bool = False
    """It carries autograd history."""
    origin: Hashable = None
    """Numbers of one origin are one number, up to divisions by N: ``raw``, ``raw / N``, ``raw.item()``."""
    storage: Hashable = None
    """Tensors that share memory share this; None for Python numbers and fresh tensors."""
    divisions: tuple[Division, ...] = ()
    adds: tuple[Add, ...] = ()
    """The additions to an accumulator that this number sums or averages."""
    divisors: tuple[Divisor, ...] = ()
    """What a sum was divided by on its way to here."""
    metric: Place | None = None
    const: float | None = None
    """The value in the first iteration, where it is known."""
    reduction: str | None = None
    """mean, token mean (some tokens are ignored), sum or none, where the criterion is known."""
    varies: bool = False
    certain: bool = True
    """False when an unknown factor was left out of the scale."""
    frozen: bool = False
    """A Python number, taken out of the tensor with item() or float()."""
    starts: Context | None = None
    """For a sum: where it was last set to zero."""
    length_of: Hashable = None
    """It is the number of samples in this batch."""
    optional: bool = False
    """On another path it is None."""
    slots: Scale | None = None
    """Of an array of zeros: how many there are, where that is known."""
    several: bool = False
    """A sum that stands for others, too, of which little may be known: what divides it divides them."""
    unlike: bool = False
    """It stands for others, too, and not all of them are such a loss: an accuracy, say."""
    remainder: Remainder | None = None


@dataclass(frozen=True, slots=True)
class Remainder:
    """What a number was left over of: ``filled = (filled + 1) % N``, and ``if filled == 0`` later."""

    counter: Number
    modulus: cst.BaseExpression
    context: Context
    function: Hashable
    """Where the modulus means what it says."""


@dataclass(frozen=True, slots=True)
class Divisor:
    """The expression a sum was divided (power -1) or multiplied (power 1) by, and its dimension."""

    node: cst.BaseExpression
    scale: Scale
    power: int
    quotient: cst.BaseExpression
    """The whole quotient or product."""
    metric: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Add:
    """One addition to an accumulator: ``s += x``, ``lst.append(x)``, ``meter.update(x)``."""

    metric: Place
    statement: cst.CSTNode
    operand: cst.BaseExpression
    """The whole expression that is added."""
    value: Number
    context: Context
    order: int
    source: Place | None = None
    """Where the added number lives, when it is a plain name, attribute or entry."""
    arms: tuple[cst.BaseExpression, ...] = ()
    """Other operands of the same addition: ``x if s is None else s + x``."""
    leaf: cst.BaseExpression | None = None
    """The loss inside the operand: ``raw_loss`` in ``raw_loss.detach().item()``."""
    alive: tuple[tuple[str, Number], ...] = ()
    """Names in reach that hold another scaling of the same loss."""
    kind: str = "sum"
    """sum, mean (a meter or moving average) or item (an element of a list)."""
    share: Scale = ONE
    """``s[epoch] += x`` adds to one of so many cells."""
    target: cst.BaseExpression | None = None
    """The accumulator as it is spelled here."""
    function: cst.CSTNode | None = None
    starts: Context | None = None
    """Where the accumulator was last set; None where that cannot be said."""
    batch: tuple[str, ...] = ()
    """Names here that hold a part of the micro-batch: its first dimension is the batch size."""

    def _identity(self) -> tuple[object, ...]:
        return (self.metric, id(self.statement), self.value.scale, self.context)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Add) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.metric, id(self.statement)))


@dataclass(frozen=True, slots=True)
class Accumulated:
    """What a place holds that is added to: everything added since it was last set."""

    metric: Place
    base: Number
    adds: tuple[Add, ...]
    starts: Context | None
    """None when it is reset in several places that cannot be ordered."""
    limit: Scale | None = None
    """A deque keeps only so many elements."""

    def total(self) -> Number:
        """The sum as a number: every addition times how often it runs per life of the accumulator."""
        if self.starts is None or (self.base.births and not self.base.scale.known and self._is_list):
            return self._number(UNKNOWN)
        rates = [self.limit or relative_rate(add.context, self.starts) / add.share for add in self.adds]
        scales = [add.value.scale * rate for add, rate in zip(self.adds, rates, strict=True)]
        if self.base.births and self.base.scale.known:  # a loss; what is no loss is a term of it, such as a penalty
            terms = [scale for add, scale in zip(self.adds, scales, strict=True) if add.value.births]
            scales = [*terms, self.base.scale]
        return self._number(join(*scales) if scales else self.base.scale)

    @property
    def _is_list(self) -> bool:
        return any(add.kind == "item" for add in self.adds)

    def _number(self, scale: Scale) -> Number:
        values = [add.value for add in self.adds]
        first = self.adds[0].value if self.adds else self.base
        const = self.base.const
        return Number(
            scale=scale,
            births=frozenset().union(self.base.births, *(v.births for v in values)),
            history=self.base.history or any(v.history for v in values),
            divisions=first.divisions,
            adds=self.adds,
            metric=self.metric,
            const=const,
            reduction=first.reduction if all(v.reduction == first.reduction for v in values) else None,
            varies=any(v.varies for v in values),
            certain=all(v.certain for v in values),
            starts=self.starts,
            storage=self.base.storage,
        )


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something the text does not define: a parameter, a configuration entry, what a library call returns."""

    birth: Birth
    path: str = ""
    """How the program spells it, ``args.accum``; empty for results of calls."""
    history: bool = True
    reduction: str | None = None
    """mean, sum or none, where the criterion is known."""
    computed: bool = False
    """It comes out of a call or a batch, not out of a configuration."""
    element: bool = False
    """It is (part of) a micro-batch: its first dimension is the batch size."""
    optional: bool = False
    """On another path it is None."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A mutable thing: its parts are places owned by ``key``."""

    key: Hashable
    kind: str
    """list, deque, dict, instance, meter or library."""
    role: Role | None = None
    class_: cst.ClassDef | None = None
    call: cst.Call | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """Several values in order: a tuple, or a list or dict display where it is written."""

    values: tuple[Value, ...]
    nodes: tuple[cst.BaseExpression, ...] = ()
    keys: tuple[str, ...] = ()
    history: bool = False


@dataclass(frozen=True, slots=True)
class Iterable:
    """What a loop runs over: how often, and the samples in each element."""

    count: Scale
    text: str = ""
    start: float | None = None
    """For enumerate and range: the index of the first iteration."""
    inner: Value | None = None
    index: bool = False
    window: bool = False
    bound: cst.BaseExpression | None = field(default=None, compare=False)
    """What a range counts to."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition with a known fraction of truth: ``(i + 1) % N == 0``."""

    fraction: Scale
    modulus: cst.BaseExpression | None = None
    node: cst.CSTNode | None = None
    first: float | None = None
    """The counter's value in the first iteration."""
    counter: Number | None = None
    remainder: float | None = None
    negated: bool = False
    tail: bool = False
    """It also holds at the last micro-batch."""
    always: bool | None = None
    """Decided: ``N > 1``."""
    setting: bool = False
    """Decided by a setting that is taken for on, ``args.accumulate``: where it is off, N is 1."""
    counts_up: bool = False
    """``counter == N``, true once in N if the branch sets the counter back."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class of the scanned text, bound to an instance and to the frame it closes over."""

    node: cst.FunctionDef | cst.ClassDef | cst.Lambda
    owner: Ref | None = None
    frame: Hashable = None
    program: Program | None = field(default=None, compare=False)
    """The other module it is defined in."""


@dataclass(frozen=True, slots=True)
class Library:
    """A name of an imported library, spelled in full: ``torch.nn.functional.cross_entropy``."""

    name: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """None: what ``s = None`` holds before the first addition."""


Value = Number | Accumulated | Opaque | Ref | Items | Iterable | Flag | Definition | Library | Nothing


def constant(value: float) -> Number:
    return Number(scale=ONE, const=value)


def is_zero(value: Value) -> bool:
    """A value that a sum starts from: 0, 0.0, None."""
    if isinstance(value, Nothing):
        return True
    return isinstance(value, Number) and value.const == 0 and not value.births


def renamed(number: Number, scale: Scale) -> Number:
    return replace(number, scale=scale)
