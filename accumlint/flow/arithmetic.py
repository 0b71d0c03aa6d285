"""Numbers made of numbers: sums, products and quotients; the division by N is an event."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from accumlint.flow import recording
from accumlint.flow.containers import cells_of, elements_changed
from accumlint.flow.context import Context
from accumlint.flow.events import Kind
from accumlint.flow.names import suggests_batch_size
from accumlint.flow.spelling import field_of
from accumlint.flow.state import join_numbers
from accumlint.flow.tree import descendants
from accumlint.flow.value import (
    Accumulated,
    Division,
    Divisor,
    Number,
    Opaque,
    Place,
    Remainder,
    Value,
    constant,
    is_zero,
)
from accumlint.scale import ONE, UNKNOWN, B, N, Scale, join

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def _whole(text: str) -> float:
    return float(int(text, 0)) if len(text) < 40 else float("inf")


def written_number(machine: Machine, node: cst.Integer | cst.Float) -> Number:
    """A literal: one that is a modulus or range somewhere is a count of its own, written ``50`` or ``50.0``."""
    text = node.value.replace("_", "")
    value = float(text) if isinstance(node, cst.Float) else _whole(text)
    if value in machine.beliefs.literals:
        return Number(machine.symbol(f"{value:g}"), const=value)
    return constant(value)


def count_of(machine: Machine, node: cst.BaseExpression) -> Number | None:
    """A modulus or range as a count with a symbol of its own; None when it has no scale."""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Multiply):
        for factor in (node.left, node.right):
            if isinstance(factor, cst.Integer):  # the 10 in ``% (10 * N)`` counts windows
                count_of(machine, factor)
    number = machine.number(machine.evaluate(node))
    if isinstance(node, cst.Integer):
        value = float(int(node.value.replace("_", ""), 0)) if len(node.value) < 40 else 0
        if value < 2:
            return None
        machine.beliefs.literals.add(value)
        return Number(machine.symbol(f"{value:g}"), const=value)
    if not number.scale.known or number.scale == ONE:
        return None
    machine.beliefs.counts.update(number.scale.names())
    return number


def arithmetic(
    machine: Machine,
    node: cst.BaseExpression,
    operator: cst.BaseBinaryOp,
    left: Value,
    right: Value,
    left_node: cst.BaseExpression,
    right_node: cst.BaseExpression,
) -> Number:
    """The number that a binary operator makes of two values."""
    one, other = machine.number(left), machine.number(right)
    match operator:
        case cst.Add() | cst.Subtract():
            if isinstance(operator, cst.Subtract):
                difference = _prefix_difference(one, other)
                if difference is not None:
                    return difference
                if one.const == 1 and not one.births and _is_decayed(machine, right_node):
                    return Number(ONE)
            return add_numbers(machine, node, one, other, isinstance(operator, cst.Subtract))
        case cst.Divide():
            return multiply(machine, node, numerator(left, one), other, left_node, right_node, -1)
        case cst.FloorDivide():  # whole numbers, and no loss
            return multiply(machine, node, one, other, left_node, right_node, -1)
        case cst.Multiply():
            if (_is_loss(other) and not _is_loss(one)) or (other.births and not one.births):
                return multiply(machine, node, other, one, right_node, left_node, 1)
            return multiply(machine, node, one, other, left_node, right_node, 1)
        case cst.Modulo():  # len(loader) % N is the size of a last, shorter window
            left_over = Remainder(one, right_node, machine.context, machine.scope.owner)
            return Number(other.scale, varies=other.scale == N, remainder=left_over)
    return machine.born(node, Number(UNKNOWN, one.births | other.births, one.history or other.history, certain=False))


def _is_decayed(machine: Machine, node: cst.BaseExpression) -> bool:
    """``beta ** step``: with one less it, a moving average that began at zero is corrected; it tends to nothing."""
    match node:
        case cst.BinaryOperation(left=cst.Name() | cst.Attribute() as base, operator=cst.Power()):
            return not machine.number(machine.evaluate(base)).births
    return False


def _is_loss(number: Number) -> bool:
    return number.scale.known and number.scale.exponent("ℓ") == 1


def numerator(value: Value, number: Number) -> Number:
    """What is divided may be a loss, whatever it is called, but for a number of samples."""
    if isinstance(value, Opaque) and not number.births and not suggests_batch_size(value.path.rpartition(".")[2]):
        return replace(number, births=frozenset({value.birth}), history=value.history)
    return number


def _prefix_difference(one: Number, other: Number) -> Number | None:
    """``s - last`` where last is a copy of s: what was added since the copy was made."""
    if one.metric is None or one.metric != other.metric or other.starts is None or not one.adds:
        return None
    since = Accumulated(one.metric, constant(0), one.adds, other.starts)
    return replace(since.total(), divisions=one.divisions)


def add_numbers(machine: Machine, node: cst.BaseExpression, one: Number, other: Number, subtract: bool) -> Number:
    const = None
    if one.const is not None and other.const is not None:
        const = one.const - other.const if subtract else one.const + other.const
    for number, addend in ((one, other), (other, one)):
        if not addend.births and addend.scale == ONE:
            memory = fresh_memory(machine, node, number)
            return replace(number, const=const, storage=memory, origin=(machine.scope.owner, node))
    if not one.births and not other.births:
        return Number(_common_count(one.scale, other.scale), const=const)
    for number, addend in ((one, other), (other, one)):
        if not addend.births and (not addend.scale.known or not machine.is_count(addend.scale)):
            return replace(
                number, const=None, storage=fresh_memory(machine, node, number), origin=(machine.scope.owner, node)
            )
    scale = join(_plain(machine, one.scale), _plain(machine, other.scale))
    total = join_numbers(one, other)
    total = replace(
        total,
        scale=scale,
        history=one.history or other.history,
        storage=fresh_memory(machine, node, total),
        const=None,
        origin=(machine.scope.owner, node),
    )
    return total if scale.known else machine.born(node, replace(total, certain=False))


def fresh_memory(machine: Machine, node: cst.CSTNode, number: Number) -> Hashable:
    """The memory of a new tensor; a Python number has none that could be shared."""
    return None if number.frozen else (machine.scope.owner, node)


def _plain(machine: Machine, scale: Scale) -> Scale:
    """A loss's scale without the weights of its terms."""
    if not scale.known or scale.exponent("ℓ") != 1:
        return scale
    weights = [name for name in scale.names() if name not in ("ℓ", "S") and not machine.is_count(Scale.of(name))]
    return scale.without(*weights)


def _common_count(one: Scale, other: Scale) -> Scale:
    """``epoch * len(loader) + i`` counts what i counts."""
    if one == other or not (one.known and other.known):
        return join(one, other)
    for count, few in ((one, other), (other, one)):  # len(loader) + N - 1, to be rounded up
        if few == N and any(name.startswith("m@") for name in count.names()):
            return count
    for larger, smaller in ((one, other), (other, one)):
        rest = larger / smaller
        if all(power > 0 for _, power in rest.factors or ()):
            return smaller
    return UNKNOWN


def multiply(
    machine: Machine,
    node: cst.BaseExpression,
    number: Number,
    factor: Number,
    number_node: cst.BaseExpression,
    factor_node: cst.BaseExpression,
    power: int,
    in_place: bool = False,
) -> Number:
    """A number times (power 1) or over (power -1) a factor; a division by N is an event."""
    if (power == 1 and (is_zero(factor) or is_zero(number))) or (is_zero(number) and number.scale == ONE):
        return constant(0)
    const = None
    if number.const is not None and factor.const is not None and (power == 1 or factor.const):
        const = number.const * factor.const if power == 1 else number.const / factor.const
    if power == -1 and isinstance(factor_node, cst.Integer) and _count_terms(machine, number_node) == factor.const:
        factor = replace(factor, scale=ONE)  # the average of as many losses as are written there
    if power == -1 and number.length_of is not None and factor.length_of is not None:
        share = _share_of_batch(machine, number, factor)
        if share is not None:
            return share
    if factor.births and _is_plain_factor(factor, power):
        factor = replace(factor, births=frozenset(), certain=factor.certain or factor.scale in (N, N**-1))
    if factor.births and number.births:
        births = number.births | (factor.births if power == 1 else frozenset())
        reduction = number.reduction if power == -1 else None
        unknown = Number(UNKNOWN, births, number.history or factor.history, certain=False, reduction=reduction)
        if power == -1 and _is_loss(number) and _is_loss(factor):
            return Number(number.scale / factor.scale)
        if factor.adds and not _is_loss(factor):
            scale = number.scale * factor.scale**power
            return _divided_sum(replace(number, scale=scale), node, factor_node, factor, power)
        return machine.born(node, unknown)
    scale = number.scale * factor.scale**power
    result = replace(
        number,
        scale=scale,
        const=const,
        storage=number.storage if in_place else fresh_memory(machine, node, number),
        certain=number.certain and factor.certain,
        varies=number.varies or (factor.varies and "N" in factor.scale.names()),
        origin=number.origin if factor.scale in (N, N**-1) else (machine.scope.owner, node),
    )
    if not number.births:
        return replace(result, divisions=number.divisions + factor.divisions, varies=number.varies or factor.varies)
    if number.adds:
        return _divided_sum(result, node, factor_node, factor, power)
    if not factor.scale.known:
        return machine.born(node, replace(result, scale=UNKNOWN, certain=False))
    if _is_weight(machine, factor.scale):
        return machine.born(node, replace(result, certain=False))
    if factor.scale.known and abs(factor.scale.exponent("N")) == 1:
        return _divided(machine, node, result, number, number_node, factor, factor_node, power, in_place)
    return result


def _count_terms(machine: Machine, node: cst.BaseExpression) -> int:
    """How many terms a sum is written with, here or where its name was given."""
    if isinstance(node, cst.Name):
        node = machine.copied.get((machine.scope.owner, node.value), node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _count_terms(machine, node.left) + _count_terms(machine, node.right)
    return 1


def _share_of_batch(machine: Machine, part: Number, whole: Number) -> Number | None:
    """``len(chunk) / len(batch)`` in a loop over chunks: these shares sum to one, like 1/N of N chunks."""
    loop = machine.context.innermost_loop
    if loop is None or machine.beliefs.slices.get(part.length_of) != whole.length_of:
        return None
    return Number(loop.count**-1, varies=True)


def _is_plain_factor(factor: Number, power: int) -> bool:
    """A count or a weight that a call gave, ``world_size = get_world_size()``, and no loss."""
    if not factor.scale.known or _is_loss(factor) or factor.adds:
        return False
    return power == -1 or factor.scale in (ONE, N, N**-1, B)


def _is_weight(machine: Machine, scale: Scale) -> bool:
    """A factor of one loss that is not about accumulation: a weight, a number of tasks, a temperature."""
    around = {name for loop in machine.context.loops for name in loop.count.names()}
    return any(name not in ("N", "b", "S") and name not in around for name in scale.names())


def _divided_sum(
    result: Number, node: cst.BaseExpression, by: cst.BaseExpression, factor: Number, power: int
) -> Number:
    if factor.scale == ONE:
        return result
    divisor = Divisor(by, factor.scale, power, node, factor.metric)
    return replace(result, divisors=(*result.divisors, divisor))


def _part_that_is_n(machine: Machine, factor: cst.BaseExpression) -> cst.BaseExpression:
    """``N`` of ``2 * N``, of ``N * world_size`` and of ``0.5 / N``: what takes the other factors away is no repair."""
    if not isinstance(factor, cst.BinaryOperation) or not isinstance(factor.operator, (cst.Multiply, cst.Divide)):
        return factor
    if any(isinstance(part, cst.Call) for part in descendants(factor)):
        return factor
    left, right = (machine.number(machine.evaluate(side)).scale for side in (factor.left, factor.right))
    for side, own, other in ((factor.left, left, right), (factor.right, right, left)):
        if own in (N, N**-1) and other.known and other.exponent("N") == 0:
            return _part_that_is_n(machine, side)
    return factor


def _lasts(machine: Machine, by: cst.BaseExpression) -> bool:
    """Nothing in a divisor is assigned in the loop that divides: after the loop it still is what divided."""
    loop = machine.context.innermost_loop
    places = [
        machine.place_of(part) for part in descendants(by) if isinstance(part, (cst.Name, cst.Attribute, cst.Subscript))
    ]
    bounds = [machine.state.get(place) for place in places if place is not None]
    return loop is None or not any(bound is not None and loop in bound.context.frames for bound in bounds)


def _divided(
    machine: Machine,
    node: cst.BaseExpression,
    result: Number,
    number: Number,
    number_node: cst.BaseExpression,
    factor: Number,
    factor_node: cst.BaseExpression,
    power: int,
    in_place: bool,
) -> Number:
    place = machine.place_of(number_node)
    by = _part_that_is_n(machine, factor_node)
    is_n = (factor if by is factor_node else machine.number(machine.evaluate(by))).scale.exponent("N") == 1
    division = Division(
        node,
        number_node,
        by,
        factor.scale**power,
        place,
        factor.varies,
        in_place,
        machine.scope.node,
        _lasts(machine, by),
        inverse=is_n != ((factor.scale**power).exponent("N") == -1),
    )
    result = replace(result, divisions=(*number.divisions, division))
    if division.scale == N**-1 and not number.certain:
        # What was multiplied in before weighs the loss; it is no second 1/N, though it may be a batch size.
        result = replace(result, certain=factor.certain, reduction=None)
    machine.events.append(
        recording.event(
            machine,
            Kind.DIVIDE,
            node,
            value=result,
            operand=number_node,
            operand_place=place,
            by=factor_node,
            before=number,
        )
    )
    return result


def scale_in_place(
    machine: Machine,
    target: cst.BaseExpression,
    place: Place,
    node: cst.CSTNode,
    factor: Number,
    factor_node: cst.BaseExpression,
    power: int,
    context: Context | None = None,
) -> None:
    """``x /= k`` and ``x *= k``: every tensor that shares the memory changes.

    ``context`` is given where the place is one of several, that a loop goes through or that make up an array, and
    what they hold is theirs.
    """
    cells = [cell for name in _names_of_array(machine, place) for cell in cells_of(machine, name)]
    for cell in cells:
        scale_in_place(machine, target, cell, node, factor, factor_node, power, context or machine.context)
    if context is not None:
        machine.entries.update(cells)
    if cells:
        return
    bound = machine.state.get(place)
    source = machine.evaluate(target) if context is None or bound is None else bound.value
    before = machine.number(source)
    if bound is None or not before.births:
        before = numerator(source, before) if power == -1 else before
    after = multiply(machine, node, before, factor, target, factor_node, power, in_place=True)  # type: ignore[arg-type]
    aliases = []
    if before.storage is not None and not before.adds:
        for other, bound in machine.state:
            if isinstance(bound.value, Accumulated):
                divided = _divided_elements(bound.value, before.storage, after)
                if divided is not None:
                    aliases.append((other, before))
                    machine.state.set(other, divided, bound.context)
            if other == place or other in machine.carried or _memory_of(bound.value) != before.storage:
                continue  # what is carried over from an earlier iteration is another tensor
            number = machine.number(bound.value)
            if number.births:
                aliases.append((other, number))
                scaled = replace(number, scale=number.scale * factor.scale**power, divisions=after.divisions)
                machine.state.set(other, scaled, bound.context)
        home = before.storage
        if _is_part(home, before) and home != place and machine.state.get(home) is None:
            aliases.append((home, before))  # outputs["loss"], of which the name is another name
            machine.state.set(home, after, machine.context)
    event = machine.events[-1] if machine.events else None
    if event is not None and event.node is node and event.kind is Kind.DIVIDE:
        machine.events[-1] = replace(event, aliases=tuple(aliases))
    if before.births and "N" in factor.scale.names():
        elements_changed(machine, target)
    after = replace(after, several=after.several or context is not None)
    if not isinstance(target, cst.Name) and after.divisors:
        recording.sink(machine, node, target, "store", after, field_of(target))
    machine.state.set(place, after, context or machine.context)


def _names_of_array(machine: Machine, place: Place) -> list[Place]:
    """The place, and the others through which an array of zeros that was filled is known."""
    bound = machine.state.get(place)
    memory = bound.value.storage if bound is not None and isinstance(bound.value, Number) else None
    if bound is None or memory is None or not is_zero(bound.value):
        return [place]
    return [name for name, other in machine.state if other.value == bound.value]


def _memory_of(value: Value) -> Hashable:
    match value:
        case Number():
            return value.storage
        case Opaque():
            return value.birth.key
    return None


def _divided_elements(items: Accumulated, storage: Hashable, after: Number) -> Accumulated | None:
    """A list in which the tensor of this memory was put before it was divided in place; None for any other."""
    shared = [add for add in items.adds if add.kind == "item" and add.value.storage == storage]
    if not shared:
        return None
    adds = tuple(
        replace(add, value=replace(after, history=add.value.history)) if add in shared else add for add in items.adds
    )
    return replace(items, adds=adds)


def _is_part(storage: Hashable, number: Number) -> TypeGuard[Place]:
    """The memory is that of an attribute or entry that the program has read and not set."""
    keyed = isinstance(storage, tuple) and len(storage) == 2 and isinstance(storage[1], str)
    return keyed and any(birth.key == storage for birth in number.births)
