"""The abstract machine: one walk over statements that runs the program with scales instead of numbers.

The walk is repeated a few times. In the first pass loops are entered with what stood before them, so that
the values of the first iteration are known; every pass leaves at each loop head what came back to it, and the
next pass starts the loop with both. What a pass learns about the program as a whole (which values are
losses, which symbols count micro-batches in a window) also holds from the next pass on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint import frameworks
from accumlint.flow import expression, guards, leftover
from accumlint.flow.context import Context, Frame, Guard, Loop
from accumlint.flow.events import Event, Kind, Sink, Test
from accumlint.flow.names import suggests_accumulation, suggests_loss, suggests_world_size
from accumlint.flow.program import ClassInfo, Program, statements_of
from accumlint.flow.state import Bound, State, Writes, joined_keys
from accumlint.flow.value import (
    Accumulated,
    Add,
    Birth,
    Definition,
    Flag,
    Items,
    Iterable,
    Library,
    Nothing,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    constant,
    is_zero,
)
from accumlint.frameworks import Role
from accumlint.scale import LOSS, ONE, UNKNOWN, B, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.project import Project

PASSES = 5
MAX_DEPTH = 8
"""Calls are followed this deep."""
BUDGET = 20_000
"""Statements walked per pass; beyond it calls are no longer followed, so that growth stays linear."""


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

    def copy(self) -> tuple[frozenset[Hashable], tuple[tuple[str, Scale], ...], frozenset[float]]:
        return frozenset(self.losses), tuple(sorted(self.meaning.items())), frozenset(self.literals)


@dataclass(frozen=True)
class Scope:
    """A function's frame: its owner key in the state, and the scopes it can see."""

    owner: Hashable
    node: cst.CSTNode
    parent: Scope | None
    program: Program
    self_ref: Ref | None = None
    depth: int = 0
    caller: Scope | None = None
    call: cst.CSTNode | None = None
    passed: dict[str, cst.BaseExpression] = field(default_factory=dict, hash=False, compare=False)
    """What the caller wrote for each parameter."""


@dataclass
class Exits:
    """States that leave a block early, to be joined where they arrive."""

    function_mark: int = 0
    """The state's mark at the beginning of the function, and of the innermost loop."""
    loop_mark: int = 0
    loop: list[Writes] = field(default_factory=list)
    function: list[Writes] = field(default_factory=list)
    returned: list[Value] = field(default_factory=list)


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
        self._classes: dict[cst.ClassDef, Program] = {}
        self._definitions: dict[tuple[str, str], Definition | None] = {}
        self.accumulation_names = accumulation_names
        self.beliefs = Beliefs()
        self.heads: dict[Hashable, Writes] = {}
        self.parts: dict[Hashable, set[Hashable]] = {}
        """The parts of results, and the results that are one of several."""
        self._serials: dict[Hashable, str] = {}
        self._generators: dict[cst.FunctionDef, bool] = {}
        self.state = State(self.number)
        self.begin_pass(first=True)

    def begin_pass(self, *, first: bool = False) -> None:
        self.first_pass = first
        self.state = State(self.number)
        self.context = Context()
        self.events: list[Event] = []
        self.sinks: list[Sink] = []
        self.tests: list[Test] = []
        self.reveals: list[tuple[cst.CSTNode, Scale]] = []
        self.adds: list[Add] = []
        self.counted: list[Add] = []
        """Additions of numbers that no loss is part of: what counters count."""
        self.copied: dict[tuple[Hashable, str], cst.BaseExpression] = {}
        """What a name was last assigned: ``old = d[k]; d[k] = old + x`` adds to ``d[k]``."""
        self.carried: set[Place] = set()
        """Places that still hold what they held at the end of an earlier iteration."""
        self.made: dict[Hashable, Context] = {}
        """Where the results of calls were made: what is added to a part of one is added to a new one each time."""
        self.no_grad = 0
        self.virtual: list[Scale] = []
        self.exits = Exits()
        self.walked: set[cst.CSTNode] = set()
        self._prepared: set[str] = {self.program.path}
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
            return self.beliefs.meaning[name]
        last = name.rpartition(".")[2]
        if suggests_accumulation(last) or last in self.accumulation_names:
            return N
        if suggests_world_size(last):
            return ONE
        return Scale.of(name)

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
                return value.total()
            case Opaque():
                return self._opaque_number(value)
            case Library(name=name):
                return Number(self.symbol(name.rpartition(".")[2]))
            case _:
                return Number()

    def _opaque_number(self, value: Opaque) -> Number:
        birth = value.birth
        name = value.path.rpartition(".")[2].strip("'\"]")
        if birth.key in self.beliefs.losses:
            scale = LOSS * B if value.reduction == "sum" else LOSS
            return Number(scale, frozenset({birth}), value.history, birth.key, birth.key, reduction=value.reduction)
        born = value.computed or suggests_loss(name)
        births = frozenset({birth}) if born else frozenset()
        counts = name and not (value.element or suggests_loss(name))
        scale = self.symbol(name) if counts else UNKNOWN
        return Number(scale, births, value.history and born, birth.key, birth.key, reduction=value.reduction)

    def mark_loss(self, number: Number, value: Value) -> None:
        """What is backpropagated is a loss, and so is what it was made of."""
        keys = {birth.key for birth in number.births}
        if isinstance(value, Opaque):
            keys.add(value.birth.key)
        for key in keys:
            self.beliefs.losses |= joined_keys(key)

    def born(self, node: cst.CSTNode, number: Number) -> Number:
        """A number whose scale is unknown counts as born here; a loss, once backward sees it."""
        birth = Birth((self.scope.owner, node), node)
        if birth.key in self.beliefs.losses:
            return replace(number, scale=LOSS, births=number.births | {birth}, origin=birth.key)
        return replace(number, births=number.births | {birth}, origin=birth.key)

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
            return None if key is None else (key, expression.subscript_key(node))
        return None

    def location(self, node: cst.BaseExpression) -> Hashable | None:
        """The key of the thing an attribute or entry belongs to."""
        value = expression.evaluate(self, node)
        if isinstance(value, Ref):
            return value.key
        if isinstance(value, Opaque):
            self.made_of(value.birth.key, value.birth.key)
            return value.birth.key
        if isinstance(value, Library):
            return value.name
        if isinstance(value, Definition):
            return value.node
        if isinstance(value, Number) and isinstance(node, (cst.Name, cst.Attribute)):
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

    def assign(self, target: cst.BaseExpression, value: Value, node: cst.CSTNode) -> None:
        """Bind a target, tuples included."""
        if isinstance(target, (cst.Tuple, cst.List)):
            self._assign_items(target, value, node)
            return
        if isinstance(target, cst.StarredElement):
            return
        place = self.place_of(target)
        if place is None:
            return
        value = expression.named(self, target, value)
        if is_zero(value):
            self.events.append(self.event(Kind.RESET, node, operand=target, operand_place=place))
        elif isinstance(value, Number) and value.divisors and not isinstance(target, cst.Name):
            self.sink(node, target, "store", value, expression.label_of(target))
        self.carried.discard(place)
        self.state.set(place, value, self.context)

    def _assign_items(self, target: cst.Tuple | cst.List, value: Value, node: cst.CSTNode) -> None:
        for index, element in enumerate(target.elements):
            if isinstance(element, cst.StarredElement):
                continue
            if isinstance(value, Items) and len(value.values) == len(target.elements):
                part: Value = value.values[index]
            else:
                part = expression.part_of(self, value, index, element)
            self.assign(element.value, part, node)

    # -- other modules ---------------------------------------------------------------------------------------

    def module_scope(self, program: Program) -> Scope:
        """The frame of a module's own names."""
        owner = "module" if program is self.program else f"module {program.path}"
        return Scope(owner, program.module, None, program)

    def class_of(self, node: cst.ClassDef) -> ClassInfo | None:
        return (self._classes.get(node) or self.program).class_of(node)

    def adopt(self, program: Program) -> None:
        """Know the classes of another module."""
        self._classes.update((info.node, program) for info in program.classes.values())

    def _home_of(self, owner: Ref | None) -> Program | None:
        """The module of the class of an object."""
        return None if owner is None or owner.class_ is None else self._classes.get(owner.class_, self.program)

    def imported(self, name: Library) -> Definition | None:
        """The definition of an imported name in another file of the scan."""
        if self.project is None:
            return None
        key = (self.scope.program.path, name.name)
        if key not in self._definitions:
            self._definitions[key] = self._find(name.name)
        found = self._definitions[key]
        if found is not None and found.program is not None:
            self._prepare(found.program)
        return found

    def _find(self, name: str) -> Definition | None:
        importer = self.scope.program.path
        found = self.project.definition(importer, name) if self.project is not None else None
        if found is None:
            return None
        program, node = found
        if program.path == self.program.path:
            return self._own(node.name.value)
        self.adopt(program)
        return Definition(node, program=program)

    def _own(self, name: str) -> Definition | None:
        """A caller's import of the very file that is analysed."""
        if name in self.program.functions:
            return Definition(self.program.functions[name], program=self.program)
        if name in self.program.classes:
            return Definition(self.program.classes[name].node, program=self.program)
        return None

    def _prepare(self, program: Program) -> None:
        """Walk the assignments of another module once in each pass, for the names its functions use."""
        if program.path in self._prepared:
            return
        self._prepared.add(program.path)
        caller, self.scope = self.scope, self.module_scope(program)
        outer, self.context = self.context, Context()
        for statement in statements_of(program.module.body):
            if isinstance(statement, (cst.Assign, cst.AnnAssign)):
                self.statement(statement)
        self.scope, self.context = caller, outer

    # -- recording -------------------------------------------------------------------------------------------

    def event(self, kind: Kind, node: cst.CSTNode, **details: object) -> Event:
        context = self.context
        virtual = bool(self.virtual) and kind in (Kind.OPTIMIZER_STEP, Kind.ZERO_GRAD, Kind.SCHEDULER_STEP)
        if virtual:
            context = context + Guard(node, self.virtual[-1])
        return Event(kind, node, context, self.tick(), self.scope.node, virtual=virtual, **details)  # type: ignore[arg-type]

    def sink(self, call: cst.CSTNode, node: cst.BaseExpression, how: str, value: Value, label: str = "") -> None:
        """Record the numbers in a value that leaves."""
        if isinstance(value, Items):
            keys = value.keys or tuple(label for _ in value.values)
            nodes = value.nodes or tuple(node for _ in value.values)
            for item, key, item_node in zip(value.values, keys, nodes, strict=True):
                self.sink(call, item_node, how, item, key or label)
            return
        if isinstance(value, Ref) and value.kind in ("list", "dict", "deque"):
            for name, listed, content in self._contents(value, label):
                self.sink(call, node, "history" if listed else how, content, name)
            return
        if not isinstance(value, (Number, Accumulated, Opaque)):
            return
        number = self.number(value)
        if number.births:
            counters = self._counters() if number.adds else ()
            order = self.tick()
            leaf = expression.loss_leaf(node)
            source = self.place_of(leaf) if leaf is not None else None
            alive = () if number.adds else self._alive(number, source)
            where = (self.context, order, self.scope.node)
            self.sinks.append(Sink(node, call, how, number, *where, label, counters, leaf, source, alive))

    def _contents(
        self, container: Ref, label: str, around: frozenset[Hashable] = frozenset()
    ) -> Iterator[tuple[str, bool, Value]]:
        """What is in a container and in those inside it, with its label; of a list (True) one element."""
        for (_, key), bound in self.state.owned_by(container.key):
            content, name = bound.value, key.strip("[]'*") or label
            if isinstance(content, Ref) and content.kind in ("list", "dict", "deque"):
                if content.key not in around:
                    yield from self._contents(content, name, around | {container.key})
            elif isinstance(content, Accumulated) and key == "[]":
                yield name, True, expression.element_of(content)
            elif not isinstance(content, Ref):
                yield name, key == "[]", content

    def add(
        self,
        place: Place,
        statement: cst.CSTNode,
        operand: cst.BaseExpression,
        value: Number,
        target: cst.BaseExpression | None,
        kind: str = "sum",
        share: Scale = ONE,
        arms: tuple[cst.BaseExpression, ...] = (),
    ) -> Accumulated:
        """``place += value``, here; in a meter, where the meter is fed."""
        fed = self._feeding_call(operand)
        if fed is not None:
            inner, (self.scope, call, argument) = self.scope, fed
            receiver = call.func.value if isinstance(call.func, cst.Attribute) else target
            total = self.add(place, call, argument, value, receiver, "mean", share)
            self.scope = inner
            return total
        if self.no_grad:
            value = replace(value, history=False)
        bound = self.state.get(place)
        leaf = expression.loss_leaf(operand)
        source = self.place_of(leaf) if leaf is not None else None
        starts: Context | None = Context() if bound is None else bound.context
        if bound is not None and isinstance(bound.value, Accumulated):
            starts = bound.value.starts
        addition = Add(
            metric=place,
            statement=statement,
            operand=operand,
            value=value,
            context=self.context,
            order=self.tick(),
            source=source,
            leaf=leaf,
            alive=self._alive(value, source),
            kind=kind,
            share=share,
            arms=arms,
            target=target,
            function=self.scope.node,
            starts=starts,
            batch=self._parts_of_batch() if value.births else (),
        )
        (self.adds if value.births else self.counted).append(addition)
        if bound is not None and isinstance(bound.value, Accumulated):
            before = bound.value
            adds = tuple(add for add in before.adds if add.statement is not statement)
            base = replace(before.base, const=_plus(before.base.const, value.const))
            total = Accumulated(place, base, (*adds, addition), before.starts, before.limit)
        else:
            base = constant(0) if bound is None or is_zero(bound.value) else self.number(bound.value)
            base = replace(base, const=_plus(base.const, value.const))
            total = Accumulated(place, base, (addition,), starts)
        where = self.context if bound is None else bound.context
        self.state.set(place, total, where)
        return total

    def _feeding_call(self, operand: cst.BaseExpression) -> tuple[Scope, cst.Call, cst.BaseExpression] | None:
        """In a method of another object that adds what it was passed: the call that feeds it."""
        scope, leaf = self.scope, expression.loss_leaf(operand)
        if scope.self_ref is None or not isinstance(leaf, cst.Name) or not isinstance(scope.call, cst.Call):
            return None
        argument = scope.passed.get(leaf.value)
        if argument is None or scope.caller is None or scope.caller.self_ref == scope.self_ref:
            return None
        return scope.caller, scope.call, argument

    def _parts_of_batch(self) -> tuple[str, ...]:
        """Names here that the micro-batch was unpacked into."""
        return tuple(
            place[1]
            for place, bound in self.state.owned_by(self.scope.owner)
            if isinstance(bound.value, Opaque) and bound.value.element and not _is_whole_batch(bound.value)
        )

    def _counters(self) -> tuple[tuple[str, Scale], ...]:
        """Names here that are raised by counting."""
        counted = []
        for place, bound in self.state.owned_by(self.scope.owner):
            if isinstance(bound.value, Accumulated):
                total = bound.value.total()
                if not total.births and total.scale.known:
                    counted.append((place[1], total.scale))
        return tuple(sorted(counted, key=lambda item: item[0]))

    def _alive(self, value: Number, source: Place | None) -> tuple[tuple[str, Number], ...]:
        """Names here that hold some scaling of the same loss, of this iteration and not of the last one."""
        keys = {birth.key for birth in value.births}
        found = []
        for place, bound in self.state.owned_by(self.scope.owner) if source not in self.carried else ():
            other = bound.value
            if isinstance(other, (Number, Opaque)) and place not in self.carried:
                number = self.number(other)
                if not number.adds and keys & {birth.key for birth in number.births}:
                    found.append((place[1], number))
        return tuple(sorted(found, key=lambda item: item[0]))

    # -- control flow ----------------------------------------------------------------------------------------

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

    def run(self, body: Sequence[cst.CSTNode]) -> bool:
        """Walk statements in order; False when the end is not reached."""
        outer = self.context
        alive = True
        for statement in statements_of(list(body)):
            self.steps += 1
            alive = self.statement(statement)
            if not alive:
                break
        self.context = outer
        return alive

    def statement(self, node: cst.CSTNode) -> bool:
        """Walk one statement; False when control leaves the block here."""
        match node:
            case cst.Expr():
                expression.evaluate(self, node.value)
            case cst.Assign():
                self._assign_statement(node)
            case cst.AnnAssign(value=cst.BaseExpression()):
                self.assign(node.target, expression.evaluate(self, node.value), node)  # type: ignore[arg-type]
            case cst.AugAssign():
                expression.augmented(self, node)
            case cst.If():
                return self._if(node)
            case cst.For():
                self._for(node)
            case cst.While():
                self._while(node)
            case cst.With():
                return self._with(node)
            case cst.Try() | cst.TryStar():
                return self._try(node)
            case cst.Match():
                return self._match(node)
            case cst.Return():
                value = expression.evaluate(self, node.value) if node.value is not None else Nothing()
                if node.value is not None and self.scope.depth == 0:
                    self.sink(node, node.value, "return", value)
                self.exits.returned.append(value)
                self.exits.function.append(self.state.written_since(self.exits.function_mark))
                return False
            case cst.Raise():
                return False
            case cst.Continue() | cst.Break():
                self.exits.loop.append(self.state.written_since(self.exits.loop_mark))
                return False
            case cst.FunctionDef():
                function = Definition(node, self.scope.self_ref, self.scope.owner)
                self.state.set((self.scope.owner, node.name.value), function, self.context)
            case cst.Del():
                self._delete(node.target)
            case _:
                pass
        return True

    def _assign_statement(self, node: cst.Assign) -> None:
        targets = [target.target for target in node.targets]
        if len(targets) == 1 and expression.rebinding_sum(self, targets[0], node.value, node):
            return
        if len(targets) == 1 and expression.rebinding_sums(self, targets[0], node.value, node):
            return
        value = expression.evaluate(self, node.value)
        for target in targets:
            self.assign(target, value, node)
            if isinstance(target, cst.Name):
                self.copied[(self.scope.owner, target.value)] = node.value

    def _delete(self, target: cst.BaseExpression) -> None:
        if isinstance(target, cst.Tuple):
            for element in target.elements:
                self._delete(element.value)
        elif isinstance(target, cst.Name):
            self.state.forget((self.scope.owner, target.value))

    def _if(self, node: cst.If) -> bool:
        test = guards.test(self, node.test)
        if test.always is not None:
            return self._decided(node, test.always)
        taken, other = guards.frames(self, node, test)
        self.state.snapshot()
        with self.inside(*taken):
            falls_through = self.run(node.body.body)
        writes = self.state.restore()
        self.state.snapshot()
        other_falls_through = True
        if node.orelse is not None:
            with self.inside(*other):
                other_falls_through = self._orelse(node.orelse)
        other_writes = self.state.restore()
        if falls_through and other_falls_through:
            flags = guards.raised(self, test, writes, other_writes)
            self.state.merge(writes, other_writes)
            for place, flag in flags.items():
                self.state.set(place, flag, self.context)
            return True
        if falls_through:
            self.state.replay(writes)
            self._continue_under(taken)
            return True
        if other_falls_through:
            self.state.replay(other_writes)
            self._continue_under(guards.rest(self, node, test, other))
            return True
        return False

    def _continue_under(self, frames: tuple[Frame, ...]) -> None:
        """After a branch that left, the rest of the block runs under the other branch's condition."""
        for frame in frames:
            self.context = self.context + frame

    def _decided(self, node: cst.If, taken: bool) -> bool:
        if taken:
            return self.run(node.body.body)
        return True if node.orelse is None else self._orelse(node.orelse)

    def _orelse(self, orelse: cst.If | cst.Else) -> bool:
        if isinstance(orelse, cst.If):
            outer = self.context
            alive = self._if(orelse)
            self.context = outer
            return alive
        return self.run(orelse.body.body)

    def _for(self, node: cst.For) -> None:
        iterated = expression.evaluate(self, node.iter)
        iterable = expression.iterable(self, iterated, node.iter)
        self._loop(node, iterable, node.target)
        if node.orelse is not None:
            self.run(node.orelse.body.body)

    def _while(self, node: cst.While) -> None:
        expression.evaluate(self, node.test)
        count = self.symbol(f"m@while {self.serial(node)}")
        self._loop(node, Iterable(count), None)

    def _loop(self, node: cst.For | cst.While, iterable: Iterable, target: cst.BaseExpression | None) -> None:
        head = (self.scope.owner, node)
        outer_exits, self.exits.loop = self.exits.loop, []
        outer_mark, self.exits.loop_mark = self.exits.loop_mark, self.state.snapshot()
        self.carried |= self.state.absorb(self.heads.get(head, {}))
        loop = Loop(node, iterable.count, iterable.bound)
        with self.inside(loop):
            if target is not None:
                expression.bind_loop_target(self, node, target, iterable)
            self.run(node.body.body)
            for leaving in self.exits.loop:
                self.state.rejoin(leaving)
        self.exits.loop, self.exits.loop_mark = outer_exits, outer_mark
        self.heads[head] = self.state.commit()
        leftover.record(self, loop, self.heads[head])

    def _with(self, node: cst.With) -> bool:
        entered = [expression.enter(self, item) for item in node.items]
        no_grad = sum(effect.no_grad for effect in entered)
        virtual = [effect.virtual for effect in entered if effect.virtual is not None]
        self.no_grad += no_grad
        self.virtual.extend(virtual)
        alive = self.run(node.body.body)
        self.no_grad -= no_grad
        del self.virtual[len(self.virtual) - len(virtual) :]
        return alive

    def _try(self, node: cst.Try | cst.TryStar) -> bool:
        alive = self.run(node.body.body)
        self.state.snapshot()
        for handler in node.handlers:
            self.run(handler.body.body)
        handled = self.state.restore()
        self.state.merge(handled, {})
        if node.orelse is not None and alive:
            alive = self.run(node.orelse.body.body)
        if node.finalbody is not None:
            alive = self.run(node.finalbody.body.body) and alive
        return alive

    def _match(self, node: cst.Match) -> bool:
        expression.evaluate(self, node.subject)
        for case in node.cases:
            self.state.snapshot()
            self.run(case.body.body)
            self.state.merge(self.state.restore(), {})
        return True

    # -- calls -----------------------------------------------------------------------------------------------

    def call(self, function: Definition, arguments: expression.Arguments, node: cst.CSTNode) -> Value:
        """Run a function of the text on these arguments, where it is worth it; otherwise what it returns is opaque."""
        definition = function.node
        unknown = Opaque(Birth((self.scope.owner, node), node), computed=True, history=not self.no_grad)
        if not isinstance(definition, cst.FunctionDef) or not self._may_enter(definition):
            self.make(unknown.birth.key)
            return unknown
        owner = self.serial((self.scope.owner, definition, node))
        program = function.program or self._home_of(function.owner) or self.scope.program
        parent = self.module_scope(program) if function.frame is None else self._scope_of(function.frame)
        passed = expression.passed_nodes(definition, arguments, method=function.owner is not None)
        depth = self.scope.depth + 1
        scope = Scope(owner, definition, parent, program, function.owner, depth, self.scope, node, passed)
        return self.enter_function(scope, definition, arguments, unknown)

    def _scope_of(self, owner: Hashable) -> Scope | None:
        scope: Scope | None = self.scope
        while scope is not None and scope.owner != owner:
            scope = scope.parent
        return scope or self.module_scope(self.scope.program)

    def _may_enter(self, definition: cst.FunctionDef) -> bool:
        return (
            definition not in self.active
            and not expression.is_elided(definition)
            and len(self.active) < MAX_DEPTH
            and self.steps < BUDGET
            and not self._is_generator(definition)
        )

    def _is_generator(self, definition: cst.FunctionDef) -> bool:
        if definition not in self._generators:
            self._generators[definition] = expression.is_generator(definition)
        return self._generators[definition]

    def enter_function(
        self, scope: Scope, definition: cst.FunctionDef, arguments: expression.Arguments, unknown: Value
    ) -> Value:
        """Bind parameters, run the body, join what is returned."""
        caller_scope, caller_exits, caller_loop = self.scope, self.exits, self.context
        self.walked.add(definition)
        self.active.append(definition)
        mark = self.state.snapshot()
        self.exits = Exits(mark, mark)
        self.scope = scope
        for name, value in expression.bind_parameters(self, definition, arguments, caller_scope):
            self.carried.discard((scope.owner, name))
            self.state.set((scope.owner, name), value, self.context)
        quiet = expression.runs_without_grad(self, definition)
        self.no_grad += quiet
        reached_end = self.run(definition.body.body)
        self.no_grad -= quiet
        for leaving in self.exits.function:
            if reached_end:
                self.state.rejoin(leaving)
            else:
                self.state.rewind(leaving)
                reached_end = True
        self._leave_frame(scope, self.state.commit())
        returned = list(self.exits.returned)
        self.scope, self.exits, self.context = caller_scope, caller_exits, caller_loop
        self.active.pop()
        return self._join_returned(returned, unknown)

    def _leave_frame(self, scope: Scope, writes: Writes) -> None:
        """A function's own names end with it, unless a function inside still sees them."""
        if any(isinstance(bound.value, Definition) for bound in writes.values() if bound is not None):
            return
        for place in writes:
            if place[0] == scope.owner:
                self.state.forget(place)

    def _join_returned(self, returned: list[Value], unknown: Value) -> Value:
        values = [value for value in returned if not isinstance(value, Nothing)]
        if not values:
            return Nothing() if returned else unknown
        joined = Bound(values[0], self.context)
        for value in values[1:]:
            joined = self.state.join(joined, Bound(value, self.context)) or joined
        return joined.value

    def library_role(self, value: Value, text: str) -> Role | None:
        """The part a receiver plays: by construction, else by name."""
        if isinstance(value, Ref):
            return value.role
        if isinstance(value, (Number, Accumulated, Flag)):
            return Role.TENSOR
        return frameworks.role_by_name(text) if text else None


def _is_whole_batch(value: Opaque) -> bool:
    return isinstance(value.birth.key, tuple) and value.birth.key[-1] == "item"


def _is_born(bound: Bound | None) -> bool:
    return bound is not None and isinstance(bound.value, Number) and bool(bound.value.births)


def _plus(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right
