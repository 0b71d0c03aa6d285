"""Numbers: what functions and methods of tensors make of one, and what they do to it in place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import recording
from accumlint.flow.arguments import Arguments, opaque
from accumlint.flow.arithmetic import add_numbers, fresh_memory, multiply, scale_in_place
from accumlint.flow.arrays import with_elements
from accumlint.flow.containers import cells_of, empty, items_of, rewritten
from accumlint.flow.iteration import wrapped
from accumlint.flow.parts import element_of
from accumlint.flow.spelling import dotted
from accumlint.flow.state import MEAN
from accumlint.flow.value import (
    Accumulated,
    Birth,
    Items,
    Iterable,
    Library,
    Number,
    Opaque,
    Ref,
    Value,
    constant,
    is_zero,
)
from accumlint.frameworks import Call, Effect
from accumlint.scale import UNKNOWN, B, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine

LOSS_SCALE = Scale.of("S")


@dataclass(frozen=True)
class Subject:
    """What a call is about, ``x`` in ``x.div(n)`` and in ``torch.div(x, n)``, and its other arguments."""

    value: Value
    node: cst.BaseExpression
    others: tuple[Value, ...]
    other_nodes: tuple[cst.BaseExpression, ...]
    is_receiver: bool


def number_effect(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
) -> Value:
    """Effects that make a number of a number."""
    if known.effect is Effect.WRAP:
        return _wrap(machine, node, receiver, arguments)
    if known.effect is Effect.NO_GRAD:
        return Library("torch.no_grad")
    subject = _subject(known, receiver, arguments, receiver_node)
    if subject is None:
        return opaque(machine, node)
    value = subject.value
    if known.effect in _IN_PLACE and rewritten(machine, value):
        if known.effect is Effect.ZERO and isinstance(value, Ref):
            empty(machine, value)
        return value
    is_sum = isinstance(value, Accumulated) and all(add.kind == "sum" for add in value.adds)
    of_many = isinstance(value, Accumulated) and not is_sum and known.effect in _OF_MANY
    if of_many or isinstance(value, (Ref, Items, Iterable)):
        return _of_many(machine, node, known, value, subject)
    if isinstance(value, Opaque):
        unread = _of_unknown(machine, node, known, value, subject)
        if unread is not None:
            return unread
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "detach_":
        _detach_in_place(machine, subject)
    if known.effect in _IN_PLACE:
        return _in_place(machine, node, known.effect, subject)
    return _of_number(machine, node, known.effect, machine.number(value), subject)


def _subject(
    known: Call, receiver: Value | None, arguments: Arguments, receiver_node: cst.BaseExpression
) -> Subject | None:
    positional, nodes = arguments.positional, arguments.nodes
    takes_argument = known.effect is Effect.SCALE or (known.argument == 0 and known.effect is Effect.SAME)
    if receiver is not None and not takes_argument:
        return Subject(receiver, receiver_node, positional, nodes, True)
    if not nodes:
        return None
    others = positional, nodes
    if receiver is None:
        others = positional[1:], nodes[1:]
    return Subject(positional[0], nodes[0], *others, receiver is not None)


def _of_unknown(machine: Machine, node: cst.Call, known: Call, value: Opaque, subject: Subject) -> Value | None:
    """Of a value that is nothing we know; None where it may be a loss."""
    if isinstance(node.func, cst.Name) and node.func.value == "int":
        return value if value.path else opaque(machine, node)
    if value.element and known.effect in (Effect.FRESH, Effect.SAME):
        return _moved_part(machine, node, value)
    number = machine.number(value)
    if number.births or value.birth.key in machine.beliefs.losses:
        return None
    if known.effect in (Effect.ITEM, Effect.SAME) and not subject.is_receiver:
        return value if not value.computed else number
    return opaque(machine, node, _tensor_sum(machine, node, subject) if known.effect is Effect.SUM else None)


def _of_number(machine: Machine, node: cst.Call, effect: Effect, number: Number, subject: Subject) -> Value:
    match effect:
        case Effect.ITEM if dotted(node.func).rpartition(".")[2] in _WHOLE:  # a count, and no loss
            return replace(number, history=False, storage=None, frozen=True, births=frozenset())
        case Effect.ITEM:
            return replace(number, history=False, storage=None, frozen=True)
        case Effect.DETACH:
            return replace(number, history=False)
        case Effect.FRESH:
            return replace(number, storage=fresh_memory(machine, node, number))
        case Effect.MEAN | Effect.SUM if number.reduction == "none" and _has_dimension(node, subject):
            return replace(number, reduction=None)
        case Effect.MEAN if number.reduction == "none":
            return replace(number, reduction="mean")
        case Effect.SUM if number.reduction == "none":
            return replace(number, scale=number.scale * B, reduction="sum")
        case Effect.MEAN:
            return replace(number, origin=(MEAN, number.origin), storage=fresh_memory(machine, node, number))
        case Effect.SAME | Effect.STACK:
            return number
        case Effect.SUM if not number.certain or not isinstance(subject.node, (cst.Name, cst.Attribute, cst.Subscript)):
            return opaque(machine, node, _tensor_sum(machine, node, subject))
        case Effect.SUM:
            return machine.born(node, replace(number, scale=UNKNOWN, certain=False)) if number.births else number
        case Effect.SCALE:
            return replace(number, scale=number.scale * LOSS_SCALE, storage=fresh_memory(machine, node, number))
        case Effect.DIVIDE | Effect.MULTIPLY:
            return _multiplied(machine, node, effect, number, subject)
    return opaque(machine, node)


def _multiplied(machine: Machine, node: cst.Call, effect: Effect, number: Number, subject: Subject) -> Number:
    """``loss.div(n)``, ``torch.mul(loss, n)``."""
    if not subject.others:
        return number
    if not number.births and isinstance(subject.value, Opaque):
        number = replace(number, births=frozenset({subject.value.birth}))
    power = -1 if effect is Effect.DIVIDE else 1
    factor = machine.number(subject.others[0])
    return multiply(machine, node, number, factor, subject.node, subject.other_nodes[0], power)


_OF_MANY = frozenset({Effect.MEAN, Effect.SUM, Effect.STACK, Effect.DIVIDE, Effect.MULTIPLY})
_WHOLE = frozenset({"int", "ceil", "floor"})


def _detach_in_place(machine: Machine, subject: Subject) -> None:
    """``loss.detach_()``: from here on the name has no history."""
    place = machine.home_of(subject.node)
    number = machine.number(subject.value)
    bound = machine.state.get(place) if place is not None else None
    if place is not None and bound is not None and number.births:
        machine.state.set(place, replace(number, history=False), bound.context)


_IN_PLACE = frozenset({Effect.DIVIDE_IN_PLACE, Effect.MULTIPLY_IN_PLACE, Effect.ADD_IN_PLACE, Effect.ZERO})


def _in_place(machine: Machine, node: cst.Call, effect: Effect, subject: Subject) -> Value:
    """``loss.div_(n)``, ``total.add_(loss)``, ``total.zero_()``."""
    place = machine.home_of(_memory_of(subject.node))
    if effect is Effect.ZERO or (effect is Effect.MULTIPLY_IN_PLACE and any(map(is_zero, subject.others))):
        for each in (place, *cells_of(machine, place)) if place is not None else ():
            machine.state.set(each, constant(0), machine.context)
        return constant(0)
    if place is not None and subject.others:
        operand, operand_node = machine.number(subject.others[0]), subject.other_nodes[0]
        if effect is Effect.ADD_IN_PLACE:
            recording.add(machine, place, node, operand_node, operand, subject.node)
            return machine.evaluate(subject.node)
        power = -1 if effect is Effect.DIVIDE_IN_PLACE else 1
        scale_in_place(machine, subject.node, place, node, operand, operand_node, power)
    return machine.number(machine.evaluate(subject.node))


def _memory_of(node: cst.BaseExpression) -> cst.BaseExpression:
    """``total.data`` and ``total.detach_()`` have the memory of ``total``."""
    match node:
        case cst.Attribute(value=inner, attr=cst.Name(value="data")):
            return _memory_of(inner)
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value="detach" | "detach_" | "zero_")), args=[]):
            return _memory_of(inner)
    return node


def _tensor_sum(machine: Machine, node: cst.Call, subject: Subject) -> str | None:
    """``x.sum()`` and ``torch.sum(x)`` sum over samples; ``sum(parts)`` puts parts together."""
    if not subject.is_receiver and not dotted(node.func).startswith("torch."):
        return None
    if _has_dimension(node, subject):
        return None
    summed = _written(machine, subject.node)
    if isinstance(summed, cst.BinaryOperation) and isinstance(summed.operator, cst.Multiply):
        return "weighted sum"
    return "sum" if _is_of_samples(machine, summed) else None


def _written(machine: Machine, node: cst.BaseExpression) -> cst.BaseExpression:
    """What a name was last assigned, as it was written."""
    return machine.copied.get((machine.scope.owner, node.value), node) if isinstance(node, cst.Name) else node


def _has_dimension(node: cst.Call, subject: Subject) -> bool:
    """``x.sum(1)``, ``torch.mean(x, dim=0)``: over one dimension, whichever that is."""
    return bool(subject.other_nodes) or any(argument.keyword for argument in node.args)


_OF_EACH = frozenset({"pow", "square", "abs", "log", "exp", "float", "double", "squeeze", "view", "flatten", "norm"})
"""Functions of each element: what they are given holds as many as what they give."""


def _is_of_samples(machine: Machine, node: cst.BaseExpression, depth: int = 8) -> bool:
    """What is summed has an element for each sample, as far as its text says: a difference of predictions, say.

    What an unknown call gives may be one loss for each head or device, and products may be weighted to sum to one.
    """
    match _written(machine, node):
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value=name)), args=arguments) if (
            name in _OF_EACH and depth
        ):
            given = [argument.value for argument in arguments[:1]] if isinstance(inner, cst.Name) else []
            return any(_is_of_samples(machine, part, depth - 1) for part in (inner, *given))
        case cst.Call():
            return False
        case cst.BinaryOperation(operator=cst.Multiply()):
            return False
        case cst.BinaryOperation(left=left, right=right) if depth:
            return all(_is_of_samples(machine, part, depth - 1) or _is_a_call(part) for part in (left, right))
        case cst.UnaryOperation(expression=inner) if depth:
            return _is_of_samples(machine, inner, depth - 1)
    return True


def _is_a_call(node: cst.BaseExpression) -> bool:
    """A prediction, ``model(x) - y``."""
    return isinstance(node, cst.Call)


def _moved_part(machine: Machine, node: cst.Call, value: Opaque) -> Opaque:
    """``x.to(device)`` of (a part of) a batch is (the same part of) the batch."""
    moved = replace(value, birth=Birth((machine.scope.owner, node), node), path="")
    whole = machine.beliefs.slices.get(value.birth.key)
    if whole is not None:
        machine.beliefs.slices[moved.birth.key] = whole
    return moved


def _wrap(machine: Machine, node: cst.Call, receiver: Value | None, arguments: Arguments) -> Value:
    if receiver is not None:
        if len(arguments.positional) == 1:
            return arguments.positional[0]
        return Items(arguments.positional, arguments.nodes)
    return wrapped(machine, node, arguments)


def _of_many(machine: Machine, node: cst.Call, known: Call, value: Value, subject: Subject) -> Value:
    """sum, mean and stack of a list, a generator or a tuple."""
    if isinstance(value, Items) and len(value.values) == 1:
        return machine.number(value.values[0])
    if isinstance(value, Items) and value.values and known.effect in (Effect.SUM, Effect.STACK):
        numbers = [machine.number(item) for item in value.values]
        total = numbers[0]
        for number in numbers[1:]:
            total = add_numbers(machine, node, total, number, False)
        return total
    items = items_of(machine, value)
    if items is not None and known.effect in (Effect.DIVIDE, Effect.MULTIPLY):
        return with_elements(items, _multiplied(machine, node, known.effect, element_of(items), subject))
    if items is None:
        if isinstance(value, Iterable):
            return value
        return opaque(machine, node)
    match known.effect:
        case Effect.SUM:
            return items.total()
        case Effect.MEAN:
            return element_of(items)
    return items
