"""The walk over statements: branches, loops, and what leaves them early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import binding, branches, doubt, guards, leftover, recording
from accumlint.flow.beginnings import beginning, has_begun, made_at
from accumlint.flow.binding import bind_loop_target
from accumlint.flow.containers import empty
from accumlint.flow.context import Frame, Loop
from accumlint.flow.iteration import iterable
from accumlint.flow.program import statements_of
from accumlint.flow.spelling import dotted, is_whole
from accumlint.flow.sums import augmented, begins_or_adds, rebinding_cells, rebinding_sum, rebinding_sums
from accumlint.flow.value import Definition, Flag, Iterable, Nothing, Ref, Way, constant
from accumlint.frameworks import Role
from accumlint.frameworks.loggers import SHOWN_BY_PROGRESS_BARS
from accumlint.scale import N, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def run(machine: Machine, body: Sequence[cst.CSTNode]) -> bool:
    """Walk statements in order; False when the end is not reached."""
    outer, ways = machine.context, len(machine.ways)
    alive = True
    for node in statements_of(list(body)):
        machine.steps += 1
        alive = statement(machine, node)
        if not alive:
            break
    machine.context = outer
    del machine.ways[ways:]
    return alive


def statement(machine: Machine, node: cst.CSTNode) -> bool:
    """Walk one statement; False when control leaves the block here."""
    match node:
        case cst.Expr():
            machine.evaluate(node.value)
        case cst.Assign():
            _assign_statement(machine, node)
        case cst.AnnAssign(value=cst.BaseExpression()):
            binding.assign(machine, node.target, machine.evaluate(node.value), node)  # type: ignore[arg-type]
        case cst.AugAssign():
            augmented(machine, node)
        case cst.If():
            return _if(machine, node)
        case cst.For():
            _for(machine, node)
        case cst.While():
            _while(machine, node)
        case cst.With():
            return _with(machine, node)
        case cst.Try() | cst.TryStar():
            return _try(machine, node)
        case cst.Match():
            return _match(machine, node)
        case cst.Return():
            value = machine.evaluate(node.value) if node.value is not None else Nothing()
            if node.value is not None and machine.scope.depth == 0:
                recording.sink(machine, node, node.value, "return", value)
            machine.exits.returned.append(guards.saying(machine, value))
            machine.exits.function.append(machine.state.written_since(machine.exits.function_mark))
            return False
        case cst.Raise():
            return False
        case cst.Continue() | cst.Break():
            machine.exits.loop.append(machine.state.written_since(machine.exits.loop_mark))
            return False
        case cst.FunctionDef():
            function = Definition(node, machine.scope.self_ref, machine.scope.owner)
            machine.state.set((machine.scope.owner, node.name.value), function, machine.context)
        case cst.Del():
            _delete(machine, node.target)
        case _:
            pass
    return True


def _assign_statement(machine: Machine, node: cst.Assign) -> None:
    targets = [target.target for target in node.targets]
    if len(targets) == 1 and rebinding_sum(machine, targets[0], node.value, node):
        return
    if len(targets) == 1 and rebinding_sums(machine, targets[0], node.value, node):
        return
    if len(targets) == 1 and rebinding_cells(machine, targets[0], node.value, node):
        return
    value = machine.evaluate(node.value)
    for target in targets:
        binding.assign(machine, target, value, node)
        if isinstance(target, cst.Attribute) and _is_shown(machine, target):
            recording.sink(machine, node, node.value, "log", value)
        if isinstance(target, cst.Name):
            machine.copied[(machine.scope.owner, target.value)] = node.value


def _is_shown(machine: Machine, target: cst.Attribute) -> bool:
    """``bar.desc = f"loss {loss:.4f}"`` where ``bar`` is a progress bar, around what a loop runs over or by itself."""
    if target.attr.value not in SHOWN_BY_PROGRESS_BARS:
        return False
    bar = machine.evaluate(target.value)
    return isinstance(bar, Iterable) or machine.library_role(bar, dotted(target.value)) is Role.PROGRESS


def _delete(machine: Machine, target: cst.BaseExpression) -> None:
    if isinstance(target, cst.Tuple):
        for element in target.elements:
            _delete(machine, element.value)
    elif isinstance(target, cst.Name):
        machine.state.forget((machine.scope.owner, target.value))
    elif isinstance(target, cst.Subscript):
        whole = machine.evaluate(target.value)
        if isinstance(whole, Ref) and is_whole(target):
            empty(machine, whole)
        else:
            binding.assign(machine, target, constant(0), target)


def _if(machine: Machine, node: cst.If) -> bool:
    test = guards.test(machine, node.test)
    if begins_or_adds(machine, node, test) or _begins(machine, node, test):
        return True
    given = guards.asks_for_n(machine, node.test, test)
    if test.always is not None and given is None:
        return _decided(machine, node, test.always)
    frames, other_frames = guards.frames(machine, node, test, given)
    told = len(machine.sinks)
    taken = branches.walk(machine, frames, lambda: run(machine, node.body.body), (node.test, True))
    if len(machine.sinks) > told and guards.holds_without_a_number(node.test):
        del machine.sinks[told:]  # "loss is nan": it is so for every N
    orelse, if_not = node.orelse, (node.test, False)
    other = branches.walk(machine, other_frames, lambda: orelse is None or _orelse(machine, orelse), if_not)
    taken, other = replace(taken, accumulates=given is True), replace(other, accumulates=given is False)
    if taken.reaches_end and other.reaches_end:
        flags = guards.raised(machine, test, taken.writes, other.writes)
        branches.join(machine, taken, other, None if frames or other_frames else node.test)
        for place, flag in flags.items():
            machine.state.set(place, flag, machine.context)
    elif taken.reaches_end:
        branches.follow(machine, taken)
        _continue_under(machine, frames, (node.test, True))
    elif other.reaches_end:
        branches.follow(machine, other)
        rest = other_frames if given else guards.rest(machine, node, test, other_frames)
        _continue_under(machine, rest, if_not)
    return taken.reaches_end or other.reaches_end


def _begins(machine: Machine, node: cst.If, flag: Flag) -> bool:
    """``if k not in sums: sums[k] = 0.0``: it is done before the first addition, and sets nothing back after it."""
    body = list(statements_of(node.body.body)) if node.orelse is None else []
    starts = [s for s in body if isinstance(s, cst.Assign) and len(s.targets) == 1 and isinstance(s.value, _STARTS)]
    if not starts or len(starts) != len(body):
        return False
    target = starts[0].targets[0].target
    begins = beginning(machine, node.test, flag, True, target)
    if begins is None or (begins != machine.context and begins.extends(machine.context)):
        return False
    if begins == machine.context:  # the test asks whether it has begun
        made = None if has_begun(machine, target) else made_at(machine, target)
        if made is None:
            return True
        begins = made
    here, machine.context = machine.context, begins
    for start in starts:
        _assign_statement(machine, start)
    machine.context = here
    return True


_STARTS = (cst.Integer, cst.Float, cst.List, cst.Dict, cst.Call)


def _continue_under(machine: Machine, frames: tuple[Frame, ...], way: Way) -> None:
    """After a branch that left, the rest of the block runs under the other branch's condition."""
    machine.ways.append(way)
    for frame in frames:
        machine.context = machine.context + frame


def _decided(machine: Machine, node: cst.If, taken: bool) -> bool:
    if taken:
        return run(machine, node.body.body)
    return True if node.orelse is None else _orelse(machine, node.orelse)


def _orelse(machine: Machine, orelse: cst.If | cst.Else) -> bool:
    if isinstance(orelse, cst.If):
        outer, ways = machine.context, len(machine.ways)
        alive = _if(machine, orelse)
        machine.context = outer
        del machine.ways[ways:]
        return alive
    return run(machine, orelse.body.body)


def _for(machine: Machine, node: cst.For) -> None:
    iterated = machine.evaluate(node.iter)
    doubt.note(machine, (machine.scope.owner, node, "item"), iterated)
    _loop(machine, node, iterable(machine, iterated, node.iter), node.target)
    if node.orelse is not None:
        run(machine, node.orelse.body.body)


def _while(machine: Machine, node: cst.While) -> None:
    machine.evaluate(node.test)
    count = machine.symbol(f"m@while {machine.serial(node)}")
    _loop(machine, node, Iterable(count), None)


def _loop(machine: Machine, node: cst.For | cst.While, over: Iterable, target: cst.BaseExpression | None) -> None:
    head = (machine.scope.owner, node)
    outer_exits, machine.exits.loop = machine.exits.loop, []
    outer_mark, machine.exits.loop_mark = machine.exits.loop_mark, machine.state.snapshot()
    machine.carried |= machine.state.absorb(machine.heads.get(head, {}))
    loop = Loop(node, over.count, over.bound)
    with machine.inside(loop):
        if target is not None:
            bind_loop_target(machine, node, target, over)
        run(machine, node.body.body)
        for leaving in machine.exits.loop:
            machine.state.rejoin(leaving)
    machine.exits.loop, machine.exits.loop_mark = outer_exits, outer_mark
    written = machine.state.commit()
    machine.heads[head] = {place: bound for place, bound in written.items() if place not in machine.entries}
    machine.entries.clear()
    leftover.record(machine, loop, machine.heads[head])


def _with(machine: Machine, node: cst.With) -> bool:
    entered = [enter(machine, item) for item in node.items]
    no_grad = sum(effect.no_grad for effect in entered)
    virtual = [effect.virtual for effect in entered if effect.virtual is not None]
    machine.no_grad += no_grad
    machine.virtual.extend(virtual)
    alive = run(machine, node.body.body)
    machine.no_grad -= no_grad
    del machine.virtual[len(machine.virtual) - len(virtual) :]
    return alive


def _try(machine: Machine, node: cst.Try | cst.TryStar) -> bool:
    alive = run(machine, node.body.body)
    machine.state.snapshot()
    for handler in node.handlers:
        with machine.inside(guards.unread(machine, handler)):
            run(machine, handler.body.body)
    handled = machine.state.restore()
    machine.state.merge(handled, {})
    if node.orelse is not None and alive:
        alive = run(machine, node.orelse.body.body)
    if node.finalbody is not None:
        alive = run(machine, node.finalbody.body.body) and alive
    return alive


def _match(machine: Machine, node: cst.Match) -> bool:
    machine.evaluate(node.subject)
    for case in node.cases:
        machine.state.snapshot()
        run(machine, case.body.body)
        machine.state.merge(machine.state.restore(), {})
    return True


@dataclass(frozen=True)
class Entered:
    """What a ``with`` item means for the statements in it."""

    no_grad: int = 0
    virtual: Scale | None = None


def enter(machine: Machine, item: cst.WithItem) -> Entered:
    value = machine.evaluate(item.item)
    if item.asname is not None:
        binding.assign(machine, item.asname.name, value, item)
    if isinstance(item.item, cst.Call):
        return entered(machine, item.item)
    return Entered()


def entered(machine: Machine, node: cst.Call) -> Entered:
    """``with torch.no_grad():``, ``with accelerator.accumulate(model):``."""
    name = dotted(node.func)
    last = name.rpartition(".")[2]
    if last in ("no_grad", "inference_mode"):
        return Entered(no_grad=1)
    if last == "set_grad_enabled" and node.args:
        argument = node.args[0].value
        return Entered(no_grad=int(isinstance(argument, cst.Name) and argument.value == "False"))
    if last == "accumulate":
        return Entered(virtual=N**-1)
    return Entered()
