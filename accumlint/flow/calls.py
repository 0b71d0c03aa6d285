"""Calls: functions of the text are run, known library calls do what :mod:`accumlint.frameworks` says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint import frameworks
from accumlint.flow import doubt, linking, recording
from accumlint.flow.arguments import Arguments, opaque
from accumlint.flow.containers import container_method, pairs
from accumlint.flow.effects import perform
from accumlint.flow.events import Kind
from accumlint.flow.iteration import chunks
from accumlint.flow.library import call_library, call_unknown, handed_through, reduction_of
from accumlint.flow.names import suggests_loss
from accumlint.flow.parts import read_entry
from accumlint.flow.program import is_property
from accumlint.flow.spelling import dotted, text_of
from accumlint.flow.value import (
    Accumulated,
    Birth,
    Definition,
    Items,
    Library,
    Number,
    Opaque,
    Ref,
    Value,
    constant,
)
from accumlint.frameworks import Call, Effect, Role
from accumlint.scale import UNKNOWN, B, N

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def call(machine: Machine, node: cst.Call) -> Value:
    """The value of a call, its effects recorded."""
    if isinstance(node.func, cst.Name) and node.func.value == "reveal_scale" and node.args:
        value = machine.evaluate(node.args[0].value)
        machine.reveals.append((node, machine.number(value).scale))
        return value
    if isinstance(node.func, cst.Attribute):
        return _method(machine, node, node.func)
    function = machine.evaluate(node.func)
    arguments = evaluate_arguments(machine, node)
    if isinstance(function, Ref):
        known = frameworks.known_method(function.role, "__call__") if function.role else None
        if known is not None:
            return perform(machine, node, known, function, arguments, node.func)
    return _apply(machine, node, function, arguments)


def evaluate_arguments(machine: Machine, node: cst.Call) -> Arguments:
    positional: list[Value] = []
    nodes: list[cst.BaseExpression] = []
    keywords: dict[str, Value] = {}
    keyword_nodes: dict[str, cst.BaseExpression] = {}
    for argument in node.args:
        value = machine.evaluate(argument.value)
        if argument.keyword is not None:
            keywords[argument.keyword.value] = value
            keyword_nodes[argument.keyword.value] = argument.value
        elif argument.star == "**":
            for key, item in _keywords_in(machine, value):
                keywords[key] = item
                keyword_nodes[key] = argument.value
        else:
            positional.append(value)
            nodes.append(argument.value)
    arguments = Arguments(tuple(positional), tuple(nodes), keywords, keyword_nodes)
    doubt.note_call(machine, (machine.scope.owner, node), arguments)
    return arguments


def _keywords_in(machine: Machine, value: Value) -> list[tuple[str, Value]]:
    """What ``**options`` passes, where the dict was written in sight."""
    if isinstance(value, Items):
        return list(zip(value.keys, value.values, strict=False))
    if isinstance(value, Ref):
        held = machine.state.owned_by(value.key)
        return [(key[2:-2], bound.value) for (_, key), bound in held if key.startswith("['")]
    return []


def _apply(machine: Machine, node: cst.Call, function: Value, arguments: Arguments) -> Value:
    """Call a value that is no method."""
    if isinstance(function, Library) and _is_worth_following(machine, node, function.name, arguments):
        function = linking.imported(machine, function) or function
    match function:
        case Definition(node=cst.FunctionDef() | cst.ClassDef()):
            return machine.call(function, arguments, node)
        case Definition(node=cst.Lambda() as body):
            doubt.note_lambda(machine, (machine.scope.owner, node), body)
            return opaque(machine, node)
        case Library():
            return call_library(machine, node, machine.scope.program.qualified(function.name), arguments)
        case Opaque():
            if function.birth.key in machine.beliefs.doubtful:  # partial(f, accum_steps)
                machine.beliefs.doubtful.add((machine.scope.owner, node))
            return call_unknown(machine, node, function, arguments)
        case Ref(role=Role.CRITERION, call=cst.Call() as built):
            return opaque(machine, node, reduction_of(built, "mean"))
        case Ref() if function.class_ is not None:
            info = machine.class_of(function.class_)
            method = info.methods.get("__call__") or info.methods.get("forward") if info is not None else None
            if method is not None:
                return machine.call(Definition(method, function), arguments, node)
    return opaque(machine, node)


def _is_worth_following(machine: Machine, node: cst.Call, name: str, arguments: Arguments) -> bool:
    """What is imported is looked up for a class, which may average, and where a loss goes in or comes out.

    A file that calls the one that is analysed is there to be followed.
    """
    if frameworks.describes(machine.scope.program.qualified(name)):
        return False
    if machine.scope.program.path in machine.callers:
        return True
    given = (*arguments.positional, *arguments.keywords.values())
    is_class = name.rpartition(".")[2][:1].isupper()
    if is_class or (machine.scope.owner, node) in machine.beliefs.losses or any(_matters(machine, v) for v in given):
        return True
    return any(suggests_loss(dotted(argument.value)) for argument in node.args)


def _matters(machine: Machine, value: Value) -> bool:
    """A loss, N, or something that may hold or sum losses."""
    if isinstance(value, (Ref, Accumulated)):
        return True
    if isinstance(value, Items):
        return any(_matters(machine, item) for item in value.values)
    if not isinstance(value, (Number, Opaque)):
        return False
    number = machine.number(value)
    return number.scale == N or any(birth.key in machine.beliefs.losses for birth in number.births)


def _method(machine: Machine, node: cst.Call, func: cst.Attribute) -> Value:
    name = func.attr.value
    if isinstance(func.value, cst.Call) and dotted(func.value.func) == "super":
        return _super(machine, node, name)
    receiver = machine.evaluate(func.value)
    doubt.note(machine, (machine.scope.owner, node), receiver)
    if isinstance(receiver, Library):
        arguments = evaluate_arguments(machine, node)
        full_name = f"{receiver.name}.{name}"
        follows = _is_worth_following(machine, node, full_name, arguments)
        defined = linking.imported(machine, Library(full_name)) if follows else None
        if defined is not None:
            return _apply(machine, node, defined, arguments)
        if isinstance(receiver.name, str) and receiver.name.startswith("super"):
            return opaque(machine, node)
        full = f"{machine.scope.program.qualified(receiver.name)}.{name}"
        reports = frameworks.reporting_method(full)
        if reports is not None:
            return perform(machine, node, reports, receiver, arguments, func.value)
        role = frameworks.role_by_name(receiver.name.rpartition(".")[2])
        known = frameworks.known_method(role, name) if role is not None else None
        if known is not None and frameworks.known_function(full) is None:
            return perform(machine, node, known, receiver, arguments, func.value, role)
        if name == "append":
            return _tensor_method(machine, node, func, receiver, name, arguments)
        return call_library(machine, node, full, arguments)
    if isinstance(receiver, Ref) and receiver.class_ is not None:
        info = machine.class_of(receiver.class_)
        method = info.methods.get(name) if info is not None else None
        bound = machine.state.get((receiver.key, name))
        if method is not None and bound is None:
            function = Definition(method, receiver)
            if is_property(method):
                return _apply(
                    machine, node, machine.call(function, Arguments(), func), evaluate_arguments(machine, node)
                )
            return machine.call(function, evaluate_arguments(machine, node), node)
        if bound is not None:
            return _apply(machine, node, bound.value, evaluate_arguments(machine, node))
        if info is not None and any(base not in machine.scope.program.classes for base in info.bases):
            doubt.note_stranger(machine, (machine.scope.owner, node), [argument.value for argument in node.args])
    if isinstance(receiver, Items) and not receiver.keys and name in ("append", "extend"):
        place = machine.place_of(func.value)
        if place is not None:
            ref = Ref(("at", place), "list")
            bound = machine.state.get(place)
            with_context = bound.context if bound is not None else machine.context
            machine.state.set((ref.key, "[]"), constant(0), with_context)
            machine.state.set(place, ref, with_context)
            receiver = ref
    arguments = evaluate_arguments(machine, node)
    if isinstance(receiver, Ref) and receiver.kind in ("list", "deque", "dict"):
        value = container_method(machine, node, func, receiver, name, arguments)
        if value is not None:
            return value
    if isinstance(receiver, Items) and name == "items":
        return pairs(machine, receiver.values)
    if isinstance(receiver, Items) and name in ("format", "join"):
        labels = _field_labels(func.value, len(arguments.nodes)) if name == "format" else ()
        keys = (*("" for _ in receiver.values), *(labels or ("",) * len(arguments.nodes)), *arguments.keywords)
        values = (*receiver.values, *arguments.positional, *arguments.keywords.values())
        return Items(values, (*receiver.nodes, *arguments.nodes, *arguments.keyword_nodes.values()), keys)
    if isinstance(receiver, Opaque) and name == "items":
        entries = [b.value for (_, key), b in machine.state.owned_by(receiver.birth.key) if key.startswith("[")]
        if entries:
            return pairs(machine, entries)
    if isinstance(receiver, Items):
        return opaque(machine, node)
    if (
        isinstance(receiver, Opaque)
        and name == "get"
        and node.args
        and isinstance(node.args[0].value, cst.SimpleString)
    ):
        entry = read_entry(machine, cst.Subscript(func.value, [cst.SubscriptElement(cst.Index(node.args[0].value))]))
        return replace(entry, birth=Birth(entry.birth.key, node)) if isinstance(entry, Opaque) else entry
    if name == "optimizers" and not node.args:  # Lightning's own
        return replace(opaque(machine, node), path="self.optimizers")
    text = _receiver_name(func, receiver)
    role = machine.library_role(receiver, text)
    known = frameworks.known_method(role, name)
    if known is None and name == "step" and not node.args and role is None:
        known = Call(Effect.ACCUMULATE) if f"{text}.backward" in machine_backwards(machine) else None
    if known is not None and known.effect is Effect.REPORT and not node.args:
        known = None  # the logarithm of a tensor
    if known is not None and not _is_size(name):
        return perform(machine, node, known, receiver, arguments, func.value, role)
    return _tensor_method(machine, node, func, receiver, name, arguments)


def _field_labels(template: cst.BaseExpression, count: int) -> tuple[str, ...]:
    """The words before each field of ``"loss: {:.4f}".format(…)``, where the fields are in order."""
    pieces = re.split(r"\{[^{}]*\}", text_of(template))
    if len(pieces) != count + 1:
        return ("",) * count
    return tuple(piece.strip(" :=,|([{") for piece in pieces[:count])


def _receiver_name(func: cst.Attribute, receiver: Value) -> str:
    """What the receiver is called: for an entry, the name of the whole, ``meters["loss"]``."""
    if isinstance(func.value, cst.Subscript):
        return dotted(func.value.value)
    text = dotted(func.value)
    known_longer = isinstance(receiver, Opaque) and "." in receiver.path and not text.startswith("self.")
    return receiver.path if known_longer and isinstance(receiver, Opaque) else text


def machine_backwards(machine: Machine) -> set[str]:
    return {f"{event.receiver}.backward" for event in machine.events if event.kind is Kind.BACKWARD and event.receiver}


def _is_size(name: str) -> bool:
    return name in ("size",)


def _super(machine: Machine, node: cst.Call, name: str) -> Value:
    arguments = evaluate_arguments(machine, node)
    scope = machine.scope
    if scope.self_ref is not None and scope.self_ref.class_ is not None:
        info = machine.class_of(scope.self_ref.class_)
        for base in info.bases if info is not None else ():
            parent = machine.scope.program.classes.get(base)
            if parent is not None and name in parent.methods and parent.methods[name] is not scope.node:
                return machine.call(Definition(parent.methods[name], scope.self_ref), arguments, node)
    return opaque(machine, node)


def _tensor_method(
    machine: Machine, node: cst.Call, func: cst.Attribute, receiver: Value, name: str, arguments: Arguments
) -> Value:
    if name == "size" and isinstance(receiver, Opaque) and arguments.nodes:
        first = machine.number(arguments.positional[0]).const
        return Number(B, length_of=receiver.birth.key) if receiver.element and first == 0 else Number()
    if name in ("chunk", "tensor_split") and arguments.nodes:
        return chunks(machine, node, receiver, arguments.nodes[0])
    if name == "append" and arguments.nodes and isinstance(receiver, (Opaque, Library)):
        value = arguments.positional[0]
        how = "store" if machine.number(value).adds else "history"
        recording.sink(machine, node, arguments.nodes[0], how, value, dotted(func.value))
        return constant(0)
    if isinstance(receiver, Opaque):
        if receiver.element:
            return replace(opaque(machine, node), element=name in ("to", "cuda", "float", "long", "half", "double"))
        same = handed_through(machine, name, arguments)
        if same is not None:
            return same
    if isinstance(receiver, (Number, Accumulated)) and machine.number(receiver).births:
        number = machine.number(receiver)
        plain = number.certain and not number.divisions and not number.adds
        return machine.born(node, Number(UNKNOWN, number.births, certain=plain))
    return opaque(machine, node)
