"""The abstract machine: one walk over statements that runs the program with scales instead of numbers.

The walk is repeated a few times. In the first pass loops are entered with what stood before them, so that
the values of the first iteration are known; every pass leaves at each loop head what came back to it, and the
next pass starts the loop with both. What a pass learns about the program as a whole (which values are
losses, which symbols count micro-batches in a window) also holds from the next pass on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint import frameworks
from accumlint.flow import doubt, expression, functions
from accumlint.flow.arguments import Arguments
from accumlint.flow.context import Context, Frame
from accumlint.flow.events import Event, Sink, Test
from accumlint.flow.names import suggests_accumulation, suggests_loss, suggests_world_size
from accumlint.flow.program import ClassInfo, Program
from accumlint.flow.scope import Exits, Scope
from accumlint.flow.spelling import subscript_key
from accumlint.flow.state import Bound, State, Writes, joined_keys
from accumlint.flow.value import (
    Accumulated,
    Add,
    Birth,
    Definition,
    Flag,
    Library,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    Way,
)
from accumlint.frameworks import Role
from accumlint.scale import LOSS, ONE, UNKNOWN, B, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.project import Project

PASSES = 5


@dataclass
class Beliefs:
    """What holds for the whole program, learned by one pass and used by the next."""

    losses: set[Hashable] = field(default_factory=set)
    """Keys of births that flow into a backward."""
    meaning: dict[str, Scale] = field(default_factory=dict)
    """What a symbol stands for: ``accum_iter`` → N, ``max_iters`` → m/N."""
    counts: set[str] = field(default_factory=set)
    """Symbols that count something: moduli, ranges."""
    literals: set[float] = field(default_factory=set)
    """Integers written as a modulus or range; they are counts of their own."""
    text_keyed: set[Hashable] = field(default_factory=set)
    """Batches that are indexed with strings: their len() counts keys."""
    looped_over: set[Hashable] = field(default_factory=set)
    """Parts of a batch that are looped over: their len() counts what the loop counts."""
    slices: dict[Hashable, Hashable] = field(default_factory=dict)
    """A part of a batch, and the batch it was cut from."""
    doubtful: set[Hashable] = field(default_factory=set)
    """Results of unknown functions that were told N: they may be divided by it already."""
    divided: set[Hashable] = field(default_factory=set)
    """What was made of quotients by N, or holds them: see :mod:`accumlint.flow.doubt`."""
    grad_scalers: set[Hashable] = field(default_factory=set)
    """Objects of which ``x.scale(loss).backward()`` is called, whatever they are called."""
    window_starts: dict[cst.CSTNode, Scale] = field(default_factory=dict)
    """Tests that hold at the first micro-batch of a window, and how often that is."""
    trained: set[cst.CSTNode] = field(default_factory=set)
    """Additions to what is backpropagated: such a sum is a loss made of terms, and no metric."""

    def copy(self) -> tuple[object, ...]:
        meaning = tuple(sorted(self.meaning.items()))
        roles = frozenset(self.trained), frozenset(self.grad_scalers)
        return frozenset(self.losses), meaning, frozenset(self.literals), roles


class Machine:
    """Runs one program. The public result is what it recorded: events, sinks, tests, reveals."""

    def __init__(
        self,
        program: Program,
        accumulation_names: frozenset[str] = frozenset(),
        project: Project | None = None,
        meters: frozenset[str] = frozenset(),
    ) -> None:
        self.meters = meters
        self.program = program
        self.project = project
        self.callers: set[str] = set()
        """The paths of files that are walked because they call this one."""
        self.classes: dict[cst.ClassDef, Program] = {}
        self.definitions: dict[tuple[str, str], Definition | None] = {}
        self.accumulation_names = accumulation_names
        self.beliefs = Beliefs()
        self.heads: dict[Hashable, Writes] = {}
        self.parts: dict[Hashable, set[Hashable]] = {}
        """The parts of results, and the results that are one of several."""
        self._serials: dict[Hashable, str] = {}
        self.generators: dict[cst.FunctionDef, bool] = {}
        self.countdowns: dict[cst.CSTNode, tuple[cst.BaseExpression, ...]] = {}
        """What goes down by one in each turn of a loop."""
        self.replaced: dict[cst.FunctionDef, bool] = {}
        """Functions that another one stands in for: see :mod:`accumlint.flow.doubt`."""
        self.answers: dict[tuple[str, cst.CSTNode], bool] = {}
        """What was found out about blocks by their syntax alone."""
        self.state = State(self.number)
        self.begin_pass(first=True)

    def begin_pass(self, *, first: bool = False) -> None:
        self.first_pass = first
        self.state = State(self.number)
        self.context = Context()
        self.events: list[Event] = []
        self.sinks: list[Sink] = []
        self.ways: list[Way] = []
        """The conditions under which what is walked runs."""
        self.tests: list[Test] = []
        self.reveals: list[tuple[cst.CSTNode, Scale]] = []
        self.adds: list[Add] = []
        self.counted: list[Add] = []
        """Additions of numbers that no loss is part of: what counters count."""
        self.copied: dict[tuple[Hashable, str], cst.BaseExpression] = {}
        """What a name was last assigned: ``old = d[k]; d[k] = old + x`` adds to ``d[k]``."""
        self.carried: set[Place] = set()
        """Places that still hold what they held at the end of an earlier iteration."""
        self.entries: set[Place] = set()
        """Entries of a dict that a loop goes through and writes, each in its own turn: they do not come round."""
        self.made: dict[Hashable, Context] = {}
        """Where the results of calls were made: what is added to a part of one is added to a new one each time."""
        self.unaccumulated: set[cst.CSTNode] = set()
        """Conditions of which one branch runs where there is no accumulation: N is 1 in it."""
        self.no_grad = 0
        self.virtual: list[Scale] = []
        self.exits = Exits()
        self.walked: set[cst.CSTNode] = set()
        self.prepared: set[str] = {self.program.path}
        self.active: list[cst.CSTNode] = []
        self.order = 0
        self.steps = 0
        self.scope = self.module_scope(self.program)

    def settle(self) -> tuple[object, ...]:
        return self.beliefs.copy()

    def forget_carried(self) -> None:
        """Numbers that came round a loop under other beliefs are not to meet what is now believed of them."""
        for head, places in self.heads.items():
            self.heads[head] = {place: bound for place, bound in places.items() if not _is_born(bound)}

    # -- numbers and symbols ---------------------------------------------------------------------------------

    def serial(self, key: Hashable) -> str:
        """A short name for a key, the same in every pass and in every run."""
        return self._serials.setdefault(key, f"#{len(self._serials)}")

    def tick(self) -> int:
        self.order += 1
        return self.order

    def symbol(self, name: str) -> Scale:
        """The scale of a quantity that the program names but does not define."""
        if name in self.beliefs.meaning:
            return self._in_known_terms(self.beliefs.meaning[name])
        last = name.rpartition(".")[2]
        if suggests_accumulation(last) or last in self.accumulation_names:
            return N
        if suggests_world_size(last):
            return ONE
        return Scale.of(name)

    def _in_known_terms(self, scale: Scale) -> Scale:
        """``batch_size`` is N micro-batches' worth of samples, and how many those are may have been learned later."""
        for name in scale.names() if len(scale.names()) > 1 else ():
            scale = scale.renamed(name, self.beliefs.meaning[name]) if name in self.beliefs.meaning else scale
        return scale

    def learn_quotient(self, scale: Scale) -> None:
        """N is a quotient, ``batch_size // micro_batch_size``: then ``batch_size`` is N times ``micro_batch_size``."""
        tops = [name for name, power in scale.factors or () if power == 1]
        plain = not any("@" in name or name in ("N", "b", "ℓ") for name in tops)
        if (
            len(tops) == 1
            and plain
            and len(scale.names()) > 1
            and not suggests_accumulation(tops[0].rpartition(".")[2])
        ):
            self.beliefs.meaning.setdefault(tops[0], N * Scale.of(tops[0]) / scale)

    def named_count(self, name: str, value: Value) -> Value:
        """What a number becomes by being given a name, or a key in a dict of settings: a count gets a symbol."""
        if not isinstance(value, Number) or value.births or value.divisors:
            return value
        integral = value.const is not None and value.const >= 2 and value.const == int(value.const)
        known = self.symbol(name)
        if known == N:
            self.learn_quotient(value.scale)
        if suggests_accumulation(name) or name in self.accumulation_names:
            if value.const == 0 or "ℓ" in value.scale.names():
                return value
            self.learn_quotient(value.scale)
            return replace(value, scale=N, varies=value.varies, certain=True)
        if integral and (value.scale == ONE or self.is_literal(value)):
            return replace(value, scale=known)
        if (
            value.scale.known
            and value.scale != ONE
            and not any(factor.startswith("m@") or factor in ("ℓ", "N", "S", "b") for factor in value.scale.names())
        ):
            single = len(value.scale.names()) == 1 and value.scale.exponent(value.scale.names()[0]) == 1
            return value if single else replace(value, scale=known, const=None)
        return value

    def is_literal(self, value: Value) -> bool:
        """A ``4`` that counts, as it is a modulus elsewhere: N in ``divide(loss, 4)``, and not in ``heads = 4``."""
        if not isinstance(value, Number) or value.const not in self.beliefs.literals:
            return False
        return value.scale == self.symbol(f"{value.const:g}")

    def is_count(self, scale: Scale) -> bool:
        """True when every factor of the scale counts something (N, b, m, a modulus, a range)."""
        return scale.known and all(
            name in ("N", "b") or name.startswith("m@") or name in self.beliefs.counts for name in scale.names()
        )

    def number(self, value: Value) -> Number:
        """Any value as a number; UNKNOWN where it is none."""
        match value:
            case Number():
                return value
            case Accumulated():
                return self._sum(value)
            case Opaque():
                return self._opaque_number(value)
            case Library(name=name):
                return Number(self.symbol(name.rpartition(".")[2]))
            case _:
                return Number()

    def _sum(self, value: Accumulated) -> Number:
        """A sum of losses; one that is backpropagated is a loss itself, whatever its terms weigh."""
        total = value.total()
        if not total.births or not self.beliefs.trained.issuperset(add.statement for add in value.adds):
            return total
        terms = {factor for term in (value.base, *(add.value for add in value.adds)) for factor in term.scale.names()}
        scale = total.scale.only("ℓ", "N", "b", "S") if total.scale.known else LOSS if "N" not in terms else UNKNOWN
        return replace(total, scale=scale, adds=(), metric=None, starts=None, origin=value.metric)

    def _opaque_number(self, value: Opaque) -> Number:
        birth = value.birth
        name = value.path.rpartition(".")[2].strip("[]'\"")
        if birth.key in self.beliefs.losses:
            scale = LOSS * B if value.reduction == "sum" else LOSS
            certain = not doubt.is_doubtful(self, birth.key)
            births = frozenset({birth})
            reduction = value.reduction
            number = Number(scale, births, value.history, birth.key, birth.key, reduction=reduction, certain=certain)
            return replace(number, optional=value.optional)
        counts = name and not (value.element or suggests_loss(name))
        scale = self.symbol(name) if counts else UNKNOWN
        born = (value.computed and scale != N) or suggests_loss(name)  # ``args = parse_args()`` gives counts, too
        births = frozenset({birth}) if born else frozenset()
        return Number(scale, births, value.history and born, birth.key, birth.key, reduction=value.reduction)

    def mark_loss(self, number: Number, value: Value) -> None:
        """What is backpropagated is a loss, and so is what it was made of."""
        self.beliefs.trained.update(add.statement for add in number.adds)
        keys = {birth.key for birth in number.births}
        if isinstance(value, Opaque):
            keys.add(value.birth.key)
        for key in keys:
            self.beliefs.losses |= joined_keys(key)

    def born(self, node: cst.CSTNode, number: Number) -> Number:
        """A number whose scale is unknown counts as born here; a loss, once backward sees it."""
        birth = Birth((self.scope.owner, node), node)
        doubt.note(self, birth.key, number)
        if birth.key in self.beliefs.losses:
            certain = number.certain and not doubt.is_doubtful(self, birth.key)
            return replace(number, scale=LOSS, births=number.births | {birth}, origin=birth.key, certain=certain)
        return replace(number, births=number.births | {birth}, origin=birth.key)

    # -- the walk ---------------------------------------------------------------------------------------

    def evaluate(self, node: cst.BaseExpression) -> Value:
        """The value of an expression. Effects of calls in it happen; evaluate once."""
        return expression.evaluate(self, node)

    def call(self, function: Definition, arguments: Arguments, node: cst.CSTNode) -> Value:
        """Run a function of the text on these arguments; where that is not worth it, what it returns is opaque."""
        return functions.call_definition(self, function, arguments, node)

    def asked(self, question: str, node: cst.CSTNode, answer: Callable[[], bool]) -> bool:
        """What syntax alone says is found out once, however often a node is walked."""
        if (question, node) not in self.answers:
            self.answers[question, node] = answer()
        return self.answers[question, node]

    # -- places ----------------------------------------------------------------------------------------------

    def owner_of(self, name: str) -> Hashable | None:
        """The frame in which a name is bound, from here outwards."""
        scope: Scope | None = self.scope
        while scope is not None:
            if self.state.get((scope.owner, name)) is not None:
                return scope.owner
            scope = scope.parent
        return None

    def read_name(self, name: str) -> Bound | None:
        owner = self.owner_of(name)
        return None if owner is None else self.state.get((owner, name))

    def place_of(self, node: cst.BaseExpression) -> Place | None:
        """Where an assignable expression lives, or None when that cannot be said."""
        if isinstance(node, cst.Name):
            declared = node.value in self.scope.program.nonlocals.get(self.scope.node, ())
            owner = self.owner_of(node.value) if declared else self.scope.owner
            return (owner or "module", node.value)
        if isinstance(node, cst.Attribute):
            key = self.location(node.value)
            return None if key is None else (key, node.attr.value)
        if isinstance(node, cst.Subscript):
            key = self.location(node.value)
            return None if key is None else (key, subscript_key(node))
        return None

    def home_of(self, node: cst.BaseExpression) -> Place | None:
        """Where an expression that is read lives: a name may be that of a function around this one."""
        if isinstance(node, cst.Name):
            return (self.owner_of(node.value) or self.scope.owner, node.value)
        return self.place_of(node)

    def location(self, node: cst.BaseExpression) -> Hashable | None:
        """The key of the thing an attribute or entry belongs to."""
        value = self.evaluate(node)
        if isinstance(value, Ref):
            return value.key
        if isinstance(value, Opaque):
            self.made_of(value.birth.key, value.birth.key)
            return value.birth.key
        if isinstance(value, Library):
            return value.name
        if isinstance(value, Definition):
            return value.node
        if isinstance(value, Number) and isinstance(node, (cst.Name, cst.Attribute, cst.Subscript)):
            return ("cells", self.place_of(node))
        return None

    def make(self, key: Hashable) -> None:
        """A call gives a new result: what was written to the last one, or to a part of it, is gone."""
        self.made[key] = self.context
        waiting, seen = [key], set()
        while waiting:
            part = waiting.pop()
            if part in seen:
                continue
            seen.add(part)
            waiting.extend(self.parts.get(part, ()))
            self.made[part] = self.context
            for place, _ in self.state.owned_by(part):
                self.state.forget(place)

    def made_of(self, part: Hashable, whole: Hashable) -> None:
        """A part of a result, or one that is either of two, is as old as what it is taken from."""
        for key in joined_keys(whole):
            if key in self.made and key != part:
                self.made.setdefault(part, self.made[key])
                self.parts.setdefault(key, set()).add(part)

    # -- other modules ---------------------------------------------------------------------------------------

    def module_scope(self, program: Program) -> Scope:
        """The frame of a module's own names."""
        owner = "module" if program is self.program else f"module {program.path}"
        return Scope(owner, program.module, None, program)

    def class_of(self, node: cst.ClassDef) -> ClassInfo | None:
        return (self.classes.get(node) or self.program).class_of(node)

    def adopt(self, program: Program) -> None:
        """Know the classes of another module."""
        self.classes.update((info.node, program) for info in program.classes.values())

    @contextlib.contextmanager
    def inside(self, *frames: Frame) -> Iterator[None]:
        """Run what follows in a deeper context."""
        outer = self.context
        for frame in frames:
            self.context = self.context + frame
        try:
            yield
        finally:
            self.context = outer

    def library_role(self, value: Value, text: str) -> Role | None:
        """The part a receiver plays: by construction, else by name."""
        if isinstance(value, Ref):
            return value.role
        if isinstance(value, (Number, Accumulated, Flag)):
            return Role.TENSOR
        if isinstance(value, Opaque) and value.birth.key in self.beliefs.grad_scalers:
            return Role.GRAD_SCALER
        return frameworks.role_by_name(text) if text else None


def _is_born(bound: Bound | None) -> bool:
    return bound is not None and isinstance(bound.value, Number) and bool(bound.value.births)
