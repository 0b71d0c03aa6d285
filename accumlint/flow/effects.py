"""Effects: what the calls that :mod:`accumlint.frameworks` describes do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import recording
from accumlint.flow.arguments import Arguments, opaque
from accumlint.flow.arrays import length_given
from accumlint.flow.backward import backward_call
from accumlint.flow.events import Kind
from accumlint.flow.names import suggests_loss
from accumlint.flow.parts import element_of, read_meter
from accumlint.flow.spelling import dotted, text_of
from accumlint.flow.tensors import number_effect
from accumlint.flow.value import (
    Flag,
    Items,
    Number,
    Opaque,
    Ref,
    Value,
    constant,
)
from accumlint.frameworks import Call, Effect, Role
from accumlint.scale import N

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def perform(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
    role: Role | None = None,
) -> Value:
    """Do what a known call does."""
    text = dotted(receiver_node)
    match known.effect:
        case Effect.BACKWARD:
            return backward_call(machine, node, known, receiver, arguments, receiver_node, role)
        case Effect.STEP:
            optimizer = dotted(arguments.nodes[0]) if arguments.nodes and role is Role.GRAD_SCALER else text
            machine.events.append(recording.event(machine, Kind.OPTIMIZER_STEP, node, receiver=optimizer))
            return opaque(machine, node)
        case Effect.ZERO_GRAD:
            machine.events.append(recording.event(machine, Kind.ZERO_GRAD, node, receiver=text))
            return constant(0)
        case Effect.SCHEDULER_STEP:
            if not arguments.positional and not arguments.keywords:  # else it is told where it is
                length = _schedule_length(machine, receiver)
                machine.events.append(recording.event(machine, Kind.SCHEDULER_STEP, node, receiver=text, value=length))
            return constant(0)
        case Effect.CLIP | Effect.UNSCALE:
            kind = Kind.CLIP if known.effect is Effect.CLIP else Kind.UNSCALE
            machine.events.append(recording.event(machine, kind, node, receiver=text))
            return opaque(machine, node)
        case Effect.ACCUMULATE if role is Role.ENGINE or not arguments.positional:
            _engine_step(machine, node, text)
            return constant(0)
        case Effect.WINDOW:
            return Number(N)
        case Effect.GRADIENT_BOUNDARY:
            return Flag(N**-1, node=node)
        case Effect.FEED:
            return _feed(machine, node, known, receiver, arguments, receiver_node)
        case Effect.FEED_FIELDS:
            return _feed_fields(machine, node, receiver, arguments, receiver_node)
        case Effect.READ_MEAN | Effect.READ_SUM:
            if isinstance(receiver, Ref):
                return read_meter(machine, receiver, "avg" if known.effect is Effect.READ_MEAN else "sum")
            return Number()
        case Effect.RESET:
            if isinstance(receiver, Ref):
                machine.state.set((receiver.key, "[]"), constant(0), machine.context)
            return constant(0)
        case Effect.REPORT if not node.args:  # the logarithm of a tensor
            return opaque(machine, node)
        case Effect.REPORT:
            return _report(machine, node, arguments)
        case Effect.FRESH if isinstance(receiver, Ref) and _is_moved(receiver, node):
            return receiver
        case Effect.SAVE:
            if arguments.positional:
                recording.sink(machine, node, arguments.nodes[0], "checkpoint", arguments.positional[0])
            return constant(0)
        case Effect.ZERO if receiver is None:
            made = (machine.scope.owner, node)
            return replace(constant(0), slots=length_given(machine, arguments), storage=made)
    return number_effect(machine, node, known, receiver, arguments, receiver_node)


def _is_moved(receiver: Ref, node: cst.Call) -> bool:
    """``MeanMetric().to(device)`` is the meter, and ``Criterion(n).cuda()`` the criterion."""
    is_object = receiver.role is not None or receiver.class_ is not None
    return is_object and isinstance(node.func, cst.Attribute) and node.func.attr.value not in ("clone", "copy", "new")


def _schedule_length(machine: Machine, receiver: Value | None) -> Number | None:
    """The number of steps that a scheduler was built for."""
    bound = machine.state.get((receiver.key, "[length]")) if isinstance(receiver, Ref) else None
    return bound.value if bound is not None and isinstance(bound.value, Number) else None


def _engine_step(machine: Machine, node: cst.Call, text: str) -> None:
    machine.virtual.append(N**-1)
    machine.events.append(recording.event(machine, Kind.OPTIMIZER_STEP, node, receiver=text))
    machine.virtual.pop()


def _feed(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
) -> Value:
    """A meter is fed; the mean of what it is fed leaves with it."""
    if not arguments.nodes:
        fields = [key for key in arguments.keywords if suggests_loss(key)] or list(arguments.keywords)
        if not fields:
            return constant(0)
        value, operand = arguments.keywords[fields[0]], arguments.keyword_nodes[fields[0]]
    else:
        value, operand = arguments.positional[0], arguments.nodes[0]
    if isinstance(value, Items) or (isinstance(value, Ref) and value.kind == "dict"):
        return _feed_entries(machine, node, receiver, _entries(machine, value, operand), receiver_node)
    number = machine.number(value)
    if not number.births:
        return constant(0)
    key = receiver.key if isinstance(receiver, Ref) else receiver.birth.key if isinstance(receiver, Opaque) else node
    total = recording.add(machine, (key, "[]"), node, operand, number, receiver_node, kind="mean")
    fed = replace(element_of(total), adds=total.adds[-1:], scale=number.scale)
    recording.sink(machine, node, operand, "meter", fed, dotted(receiver_node))
    return fed


def _feed_fields(
    machine: Machine, node: cst.Call, receiver: Value | None, arguments: Arguments, receiver_node: cst.BaseExpression
) -> Value:
    fields = [(name, value, arguments.keyword_nodes[name]) for name, value in arguments.keywords.items()]
    return _feed_entries(machine, node, receiver, fields, receiver_node)


def _feed_entries(
    machine: Machine,
    node: cst.Call,
    receiver: Value | None,
    fields: list[tuple[str, Value, cst.BaseExpression]],
    receiver_node: cst.BaseExpression,
) -> Value:
    """A family of meters is fed, each by its name."""
    key = receiver.key if isinstance(receiver, Ref) else receiver.birth.key if isinstance(receiver, Opaque) else node
    for name, value, operand in fields:
        number = machine.number(value)
        if not number.births:
            continue
        total = recording.add(machine, ((key, name), "[]"), node, operand, number, receiver_node, kind="mean")
        fed = replace(element_of(total), adds=total.adds[-1:], scale=number.scale)
        recording.sink(machine, node, operand, "meter", fed, name)
    return constant(0)


def _entries(
    machine: Machine, value: Items | Ref, node: cst.BaseExpression
) -> list[tuple[str, Value, cst.BaseExpression]]:
    """The names and values of a dict; those of one that has a name cannot be changed where it is handed on."""
    if isinstance(value, Items):
        nodes = value.nodes or tuple(node for _ in value.values)
        return [(key, item, at) for key, item, at in zip(value.keys, value.values, nodes, strict=False)]
    held = [(key, bound.value) for (_, key), bound in machine.state.owned_by(value.key) if key != "[new]"]
    numbers = [(key.strip("[]'*"), machine.number(item)) for key, item in held]
    return [(key, replace(number, divisions=(), origin=None), node) for key, number in numbers]


def _report(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """print, log, add_scalar: every number in the arguments leaves."""
    given = {key: _text(arguments.keyword_nodes[key]) for key in arguments.keywords}
    tag = named = next((text for key, text in given.items() if text and key in _TAGS), "")
    follows = False
    for value, value_node in zip(arguments.positional, arguments.nodes, strict=True):
        text = _text(value_node)
        if text:
            tag = f"{tag}/{text}" if follows else text
        elif isinstance(value_node, cst.FormattedString) and not isinstance(value, Items):
            tag = named
        follows = bool(text)
        labelled = isinstance(value, Items) and value.keys
        recording.sink(machine, node, value_node, "log", value, tag if not labelled else "")
    for key, value in arguments.keywords.items():
        recording.sink(
            machine, node, arguments.keyword_nodes[key], "log", value, tag if key in _VALUES and tag else key
        )
    return constant(0)


_TAGS = frozenset({"name", "tag", "title", "key", "metric"})
_VALUES = frozenset({"value", "scalar_value", "scalar", "val", "y"})
"""Keywords that say what is shown, and those that are it: ``add_scalar(tag="loss", scalar_value=x)``."""


def _text(node: cst.BaseExpression) -> str:
    return text_of(node) if isinstance(node, cst.SimpleString) else ""
