"""Arrays and lists that are made at their full length and filled place by place: ``losses[i] = loss.item()``.

Such an array is a list of as many elements as it has places, if every place is written: its mean is what an element
is, its sum that times its length. Of an array of several dimensions only the mean is known. An array that is filled
in part, or in places that cannot be told, is unknown.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import recording
from accumlint.flow.arguments import Arguments
from accumlint.flow.arithmetic import arithmetic
from accumlint.flow.containers import items_of, new_list
from accumlint.flow.context import Context, Guard, relative_rate
from accumlint.flow.parts import element_of
from accumlint.flow.spelling import subscript_key
from accumlint.flow.value import Accumulated, Items, Library, Number, Place, Ref, Value, constant, is_zero
from accumlint.scale import ONE, UNKNOWN, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine

SLOTS = "[slots]"
"""The place that says how many elements a list was made with."""


def length_given(machine: Machine, arguments: Arguments) -> Scale | None:
    """``zeros(n)`` and ``zeros((n,))``: n; of several dimensions, the product; None where one is not known."""
    shape: tuple[Value, ...] = tuple(
        value for value in arguments.positional if not isinstance(value, Library)
    )  # but for a dtype
    if len(shape) == 1 and isinstance(shape[0], Items):
        shape = shape[0].values
    lengths = [_length(machine, value) for value in shape]
    known = [length for length in lengths if length is not None]
    return math.prod(known[1:], start=known[0]) if known and len(known) == len(lengths) else None


def _length(machine: Machine, value: Value) -> Scale | None:
    scale = machine.number(value).scale
    return scale if scale.known and scale != ONE else None


def repeat(machine: Machine, made: Ref, times: Value) -> None:
    """``[0.0] * n``: a list of n elements."""
    length = _length(machine, times)
    if made.kind == "list" and length is not None:
        machine.state.set((made.key, SLOTS), Number(length), machine.context)


def zeros(machine: Machine, node: cst.ListComp, count: Scale) -> Ref:
    """``[0.0 for _ in range(n)]``: a list of n zeros."""
    made = new_list(machine, ("new", machine.scope.owner, node))
    repeat(machine, made, Number(count))
    return made


def elementwise(machine: Machine, node: cst.BinaryOperation, left: Value, right: Value) -> Value | None:
    """``np.array(losses) * n``: another array, each element of which is n times the one here; None of no array."""
    one, other = _array_of(machine, left), _array_of(machine, right)
    if one is not None and other is not None and isinstance(node.operator, cst.Add):  # lists, one behind the other
        return None
    items = one if one is not None and (other is None or element_of(one).births) else other
    if items is None:
        return None
    operands = left if one is None else element_of(one), right if other is None else element_of(other)
    return with_elements(items, arithmetic(machine, node, node.operator, *operands, node.left, node.right))


def with_elements(items: Accumulated, element: Number) -> Value:
    """An array with as many elements as this one; unknown where N is in or out of them since they were put in."""
    before = element_of(items)
    factor = element.scale / before.scale
    if not factor.known or "N" in factor.names() or element.births > before.births:
        return Number(births=element.births)
    adds = tuple(replace(add, value=replace(add.value, scale=element.scale)) for add in items.adds)
    return replace(items, adds=adds)


def _array_of(machine: Machine, value: Value) -> Accumulated | None:
    """What is in an array; in a list that was made at its full length, too: what is repeated is another one."""
    is_list = isinstance(value, Ref) and (value.kind != "list" or _slots_of(machine, value) is None)
    items = items_of(machine, value) if not is_list else None
    return items if items is not None and all(add.kind == "item" for add in items.adds) else None


def put(machine: Machine, target: cst.Subscript, value: Value, node: cst.CSTNode) -> bool:
    """``losses[i] = loss.item()`` of a loss or a mean of losses, where each place is written; True when it was that."""
    number = machine.number(value)
    if not number.births or any(add.kind == "sum" for add in number.adds):
        return False
    if not isinstance(node, (cst.Assign, cst.AnnAssign)) or node.value is None:
        return False
    array = _array(machine, target.value)
    if array is None:
        return False
    place, slots = (array.key, "[]"), _slots_of(machine, array)
    bound = machine.state.get(place)
    if bound is None or not (isinstance(bound.value, Accumulated) or is_zero(bound.value)):
        return False
    indices = _indices(machine, target)
    if slots is None or not _is_filled(machine, indices, slots, bound.context):
        machine.state.set(place, Number(births=number.births), bound.context)
        return False
    total = recording.add(machine, place, node, node.value, number, target.value, kind="item")
    limit = slots if len(target.slice) == 1 else UNKNOWN
    machine.state.set(place, replace(total, limit=limit), bound.context)
    return True


def _slots_of(machine: Machine, array: Ref) -> Scale | None:
    bound = machine.state.get((array.key, SLOTS))
    return bound.value.scale if bound is not None and isinstance(bound.value, Number) else None


def _array(machine: Machine, node: cst.BaseExpression) -> Ref | None:
    """The list that is written to; an array of zeros becomes one with the first loss that is put in."""
    value, place = machine.evaluate(node), machine.home_of(node)
    made = machine.state.get(place) if place is not None else None
    if place is None or made is None:
        return None
    if isinstance(value, Number) and value.slots is not None and _is_untouched(machine, place, value):
        array = Ref(("at", place), "list")
        machine.state.set(place, array, made.context)
        machine.state.set((array.key, SLOTS), Number(value.slots), made.context)
    elif isinstance(value, Ref) and value.kind == "list" and _slots_of(machine, value) is not None:
        array = value
    else:
        return None
    if machine.state.get((array.key, "[]")) is None:
        machine.state.set((array.key, "[]"), constant(0), made.context)
    return array


def _is_untouched(machine: Machine, place: Place, zeros: Number) -> bool:
    """Nothing was put in or added to one of its places, and it has one name only."""
    cells = machine.state.owned_by(("cells", place))
    names = [other for other, bound in machine.state if bound.value == zeros]
    return is_zero(zeros) and all(is_zero(bound.value) for _, bound in cells) and names == [place]


def _indices(machine: Machine, target: cst.Subscript) -> list[cst.BaseExpression]:
    """What says which place: of ``hist[epoch, i]`` and of ``losses[epoch * len(loader) + i]``, epoch and i."""
    indices = [part.slice.value for part in target.slice if isinstance(part.slice, cst.Index)]
    if len(indices) != len(target.slice) or subscript_key(target) != "[*]":
        return []
    match indices:
        case [cst.BinaryOperation(left=left, operator=cst.Add(), right=right)]:
            return _row_and_column(machine, left, right) or _row_and_column(machine, right, left) or indices
    return indices


def _row_and_column(
    machine: Machine, start: cst.BaseExpression, column: cst.BaseExpression
) -> list[cst.BaseExpression]:
    """``epoch * len(loader)`` is where the row begins in which i is one of as many columns."""
    if not isinstance(start, cst.BinaryOperation) or not isinstance(start.operator, cst.Multiply):
        return []
    columns = machine.number(machine.evaluate(column)).scale
    for row, width in ((start.left, start.right), (start.right, start.left)):
        if columns.known and machine.number(machine.evaluate(width)).scale == columns:
            return [row, column]
    return []


def _is_filled(machine: Machine, indices: list[cst.BaseExpression], slots: Scale, made: Context) -> bool:
    """The index takes as many values as there are places, and with each of them a place is written."""
    numbers = [machine.number(machine.evaluate(index)) for index in indices]
    if any(number.births for number in numbers) or not numbers:
        return False
    if len(numbers) > 1:  # loops in loops, which write as often as there are places
        counted = math.prod((number.scale for number in numbers[1:]), start=numbers[0].scale)
        plain = not any(number.adds for number in numbers)
        return plain and counted == slots == relative_rate(machine.context, made)
    [index] = numbers
    if index.scale != slots:
        return False
    if index.adds:  # a counter: it is raised as often as it is used
        return all(relative_rate(machine.context, add.context) == ONE for add in index.adds)
    return not any(isinstance(frame, Guard) for frame in machine.context.since_loop())
