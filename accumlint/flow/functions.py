"""Functions of the text: which are run, on what, and what comes back."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import doubt, guards, statements
from accumlint.flow.arguments import Arguments
from accumlint.flow.binding import bind_parameters, passed_nodes
from accumlint.flow.linking import module_of
from accumlint.flow.parts import make_with
from accumlint.flow.program import (
    Program,
    declared_fields,
    is_elided,
    is_generator,
    made_fields,
    runs_without_grad,
)
from accumlint.flow.scope import Exits, Scope
from accumlint.flow.state import Bound, Writes
from accumlint.flow.value import Birth, Definition, Flag, Nothing, Opaque, Ref, Value

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


MAX_DEPTH = 8
"""Calls are followed this deep."""
BUDGET = 20_000
"""Statements walked per pass; beyond it calls are no longer followed, so that growth stays linear."""


def call_definition(machine: Machine, function: Definition, arguments: Arguments, node: cst.CSTNode) -> Value:
    """Run a function of the text on these arguments, where it is worth it; otherwise what it returns is opaque."""
    definition = function.node
    if isinstance(definition, cst.ClassDef):
        return _instantiate(machine, definition, function.program, arguments, node)
    unknown = Opaque(Birth((machine.scope.owner, node), node), computed=True, history=not machine.no_grad)
    if not isinstance(definition, cst.FunctionDef):
        machine.make(unknown.birth.key)
        return unknown
    replaced = doubt.note_definition(machine, unknown.birth.key, definition, function.program)
    if replaced or not _may_enter(machine, definition):
        doubt.note_method(machine, unknown.birth.key, function.owner)
        machine.make(unknown.birth.key)
        return unknown
    owner = machine.serial((machine.scope.owner, definition, node))
    program = function.program or module_of(machine, function.owner) or machine.scope.program
    parent = machine.module_scope(program) if function.frame is None else _scope_of(machine, function.frame)
    passed = passed_nodes(definition, arguments, method=function.owner is not None)
    depth = machine.scope.depth + 1
    scope = Scope(owner, definition, parent, program, function.owner, depth, machine.scope, node, passed)
    return enter_function(machine, scope, definition, arguments, unknown)


def _instantiate(
    machine: Machine, class_: cst.ClassDef, program: Program | None, arguments: Arguments, node: cst.CSTNode
) -> Ref:
    info = machine.class_of(class_)
    ref = Ref((machine.scope.owner, node), "instance", None, class_, node if isinstance(node, cst.Call) else None)
    for field, factory in made_fields(class_):
        make_with(machine, factory, (ref.key, field), machine.context)
    if info is not None and "__init__" in info.methods:
        machine.call(Definition(info.methods["__init__"], ref, program=program), arguments, node)
    elif info is not None:
        given = {**dict(zip(declared_fields(class_), arguments.positional, strict=False)), **arguments.keywords}
        for field, value in given.items():
            machine.state.set((ref.key, field), machine.named_count(field, value), machine.context)
    return ref


def _scope_of(machine: Machine, owner: Hashable) -> Scope | None:
    scope: Scope | None = machine.scope
    while scope is not None and scope.owner != owner:
        scope = scope.parent
    return scope or machine.module_scope(machine.scope.program)


def _may_enter(machine: Machine, definition: cst.FunctionDef) -> bool:
    return (
        definition not in machine.active
        and not is_elided(definition)
        and len(machine.active) < MAX_DEPTH
        and machine.steps < BUDGET
        and not _is_generator(machine, definition)
    )


def _is_generator(machine: Machine, definition: cst.FunctionDef) -> bool:
    if definition not in machine.generators:
        machine.generators[definition] = is_generator(definition)
    return machine.generators[definition]


def enter_function(
    machine: Machine, scope: Scope, definition: cst.FunctionDef, arguments: Arguments, unknown: Value
) -> Value:
    """Bind parameters, run the body, join what is returned."""
    caller_scope, caller_exits, caller_loop = machine.scope, machine.exits, machine.context
    machine.walked.add(definition)
    machine.active.append(definition)
    mark = machine.state.snapshot()
    machine.exits = Exits(mark, mark, entered=machine.context)
    machine.scope = scope
    for name, value in bind_parameters(machine, definition, arguments, caller_scope):
        machine.carried.discard((scope.owner, name))
        machine.state.set((scope.owner, name), value, machine.context)
    quiet = runs_without_grad(definition)
    machine.no_grad += quiet
    reached_end = statements.run(machine, definition.body.body)
    machine.no_grad -= quiet
    for leaving in machine.exits.function:
        if reached_end:
            machine.state.rejoin(leaving)
        else:
            machine.state.rewind(leaving)
            reached_end = True
    _leave_frame(machine, scope, machine.state.commit())
    returned = list(machine.exits.returned)
    machine.scope, machine.exits, machine.context = caller_scope, caller_exits, caller_loop
    machine.active.pop()
    return _as_called(_join_returned(machine, returned, unknown), scope)


def _as_called(value: Value, scope: Scope) -> Value:
    """N of ``if is_last(i, accum_steps):`` is spelled as the caller spells it, whatever the parameter is called."""
    if isinstance(value, Flag) and isinstance(value.modulus, cst.Name):
        return replace(value, modulus=scope.passed.get(value.modulus.value, value.modulus))
    return value


def _leave_frame(machine: Machine, scope: Scope, writes: Writes) -> None:
    """A function's own names end with it, unless a function inside still sees them."""
    if any(isinstance(bound.value, Definition) for bound in writes.values() if bound is not None):
        return
    for place in writes:
        if place[0] == scope.owner:
            machine.state.forget(place)


def _join_returned(machine: Machine, returned: list[Value], unknown: Value) -> Value:
    values = [value for value in returned if not isinstance(value, Nothing)]
    if not values:
        return Nothing() if returned else unknown
    said = guards.said(values)
    if said is not None:
        return said
    joined = Bound(values[0], machine.context)
    for value in values[1:]:
        joined = machine.state.join(joined, Bound(value, machine.context)) or joined
    return joined.value
