"""Where the walk begins: the script itself, then whatever nobody in the file calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from accumlint.flow import functions, recording, statements
from accumlint.flow.arguments import Arguments
from accumlint.flow.context import Context, Loop
from accumlint.flow.events import Kind
from accumlint.flow.machine import Machine
from accumlint.flow.program import ClassInfo, Program, is_elided
from accumlint.flow.scope import Exits, Scope
from accumlint.flow.tree import descendants
from accumlint.flow.value import Items, Nothing, Number, Opaque, Ref, Value
from accumlint.frameworks.fabric import EPOCH_HOOKS, LIGHTNING_MODULES, MICRO_BATCH_HOOKS
from accumlint.scale import N


def walk(machine: Machine, callers: Sequence[Program] = ()) -> None:
    """One pass: first the files that call this one, so that its functions are seen as they are called."""
    for program in (*callers, machine.program):
        _walk_program(machine, program)


def _walk_program(machine: Machine, program: Program) -> None:
    machine.scope = machine.module_scope(program)
    machine.context = Context()
    statements.run(machine, program.module.body)
    uncalled = [node for name, node in program.functions.items() if name not in program.called]
    for node in [*uncalled, *program.functions.values()]:
        if node not in machine.walked:
            _enter(machine, node, None, _calls(machine, node))
    for info in program.classes.values():
        _walk_class(machine, info)


def _walk_class(machine: Machine, info: ClassInfo) -> None:
    """An object of the class, built once, whose methods the outside world calls."""
    waiting = [node for node in info.methods.values() if node not in machine.walked]
    if not waiting:
        return
    ref = Ref(("self", info.node), "instance", None, info.node)
    if "__init__" in info.methods:
        _enter(machine, info.methods["__init__"], ref, ())
    if machine.scope.program.is_lightning(info, LIGHTNING_MODULES):
        hooks = _hooks(machine, info)
        for node, frames in hooks:
            returned = _enter(machine, node, ref, frames)
            if node.name.value == "training_step" and "manual_backward" not in machine.scope.program.called:
                _automatic_backward(machine, node, returned, frames)
    called = machine.scope.program.called
    entries = [node for node in waiting if node.name.value not in called]
    for node in [*entries, *waiting]:
        if node not in machine.walked:
            _enter(machine, node, ref, _calls(machine, node))


def _hooks(machine: Machine, info: ClassInfo) -> Iterator[tuple[cst.FunctionDef, tuple[Loop, ...]]]:
    """Lightning's own loop: epochs around micro-batches."""
    epochs = Loop(info.node, machine.symbol("epochs"))
    step = info.methods.get("training_step", info.node)
    batches = Loop(step, machine.symbol(f"m@{info.node.name.value}"))
    order = ["on_train_epoch_start", "on_train_batch_start", "training_step", "on_train_batch_end"]
    names = [*order, *(name for name in info.methods if name in EPOCH_HOOKS and name not in order)]
    for name in names:
        if name in info.methods:
            frames = (epochs, batches) if name in MICRO_BATCH_HOOKS else (epochs,)
            yield info.methods[name], frames


def _calls(machine: Machine, node: cst.FunctionDef) -> tuple[Loop, ...]:
    """The outside world calls a function as often as it likes; one that holds the loop over epochs once."""
    if any(isinstance(part, cst.For) and _is_over_epochs(part) for part in descendants(node.body)):
        return ()
    return (Loop(node, machine.symbol(f"m@calls {node.name.value}")),)


def _is_over_epochs(loop: cst.For) -> bool:
    return any(isinstance(part, cst.Name) and "epoch" in part.value.lower() for part in descendants(loop.target))


def _automatic_backward(machine: Machine, node: cst.FunctionDef, returned: Value, frames: tuple[Loop, ...]) -> None:
    """Lightning backpropagates what training_step returns, divided by its own accumulate_grad_batches."""
    if isinstance(returned, Items) and "loss" in returned.keys:
        returned = returned.values[returned.keys.index("loss")]
    number = machine.number(returned)
    if not isinstance(returned, (Number, Opaque)):
        return
    machine.mark_loss(number, returned)
    machine.context = Context(frames)
    event = recording.event(
        machine,
        Kind.BACKWARD,
        node.name,
        value=number,
        operand=node.name,
        framework_divides=N,
        framework_known=_is_told(machine.program.module, "accumulate_grad_batches"),
    )
    machine.events.append(event)
    machine.context = Context()


def _is_told(module: cst.Module, keyword: str) -> bool:
    arguments = (part for part in descendants(module) if isinstance(part, cst.Arg))
    return any(argument.keyword is not None and argument.keyword.value == keyword for argument in arguments)


def _enter(machine: Machine, node: cst.FunctionDef, ref: Ref | None, frames: tuple[Loop, ...]) -> Value:
    if is_elided(node):
        machine.walked.add(node)
        return Nothing()
    outer = machine.scope
    machine.context = Context(frames)
    scope = Scope(("root", node), node, outer, outer.program, ref, 0)
    head = ("calls", node)
    machine.state.snapshot()
    machine.state.absorb(machine.heads.get(head, {}) if frames else {})
    machine.exits = Exits()
    returned = functions.enter_function(machine, scope, node, Arguments(), Nothing())
    left_behind = machine.state.commit()  # the names of one call are not those of the next
    machine.heads[head] = {place: bound for place, bound in left_behind.items() if place[0] != scope.owner}
    machine.context = Context()
    return returned
