"""What the walk writes down: events, additions to accumulators, numbers that leave."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.context import Context, Guard
from accumlint.flow.events import Event, Kind, Sink
from accumlint.flow.parts import element_of
from accumlint.flow.scope import Scope
from accumlint.flow.spelling import loss_leaf
from accumlint.flow.value import Accumulated, Add, Items, Number, Opaque, Place, Ref, Value, constant, is_zero
from accumlint.flow.ways import is_of_another_way
from accumlint.scale import ONE, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def event(machine: Machine, kind: Kind, node: cst.CSTNode, **details: object) -> Event:
    context = machine.context
    virtual = bool(machine.virtual) and kind in (Kind.OPTIMIZER_STEP, Kind.ZERO_GRAD, Kind.SCHEDULER_STEP)
    if virtual and not any(isinstance(f, Guard) and f.fraction == N**-1 for f in context.since_loop()):
        context = context + Guard(node, machine.virtual[-1])
    return Event(kind, node, context, machine.tick(), machine.scope.node, virtual=virtual, **details)  # type: ignore[arg-type]


def sink(
    machine: Machine, call: cst.CSTNode, node: cst.BaseExpression, how: str, value: Value, label: str = ""
) -> None:
    """Record the numbers in a value that leaves."""
    if isinstance(value, Items):
        keys = value.keys or tuple(label for _ in value.values)
        nodes = value.nodes or tuple(node for _ in value.values)
        for item, key, item_node in zip(value.values, keys, nodes, strict=True):
            sink(machine, call, item_node, how, item, key or label)
        return
    if isinstance(value, Ref) and value.kind in ("list", "dict", "deque"):
        for name, listed, content in _contents(machine, value, label):
            sink(machine, call, node, "history" if listed else how, content, name)
        return
    if isinstance(value, Accumulated) and all(add.kind == "item" for add in value.adds):  # a list, and no sum of it
        how, value = "history", element_of(value)
    if not isinstance(value, (Number, Accumulated, Opaque)):
        return
    number = machine.number(value)
    if number.births and not is_of_another_way(number, machine.ways) and not _is_without_accumulation(machine, number):
        counters = _counters(machine) if number.adds else ()
        order = machine.tick()
        leaf = loss_leaf(node)
        source = machine.place_of(leaf) if leaf is not None else None
        alive = () if number.adds else _alive(machine, number, source)
        where = (machine.context, order, machine.scope.node)
        machine.sinks.append(Sink(node, call, how, number, *where, label, counters, leaf, source, alive))


def _is_without_accumulation(machine: Machine, number: Number) -> bool:
    """Where nothing accumulates, ``if not args.accumulate:``, N is 1, and a factor of it makes nothing wrong."""
    frames = machine.context.frames
    off = any(isinstance(frame, Guard) and frame.node in machine.unaccumulated for frame in frames)
    return off and number.scale.known and "N" in number.scale.names()


def _contents(
    machine: Machine, container: Ref, label: str, around: frozenset[Hashable] = frozenset()
) -> Iterator[tuple[str, bool, Value]]:
    """What is in a container and in those inside it, with its label; of a list (True) one element."""
    for (_, key), bound in machine.state.owned_by(container.key):
        content, name = bound.value, key.strip("[]'*") or label
        if isinstance(content, Ref) and content.kind in ("list", "dict", "deque"):
            if content.key not in around:
                yield from _contents(machine, content, name, around | {container.key})
        elif isinstance(content, Accumulated) and key == "[]":
            yield name, True, element_of(content)
        elif not isinstance(content, Ref):
            yield name, key == "[]", content


def add(
    machine: Machine,
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
    fed = _feeding_call(machine, operand)
    if fed is not None:
        inner, (machine.scope, call, argument) = machine.scope, fed
        receiver = call.func.value if isinstance(call.func, cst.Attribute) else target
        total = add(machine, place, call, argument, value, receiver, "mean", share)
        machine.scope = inner
        return total
    if machine.no_grad:
        value = replace(value, history=False)
    bound = machine.state.get(place)
    leaf = loss_leaf(operand)
    source = machine.place_of(leaf) if leaf is not None else None
    starts: Context | None = Context() if bound is None else bound.context
    if bound is not None and isinstance(bound.value, Accumulated):
        starts = bound.value.starts
    addition = Add(
        metric=place,
        statement=statement,
        operand=operand,
        value=value,
        context=machine.context,
        order=machine.tick(),
        source=source,
        leaf=leaf,
        alive=_alive(machine, value, source),
        kind=kind,
        share=share,
        arms=arms,
        target=target,
        function=machine.scope.node,
        starts=starts,
        batch=_parts_of_batch(machine) if value.births else (),
    )
    (machine.adds if value.births else machine.counted).append(addition)
    if bound is not None and isinstance(bound.value, Accumulated):
        before = bound.value
        adds = tuple(add for add in before.adds if add.statement is not statement)
        base = replace(before.base, const=_plus(before.base.const, value.const))
        total = Accumulated(place, base, (*adds, addition), before.starts, before.limit)
    else:
        base = constant(0) if bound is None or is_zero(bound.value) else machine.number(bound.value)
        base = replace(base, const=_plus(base.const, value.const))
        total = Accumulated(place, base, (addition,), starts)
    where = machine.context if bound is None else bound.context
    machine.state.set(place, total, where)
    return total


def _feeding_call(machine: Machine, operand: cst.BaseExpression) -> tuple[Scope, cst.Call, cst.BaseExpression] | None:
    """In a method of another object that adds what it was passed: the call that feeds it."""
    scope, leaf = machine.scope, loss_leaf(operand)
    if scope.self_ref is None or not isinstance(leaf, cst.Name) or not isinstance(scope.call, cst.Call):
        return None
    argument = scope.passed.get(leaf.value)
    if argument is None or scope.caller is None or scope.caller.self_ref == scope.self_ref:
        return None
    return scope.caller, scope.call, argument


def _parts_of_batch(machine: Machine) -> tuple[str, ...]:
    """Names here that the micro-batch was unpacked into."""
    return tuple(
        place[1]
        for place, bound in machine.state.owned_by(machine.scope.owner)
        if isinstance(bound.value, Opaque) and bound.value.element and not _is_whole_batch(bound.value)
    )


def _counters(machine: Machine) -> tuple[tuple[str, Scale], ...]:
    """Names here that are raised by counting."""
    counted = []
    for place, bound in machine.state.owned_by(machine.scope.owner):
        if isinstance(bound.value, Accumulated):
            total = bound.value.total()
            if not total.births and total.scale.known:
                counted.append((place[1], total.scale))
    return tuple(sorted(counted, key=lambda item: item[0]))


def _alive(machine: Machine, value: Number, source: Place | None) -> tuple[tuple[str, Number], ...]:
    """Names here that hold some scaling of the same loss, of this iteration and not of the last one."""
    keys = {birth.key for birth in value.births}
    found = []
    for place, bound in machine.state.owned_by(machine.scope.owner) if source not in machine.carried else ():
        other = bound.value
        if isinstance(other, Opaque) and other.birth.key not in keys:
            continue
        if isinstance(other, (Number, Opaque)) and place not in machine.carried:
            number = machine.number(other)
            if not number.adds and any(birth.key in keys for birth in number.births):
                found.append((place[1], number))
    return tuple(sorted(found, key=lambda item: item[0]))


def _is_whole_batch(value: Opaque) -> bool:
    return isinstance(value.birth.key, tuple) and value.birth.key[-1] == "item"


def _plus(left: float | None, right: float | None) -> float | None:
    return None if left is None or right is None else left + right
