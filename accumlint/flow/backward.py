"""Backward: what is backpropagated, and what a library divides it by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import guards, recording
from accumlint.flow.arguments import Arguments, opaque
from accumlint.flow.context import Guard
from accumlint.flow.events import Kind
from accumlint.flow.names import suggests_loss
from accumlint.flow.spelling import dotted, text_of
from accumlint.flow.tree import descendants
from accumlint.flow.value import Accumulated, Flag, Items, Number, Opaque, Ref, Value, constant
from accumlint.frameworks import Call, Role
from accumlint.scale import ONE, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def backward_call(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
    role: Role | None,
) -> Value:
    """``loss.backward()`` or ``engine.backward(loss)``."""
    text = dotted(receiver_node)
    by_argument = known.argument is not None or (
        bool(arguments.positional) and not isinstance(receiver, (Number, Accumulated)) and not suggests_loss(text)
    )
    if by_argument:
        loss = arguments.get(0) or arguments.get("loss")
        if loss is None:
            return opaque(machine, node)
        divides, certain = _framework_division(machine, known, receiver)
        undivided = _is_false(arguments.keyword_nodes.get("scale_wrt_gas"))
        divides = ONE if undivided else divides
        result = backward_on(machine, node, arguments, 0, known, text, divides, certain)
        if known.steps:
            _loss_scaler_step(machine, node, arguments, text)
        if known.returns_divided and undivided:
            return loss
        if known.returns_divided:
            number = machine.number(loss)
            return replace(number, scale=number.scale / N)
        return result
    _learn_grad_scaler(machine, receiver_node)
    _record_backward(machine, node, receiver, receiver_node, "", ONE, True)
    return constant(0)


def _learn_grad_scaler(machine: Machine, node: cst.BaseExpression) -> None:
    """What is asked to ``scale(loss)`` before the backward is a GradScaler."""
    match node:
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value="scale")), args=[_]):
            value = machine.evaluate(owner)
            if isinstance(value, Opaque):
                machine.beliefs.grad_scalers.add(value.birth.key)


def _is_true(node: cst.Call, keyword: str) -> bool:
    return any(
        argument.keyword is not None and argument.keyword.value == keyword and not _is_false(argument.value)
        for argument in node.args
    )


def _is_false(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "False"


def _framework_division(machine: Machine, known: Call, receiver: Value | None) -> tuple[Scale, bool]:
    """What a library's backward divides by: its own accumulation steps, where its construction is in sight."""
    if not known.divides:
        return ONE, True
    if known.returns_divided:
        return (ONE if _config_says_one(machine) else N), True
    if isinstance(receiver, Ref) and receiver.call is not None:
        for argument in receiver.call.args:
            if argument.keyword is not None and argument.keyword.value in (
                "gradient_accumulation_steps",
                "gradient_accumulation_plugin",
            ):
                told_one = machine.number(machine.evaluate(argument.value)).const == 1
                return (ONE if told_one else N), argument.keyword.value == "gradient_accumulation_steps"
            if argument.star == "**":
                return N, False
        return ONE, True
    return N, False


def _config_says_one(machine: Machine) -> bool:
    """``{"gradient_accumulation_steps": 1}`` is written in the text: the library divides by one."""
    written = [
        part.value.value
        for part in descendants(machine.program.module)
        if isinstance(part, cst.DictElement)
        and text_of(part.key) == "gradient_accumulation_steps"
        and isinstance(part.value, cst.Integer)
    ]
    return bool(written) and all(value == "1" for value in written)


def backward_on(
    machine: Machine,
    node: cst.Call,
    arguments: Arguments,
    index: int,
    known: Call,
    text: str,
    divides: Scale = ONE,
    certain: bool = True,
) -> Value:
    value = arguments.positional[index] if arguments.positional else arguments.keywords["loss"]
    operand = arguments.nodes[index] if arguments.nodes else arguments.keyword_nodes["loss"]
    items = value.values if isinstance(value, Items) else (value,)
    for item in items:
        _record_backward(machine, node, item, operand, text, divides, certain)
    return constant(0)


def _record_backward(
    machine: Machine,
    node: cst.Call,
    value: Value | None,
    operand: cst.BaseExpression,
    text: str,
    divides: Scale,
    certain: bool,
) -> None:
    if value is None:
        return
    number = machine.number(value)
    machine.mark_loss(number, value)
    machine.events.append(
        recording.event(
            machine,
            Kind.BACKWARD,
            node,
            value=number,
            operand=operand,
            receiver=text,
            framework_divides=divides,
            framework_known=certain,
            keeps_graph=_is_true(node, "retain_graph"),
        )
    )


def _loss_scaler_step(machine: Machine, node: cst.Call, arguments: Arguments, text: str) -> None:
    """``loss_scaler(loss, optimizer, update_grad=boundary)`` steps where the flag says so."""
    told = next((name for name in ("update_grad", "need_update") if name in arguments.keywords), None)
    flag = arguments.keywords[told] if told is not None else None
    frames: tuple[Guard, ...] = ()
    if told is not None and isinstance(flag, Flag) and flag.fraction.known and not flag.negated:
        frames = (guards.passed(machine, arguments.keyword_nodes[told], flag),)
    with machine.inside(*frames):
        machine.events.append(recording.event(machine, Kind.OPTIMIZER_STEP, node, receiver=text))
