"""What a loop runs over, and how many there are of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.arguments import Arguments
from accumlint.flow.arithmetic import count_of
from accumlint.flow.containers import items_of
from accumlint.flow.parts import count_items, element_of, one_of
from accumlint.flow.spelling import dotted
from accumlint.flow.value import Accumulated, Birth, Items, Iterable, Library, Number, Opaque, Ref, Value
from accumlint.frameworks import Role
from accumlint.scale import ONE, UNKNOWN, B, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def iterable(machine: Machine, value: Value, node: cst.BaseExpression) -> Iterable:
    """A value as something to loop over."""
    match value:
        case Iterable():
            return value
        case Opaque():
            name = value.path or machine.serial(value.birth.key)
            if value.element:
                machine.beliefs.looped_over.add(value.birth.key)
            element = Opaque(Birth((value.birth.key, "item"), node), computed=True, element=True)
            return Iterable(machine.symbol(f"m@{name}"), name, inner=element)
        case Library(name=name):
            element = Opaque(Birth((name, "item"), node), computed=True, element=True)
            return Iterable(machine.symbol(f"m@{name}"), name, inner=element)
        case Ref(role=Role.LOADER):
            element = Opaque(Birth((value.key, "item"), node), computed=True, element=True)
            return Iterable(machine.symbol(f"m@{machine.serial(value.key)}"), inner=element)
        case Ref(kind="list" | "deque"):
            bound = machine.state.get((value.key, "[]"))
            if bound is not None and isinstance(bound.value, Accumulated):
                count = count_items(bound.value)
                scale = count.scale if count.scale.known else machine.symbol(f"m@{machine.serial(value.key)}")
                gathered = machine.state.get((value.key, "[item]"))
                return Iterable(scale, inner=gathered.value if gathered is not None else element_of(bound.value))
        case Accumulated():
            return Iterable(count_items(value).scale, inner=element_of(value))
        case Items() if value.values:
            first = one_of(machine, value.values[0], value.values)
            return Iterable(
                Scale.of(f"items@{machine.serial(node)}"),
                inner=first if len(set(map(type, value.values))) == 1 else None,
            )
    element = Opaque(Birth((machine.scope.owner, node, "item"), node), computed=True, element=True)
    return Iterable(machine.symbol(f"m@{machine.serial(node)}"), inner=element)


def chunks(machine: Machine, node: cst.Call, whole: Value, count: cst.BaseExpression) -> Iterable:
    """``x.chunk(n)``: n micro-batches of one batch."""
    # The two halves of a batch, or of what an encoder gives, are no count of micro-batches.
    is_written = isinstance(count, cst.Integer)
    number = machine.number(machine.evaluate(count)) if is_written else count_of(machine, count)
    part = Opaque(Birth((machine.scope.owner, node), node), computed=True, element=True)
    if isinstance(whole, Opaque):
        machine.beliefs.slices[part.birth.key] = whole.birth.key
    return Iterable(number.scale if number is not None else UNKNOWN, inner=part)


def chunks_of(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """``torch.chunk(x, n)``."""
    if len(arguments.nodes) < 2:
        return Iterable(UNKNOWN)
    return chunks(machine, node, arguments.positional[0], arguments.nodes[1])


def range_of(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    if not arguments.positional:
        return Iterable(UNKNOWN)
    bound = arguments.nodes[1 if len(arguments.nodes) > 1 else 0]
    number = count_of(machine, bound)
    start = machine.number(arguments.positional[0]).const if len(arguments.positional) > 1 else 0.0
    stepped = len(arguments.nodes) > 2
    counted = number is not None and not stepped
    scale = number.scale if number is not None and counted else machine.symbol(f"m@range {machine.serial(node)}")
    return Iterable(scale, start=start, bound=bound)


def length_of(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    value = arguments.get(0)
    items = items_of(machine, value) if isinstance(value, (Ref, Accumulated)) else None
    if items is not None:
        return count_items(items)
    match value:
        case Opaque(element=True) if value.birth.key not in machine.beliefs.looped_over:
            if value.birth.key in machine.beliefs.text_keyed:
                return Number(ONE)
            return Number(B, length_of=value.birth.key)
        case Opaque(path=path) | Library(name=path) if path:
            last = path.rpartition(".")[2]
            if last in ("dataset", "sampler") and "." in path:
                batches = machine.symbol(f"m@{path.rpartition('.')[0]}")
                return Number(batches.without("N") * B)  # a batch of N micro-batches has N times as many samples
            return Number(machine.symbol(f"m@{path}"))
        case Opaque() | Iterable() | Ref(role=Role.LOADER):
            return Number(iterable(machine, value, node).count)
    return Number()


def zipped(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    if not arguments.positional:
        return Iterable(UNKNOWN)
    parts = [iterable(machine, value, node) for value in arguments.positional]
    inner = Items(tuple(part.inner or Number() for part in parts))
    return Iterable(parts[0].count, parts[0].text, inner=inner)


def wrapped(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    first = arguments.get(0) or arguments.get("iterable")
    if first is None or isinstance(first, (Number, Items)):
        return Ref((machine.scope.owner, node), "library", Role.PROGRESS)
    over = iterable(machine, first, node)
    cut = dotted(node.func).rpartition(".")[2] == "islice" and len(arguments.nodes) > 1
    return replace(over, bound=arguments.nodes[-1]) if cut else over


def enumerated(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return Iterable(UNKNOWN)
    start = arguments.get(1) or arguments.get("start")
    begins = machine.number(start).const if start is not None else 0.0
    over = iterable(machine, first, node)
    if over.start is not None and over.inner is None:
        over = replace(over, inner=Number(over.count, const=over.start))
    return replace(over, index=True, start=begins)
