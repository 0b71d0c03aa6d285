"""Sums that begin in the loop that adds to them: where, and whether they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import guards
from accumlint.flow.containers import SAYINGS
from accumlint.flow.context import Context
from accumlint.flow.tree import same
from accumlint.flow.value import Flag, Nothing, Ref, is_zero

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine

_SAME, _OTHER = (cst.Is, cst.Equal), (cst.IsNot, cst.NotEqual)


def beginning(
    machine: Machine, test: cst.BaseExpression, flag: Flag, held: bool, target: cst.BaseExpression
) -> Context | None:
    """Where a sum begins anew that begins where a test holds, or does not; None where that cannot be said.

    It is here, and no sooner, where the test asks whether there is a sum: nothing is set back then.
    """
    while isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test, held = test.expression, not held
    owner = target.value if isinstance(target, cst.Subscript) else target
    match test:
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator, comparator)]):
            is_same = isinstance(operator, _SAME if held else _OTHER)
            is_none = isinstance(comparator, cst.Name) and comparator.value == "None"
            if is_none:
                asks = same(test.left, target) or same(test.left, owner)
                return machine.context if is_same and asks else None
            if isinstance(operator, cst.NotIn if held else cst.In):
                return machine.context if _is_entry(target, test.left) else None
            if is_same and _is_first_turn(machine, test.left, comparator):
                return machine.context.around_loop()
        case cst.Name() | cst.Attribute() | cst.Subscript() if not held:
            return machine.context if same(test, target) or same(test, owner) else None
    if flag.fraction.known and flag.negated is not held:
        return machine.context + guards.passed(machine, test, flag)
    return None


def _is_entry(target: cst.BaseExpression, key: cst.BaseExpression) -> bool:
    """``sums[k]``, which ``k not in sums`` asks for; a dict beside it begins with it."""
    index = target.slice[0].slice if isinstance(target, cst.Subscript) else None
    return isinstance(index, cst.Index) and same(index.value, key)


def _is_first_turn(machine: Machine, index: cst.BaseExpression, first: cst.BaseExpression) -> bool:
    """``i == 0`` of what the loop counts."""
    loop = machine.context.innermost_loop
    if loop is None or not isinstance(index, (cst.Name, cst.Attribute)):
        return False
    return machine.number(machine.evaluate(index)).scale == loop.count and is_zero(machine.evaluate(first))


def has_begun(machine: Machine, target: cst.BaseExpression) -> bool:
    """There is something where the target is, and not only an empty dict."""
    place = machine.place_of(target)
    bound = machine.state.get(place) if place is not None else None
    if bound is None or isinstance(bound.value, Nothing):
        return False
    if not isinstance(bound.value, Ref):
        return True
    return any(key not in SAYINGS for (_, key), _ in machine.state.owned_by(bound.value.key))


def made_at(machine: Machine, target: cst.BaseExpression) -> Context | None:
    """Where the dict whose entry it is was made, or the name set to None; None where that is not in sight."""
    owner = target.value if isinstance(target, cst.Subscript) else target
    value = machine.evaluate(owner)
    new = machine.state.get((value.key, "[new]")) if isinstance(value, Ref) else None
    place = machine.home_of(owner)
    bound = new or (machine.state.get(place) if place is not None else None)
    return bound.context if bound is not None else None
