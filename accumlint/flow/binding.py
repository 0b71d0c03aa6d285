"""What a value becomes by being given a name: a target, a loop variable, a parameter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import arrays, doubt, recording
from accumlint.flow.arguments import Arguments
from accumlint.flow.containers import cells_of, is_new, located, moved, rewritten
from accumlint.flow.events import Kind
from accumlint.flow.parts import part_of
from accumlint.flow.scope import Scope
from accumlint.flow.spelling import dotted, field_of, is_whole, label_of, subscript_key
from accumlint.flow.tree import is_part, same
from accumlint.flow.value import (
    Accumulated,
    Birth,
    Items,
    Iterable,
    Nothing,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    constant,
    is_zero,
)

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def assign(machine: Machine, target: cst.BaseExpression, value: Value, node: cst.CSTNode) -> None:
    """Bind a target, tuples included."""
    if isinstance(target, (cst.Tuple, cst.List)):
        _assign_items(machine, target, value, node)
        return
    if isinstance(target, cst.StarredElement):
        return
    if isinstance(target, cst.Subscript) and (
        _assign_element(machine, target, value) or arrays.put(machine, target, value, node)
    ):
        return
    if is_zero(value) and isinstance(target, cst.Subscript) and is_whole(target):
        target = target.value
    if isinstance(target, cst.Subscript) and rewritten(machine, machine.evaluate(target.value)):
        return
    place = machine.place_of(target)
    if place is None:
        return
    _renew_cells(machine, target, place, value, node)
    value = named(machine, target, value)
    if is_zero(value):
        machine.events.append(recording.event(machine, Kind.RESET, node, operand=target, operand_place=place))
    elif isinstance(value, Number) and value.divisors and not isinstance(target, cst.Name):
        recording.sink(machine, node, target, "store", value, field_of(target))
    machine.carried.discard(place)
    if isinstance(target, cst.Subscript) and not place[1].startswith("['"):
        doubt.note(machine, place[0], value)
    entries = entries_looped_over(machine, target, place)
    if not entries:
        machine.state.set(place, value, machine.context)
    machine.entries.update(entries)
    for entry in entries:  # each once, however many there are
        machine.state.set(entry, value, machine.context.around_loop())


def _renew_cells(machine: Machine, target: cst.BaseExpression, place: Place, value: Value, node: cst.CSTNode) -> None:
    """``totals = np.zeros(2)`` sets every cell back; of another array, or what was made of this one, none is known."""
    for cell in cells_of(machine, place):
        is_set_back = is_zero(value) and isinstance(node, cst.Assign) and not is_part(target, node.value)
        machine.state.set(cell, constant(0) if is_set_back else Number(), machine.context)


def _assign_element(machine: Machine, target: cst.Subscript, value: Value) -> bool:
    """``losses[0] = losses[0] / n`` of a list that is written out: it is another list then."""
    owner = machine.evaluate(target.value)
    place = machine.place_of(target.value)
    if not isinstance(owner, Items) or owner.keys or place is None:
        return False
    index = next((at for at in range(len(owner.values)) if subscript_key(target) == f"[{at}]"), None)
    if index is None:
        parts: tuple[Value, ...] = tuple(
            Opaque(Birth((machine.scope.owner, target), target), computed=True) for _ in owner.values
        )
        doubt.note(machine, (machine.scope.owner, target), value)
    else:
        parts = tuple(value if at == index else part for at, part in enumerate(owner.values))
    machine.state.set(place, replace(owner, values=parts), machine.context)
    return True


def entries_looped_over(machine: Machine, target: cst.BaseExpression, place: Place) -> list[Place]:
    """``for k in losses: losses[k] = …`` writes to every entry there is."""
    loop = machine.context.innermost_loop
    if place[1] != "[*]" or loop is None or not isinstance(target, cst.Subscript) or not isinstance(loop.node, cst.For):
        return []
    over = loop.node.iter.func.value if _is_view(loop.node.iter) else loop.node.iter  # type: ignore[attr-defined]
    if not same(over, target.value):
        return []
    return [entry for entry, _ in machine.state.owned_by(place[0]) if entry[1].startswith("['")]


def _is_view(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _VIEWS


_VIEWS = frozenset({"items", "keys"})


def _assign_items(machine: Machine, target: cst.Tuple | cst.List, value: Value, node: cst.CSTNode) -> None:
    for index, element in enumerate(target.elements):
        if isinstance(element, cst.StarredElement):
            continue
        if isinstance(value, Items) and len(value.values) == len(target.elements):
            part: Value = value.values[index]
        else:
            part = part_of(machine, value, index, element)
        assign(machine, element.value, part, node)


def named(machine: Machine, target: cst.BaseExpression, value: Value) -> Value:
    """What a value becomes by being given a name: counts get a symbol, displays a location."""
    name = label_of(target)
    place = machine.place_of(target)
    if isinstance(value, Items) and place is not None:
        return located(machine, value, place)
    if isinstance(value, Ref) and value.kind in ("list", "deque", "dict") and is_new(value):
        return moved(machine, value, place)
    if isinstance(value, Opaque) and not value.path and name.isidentifier():
        return replace(value, path=name)
    if isinstance(value, Iterable) and not value.text:
        return replace(value, text=name)
    if isinstance(value, Accumulated) and place is not None and place != value.metric and value.metric[1] != "[]":
        value = value.total()
    return machine.named_count(name, value) if name else value


def bind_loop_target(machine: Machine, node: cst.CSTNode, target: cst.BaseExpression, over: Iterable) -> None:
    inner: Value = over.inner or Opaque(Birth((machine.scope.owner, node, "item"), node), computed=True, element=True)
    if not over.index:
        if over.start is not None:
            inner = Number(over.count, const=over.start if machine.first_pass else None)
        assign(machine, target, inner, node)
        return
    index = Number(over.count, const=over.start if machine.first_pass else None)
    if isinstance(target, cst.Tuple) and len(target.elements) == 2:
        assign(machine, target.elements[0].value, index, node)
        assign(machine, target.elements[1].value, inner, node)


def bind_parameters(
    machine: Machine, definition: cst.FunctionDef, arguments: Arguments, caller: Scope
) -> list[tuple[str, Value]]:
    """Pairs of parameter name and value: what is passed, else the default, else opaque."""
    scope = machine.scope
    parameters = definition.params
    plain = [*parameters.posonly_params, *parameters.params]
    is_static = any(dotted(d.decorator) == "staticmethod" for d in definition.decorators)
    bound: list[tuple[str, Value]] = []
    if scope.self_ref is not None and plain and not is_static:
        bound.append((plain[0].name.value, scope.self_ref))
        plain = plain[1:]
    positional = list(arguments.positional)
    for parameter in [*plain, *parameters.kwonly_params]:
        name = parameter.name.value
        if parameter in plain and positional:
            value: Value = positional.pop(0)
        elif name in arguments.keywords:
            value = arguments.keywords[name]
        else:
            value = _default(machine, definition, parameter, called=scope.depth > 0)
        bound.append((name, value if machine.is_literal(value) else machine.named_count(name, value)))
    if isinstance(parameters.star_kwarg, cst.Param):
        taken = {name for name, _ in bound}
        others = {name: value for name, value in arguments.keywords.items() if name not in taken}
        if others:
            place = (scope.owner, parameters.star_kwarg.name.value)
            display = Items(tuple(others.values()), keys=tuple(others))
            bound.append((place[1], located(machine, display, place)))
    return bound


def passed_nodes(definition: cst.FunctionDef, arguments: Arguments, *, method: bool) -> dict[str, cst.BaseExpression]:
    """What the caller wrote for each parameter."""
    names = [parameter.name.value for parameter in (*definition.params.posonly_params, *definition.params.params)]
    passed = dict(zip(names[1:] if method else names, arguments.nodes, strict=False))
    return {**passed, **arguments.keyword_nodes}


def _default(machine: Machine, definition: cst.FunctionDef, parameter: cst.Param, *, called: bool) -> Value:
    name = parameter.name.value
    opaque = Opaque(Birth((definition, name), parameter), name)
    if not called or parameter.default is None:
        return opaque
    if isinstance(parameter.default, cst.Name) and parameter.default.value == "None":
        return Nothing()
    if isinstance(parameter.default, (cst.Integer, cst.Float)):
        return machine.evaluate(parameter.default)
    return opaque
