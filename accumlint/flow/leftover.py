"""A sum was meant and an assignment is written: ``total = loss.item() / N`` in the loop over a window.

Where a sibling grows by ``loss.item() / N`` in the same function, and the place was set to zero before
the loop, what is left after it is the last micro-batch's share of the mean, and no mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.context import Loop
from accumlint.flow.events import Kind, Sink
from accumlint.flow.names import suggests_loss
from accumlint.flow.tree import descendants, same
from accumlint.flow.value import Number, Place
from accumlint.scale import LOSS, N

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine

SHARE = LOSS / N
"""What one micro-batch adds to the mean of its window."""


def record(machine: Machine, window: Loop, written: Iterable[Place]) -> None:
    """At the end of a loop over a window: the shares that it leaves where a sum was begun."""
    if window.count != N:
        return
    for place in written:
        bound = machine.state.get(place)
        if bound is None or not isinstance(bound.value, Number) or bound.context.innermost_loop != window:
            continue
        share = _share(machine, place, bound.value)
        assigned = _only_assignment(machine, window, place, share) if share is not None else None
        if share is not None and assigned is not None and _is_begun_before(machine, window, place):
            where = (machine.context, machine.tick(), machine.scope.node)
            machine.sinks.append(
                Sink(assigned.value, assigned, "leftover", share, *where, label=place[1], source=place)
            )


def _share(machine: Machine, place: Place, value: Number) -> Number | None:
    """The value as a loss over N: by its own scale, or by its name and a sibling that was divided alike."""
    if not value.frozen or value.adds or not value.divisions:
        return None
    by = value.divisions[-1].by
    for add in machine.adds:
        sibling = add.value
        if (
            not any(_is_same(by, other) for other in _divided_by(sibling))
            or add.kind != "sum"
            or add.function is not machine.scope.node
        ):
            continue
        if not sibling.frozen or sibling.scale != SHARE or add.metric == place:
            continue
        if value.scale == SHARE:
            return value
        if not value.scale.known and suggests_loss(place[1]):
            return replace(sibling, divisions=value.divisions, origin=value.origin, adds=(), divisors=(), metric=None)
    return None


def _divided_by(number: Number) -> Iterator[cst.BaseExpression]:
    yield from (division.by for division in number.divisions if division.by is not None)
    yield from (divisor.node for divisor in number.divisors)


def _is_same(left: cst.BaseExpression | None, right: cst.BaseExpression) -> bool:
    return left is not None and same(left, right)


def _is_begun_before(machine: Machine, window: Loop, place: Place) -> bool:
    """It is set to zero, and only outside the loop."""
    begun = [e.context for e in machine.events if e.kind is Kind.RESET and e.operand_place == place]
    return bool(begun) and not any(context.within(window.node) for context in begun)


def _only_assignment(machine: Machine, window: Loop, place: Place, share: Number) -> cst.Assign | None:
    """The one statement that writes the name in the loop, if the name is handed on after it."""
    name = place[1]
    if place[0] != machine.scope.owner or not name.isidentifier() or _grows(machine.scope.node, name):
        return None
    assigned = [node for node in descendants(window.node) if isinstance(node, cst.Assign) and _assigns(node, name)]
    by = share.divisions[-1].by
    handed_on = len(assigned) == 1 and _is_handed_on(machine.scope.node, window.node, name, by)
    return assigned[0] if handed_on else None


def _assigns(node: cst.Assign, name: str) -> bool:
    return len(node.targets) == 1 and _is_name(node.targets[0].target, name)


def _grows(function: cst.CSTNode, name: str) -> bool:
    return any(isinstance(node, cst.AugAssign) and _is_name(node.target, name) for node in descendants(function))


def _is_handed_on(function: cst.CSTNode, loop: cst.CSTNode, name: str, by: cst.BaseExpression | None) -> bool:
    """After the loop the name itself is returned or is an argument of a call, N not beside it."""
    inside = set(map(id, descendants(loop)))
    after = False
    for node in descendants(function):
        after = after or node is loop
        handed = list(_handed(node)) if after and id(node) not in inside else []
        if any(_is_name(value, name) for value in handed):
            return not any(_is_same(by, value) for value in handed)
    return False


def _handed(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    match node:
        case cst.Return(value=cst.Tuple(elements=elements)):
            yield from (element.value for element in elements)
        case cst.Return(value=cst.BaseExpression() as value):
            yield value
        case cst.Call(func=cst.Name(value=name)) if name in _NEUTRAL:
            return
        case cst.Call():
            yield from (argument.value for argument in node.args)


_NEUTRAL = frozenset(
    {"float", "int", "round", "abs", "max", "min", "sum", "isinstance", "type", "str", "len", "exists"}
)
"""What they give is looked at, or goes on from there."""


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
