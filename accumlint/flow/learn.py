"""What a pass teaches about the whole program: which symbol is N, and what the loops count.

N is recognised by its use: the modulus of the guard around the optimizer step, or the count of an inner loop that
runs backward while the step stands outside it.
"""

from __future__ import annotations

import re

import libcst as cst

from accumlint.flow.context import Context, Guard, Loop
from accumlint.flow.events import Event, Kind
from accumlint.flow.machine import Machine
from accumlint.flow.names import suggests_accumulation
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants, names_in
from accumlint.scale import ONE, N, Scale


def learn(machine: Machine) -> None:
    """Update the machine's beliefs from the events of the pass that just ended."""
    backwards = [event for event in machine.events if event.kind is Kind.BACKWARD]
    steps = [event for event in machine.events if event.kind is Kind.OPTIMIZER_STEP]
    for backward in backwards:
        for step in _nearest(backward, steps):
            _learn_window(machine, backward, step, steps)


def _nearest(backward: Event, steps: list[Event]) -> list[Event]:
    """Of steps in the backward's own loop, those with the fewest conditions of their own: the rest is another one's."""
    loop = backward.context.innermost_loop
    own = {id(s): len([f for f in s.context.frames if f not in backward.context.frames]) for s in steps}
    beside = [own[id(step)] for step in steps if loop in step.context.frames]
    return [step for step in steps if loop not in step.context.frames or own[id(step)] == min(beside)]


def _learn_window(machine: Machine, backward: Event, step: Event, steps: list[Event]) -> None:
    loop = backward.context.innermost_loop
    if loop is None:
        return
    if any(_steps_every_time(other, backward) for other in steps):
        return  # this loss has an optimizer of its own; the step under a guard is another one's
    if loop in step.context.frames:
        _count_micro_batches(machine, loop, ONE)
        for guard in _guards_after(step.context, loop):
            if guard not in backward.context.frames:
                _mean(machine, guard.fraction**-1, N)
        return
    outside = Context(backward.context.frames[: backward.context.frames.index(loop)])
    if not step.context.extends(outside) or step.order < backward.order:
        return
    if any(loop in other.context.frames for other in steps):
        return
    if _is_window(machine, loop, backward):
        _mean(machine, loop.count, N)
        gathers = any(isinstance(frame, Guard) and frame.is_read for frame in outside.since_loop())
        if outside.innermost_loop is not None and not gathers:  # else it gathers one micro-batch a turn
            _count_micro_batches(machine, outside.innermost_loop, N)


def _steps_every_time(step: Event, backward: Event) -> bool:
    return backward.context.innermost_loop in step.context.frames and backward.context.extends(step.context)


def _is_window(machine: Machine, loop: Loop, backward: Event) -> bool:
    """A range of micro-batches; a loop over a loader only when the loss is divided by its length."""
    names = loop.count.names()
    if len(names) != 1:
        return False
    if not names[0].startswith("m@"):
        if loop.bound is None or names[0] == "N" or suggests_accumulation(names[0].rpartition(".")[2]):
            return True  # it runs over data, or it is called a window
        return _fetches(loop.node) and not backward.keeps_graph
    value = backward.value
    return value is not None and value.scale.known and value.scale.exponent(names[0]) == -1


_FETCHES = re.compile(r"batch|next|sample|fetch|load|draw|get_data|micro|chunk|split|shard", re.IGNORECASE)
_METHODS = frozenset({"backward", "step", "zero_grad", "item", "detach", "mean", "sum", "size", "dim", "train", "eval"})


def _fetches(loop: cst.CSTNode) -> bool:
    """Each turn takes data of its own: the next batch, or a slice of one. Tasks, layers and time steps do not."""
    if not isinstance(loop, cst.For):
        return False
    index = names_in(loop.target)
    return any(_takes_data(part, index) for part in descendants(loop.body))


def _takes_data(node: cst.CSTNode, index: set[str]) -> bool:
    match node:
        case cst.Call(func=func, args=args):
            name = dotted(func).rpartition(".")[2]
            return bool(_FETCHES.search(dotted(func))) or (not args and bool(name) and name not in _METHODS)
        case cst.Subscript(value=whole, slice=[cst.SubscriptElement(slice=first)]):
            is_part = isinstance(first, cst.Slice) or _FETCHES.search(dotted(whole)) is not None
            return is_part and bool(index & names_in(first))
    return False


def _guards_after(context: Context, loop: Loop) -> list[Guard]:
    after = context.frames[context.frames.index(loop) + 1 :]
    return [frame for frame in after if isinstance(frame, Guard)]


def _mean(machine: Machine, scale: Scale, meaning: Scale) -> None:
    """A symbol stands for something known."""
    if not scale.known:
        return
    names = scale.names()
    if meaning == N:
        machine.learn_quotient(scale)
    if (
        len(names) == 1 and scale.exponent(names[0]) == 1 and names[0] not in ("N", "b", "ℓ") and "@" not in names[0]
    ) or (len(names) == 1 and scale.exponent(names[0]) == 1 and meaning == N and names[0].startswith("m@")):
        machine.beliefs.meaning.setdefault(names[0], meaning)


def _count_micro_batches(machine: Machine, loop: Loop, per: Scale) -> None:
    """The loop's count is m (or m/N when each iteration is a whole window)."""
    names = loop.count.names()
    if len(names) != 1 or names[0] == "N" or loop.count.exponent(names[0]) != 1:
        return
    if names[0].startswith("m@") and per == ONE:
        return
    if names[0].startswith("m@") and names[0].endswith("'"):
        return
    machine.beliefs.meaning.setdefault(names[0], Scale.of(f"m@{names[0].removeprefix('m@')}'") / per)
