"""Conditions: which fraction of the iterations a branch sees.

``(i + 1) % N == 0`` holds once in N iterations, in whichever of its many spellings. ``N > 1`` is taken for
true: with N = 1 a divided and an undivided loss are the same number. A condition that does not change inside the
loop is no guard at all; one that does, and that we cannot read, is a fraction of its own name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.arithmetic import count_of
from accumlint.flow.context import Context, Frame, Guard, relative_rate
from accumlint.flow.events import Test
from accumlint.flow.program import statements_of
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants
from accumlint.flow.value import Flag, Library, Number, Place, is_zero
from accumlint.scale import ONE, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine
    from accumlint.flow.state import Writes

UNREAD = Flag(Scale(None))


def test(machine: Machine, node: cst.BaseExpression) -> Flag:
    """What is known of a condition; :data:`UNREAD` when nothing is."""
    match node:
        case cst.UnaryOperation(operator=cst.Not()):
            return _negate(test(machine, node.expression))
        case cst.BooleanOperation():
            return _combine(node, test(machine, node.left), test(machine, node.right))
        case cst.Comparison(comparisons=[comparison]):
            return _compare(machine, node, node.left, comparison.operator, comparison.comparator)
        case cst.Comparison():
            for part in (node.left, *(comparison.comparator for comparison in node.comparisons)):
                machine.evaluate(part)
            return UNREAD
        case cst.BinaryOperation(operator=cst.Modulo()):
            flag = _modulo(machine, node, node, None)
            return _negate(flag) if flag is not None else UNREAD
        case cst.IfExp():
            body, orelse = test(machine, node.body), test(machine, node.orelse)
            return body if body.fraction.known else orelse
        case cst.Call(func=cst.Name(value="bool"), args=[argument]):
            return test(machine, argument.value)
    value = machine.evaluate(node)
    if isinstance(value, Flag):
        return value
    if isinstance(value, Number) and value.scale == N and not value.births:
        return Flag(ONE, always=True)
    return UNREAD


def _negate(flag: Flag) -> Flag:
    if flag.always is not None:
        return replace(flag, always=not flag.always)
    return replace(flag, negated=not flag.negated) if flag.fraction.known else flag


def _combine(node: cst.BooleanOperation, left: Flag, right: Flag) -> Flag:
    """``boundary or last batch`` is the boundary; ``boundary and x`` is at most the boundary."""
    is_or = isinstance(node.operator, cst.Or)
    for one, other in ((left, right), (right, left)):
        if one.always is not None:
            return one if one.always == is_or and other.always is None and is_or else other
    for one, other in ((left, right), (right, left)):
        if one.fraction.known and not other.fraction.known:
            return replace(one, tail=one.tail or is_or != one.negated)
    if left.fraction.known and right.fraction.known and not left.negated and not right.negated:
        return (
            left if is_or or left.fraction == right.fraction else replace(left, fraction=left.fraction * right.fraction)
        )
    return UNREAD


def _compare(
    machine: Machine,
    node: cst.Comparison,
    left: cst.BaseExpression,
    operator: cst.BaseCompOp,
    right: cst.BaseExpression,
) -> Flag:
    equal, unequal = isinstance(operator, cst.Equal), isinstance(operator, cst.NotEqual)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, cst.BinaryOperation) and isinstance(one.operator, cst.Modulo):
            flag = _modulo(machine, node, one, other)
            if flag is not None and (equal or unequal):
                return _negate(flag) if unequal else flag
            if flag is not None and isinstance(operator, (cst.LessThan, cst.GreaterThan)):
                return _negate(flag) if isinstance(operator, cst.GreaterThan) else flag
    return _against_window(machine, node, left, operator, right)


def _modulo(
    machine: Machine, node: cst.BaseExpression, modulo: cst.BinaryOperation, remainder: cst.BaseExpression | None
) -> Flag | None:
    """``counter % K == remainder``: once in K of the counter's increments."""
    counter = machine.number(machine.evaluate(modulo.left))
    divisor = count_of(machine, modulo.right)
    if divisor is None:
        return None
    rest = 0.0 if remainder is None else machine.number(machine.evaluate(remainder)).const
    first = counter.const if machine.first_pass else None
    counts_here = _counts_every_pass(machine, counter)
    fraction = divisor.scale**-1 if counts_here else Scale(None)
    return Flag(fraction, modulo.right, node, first, counter, rest)


def _counts_every_pass(machine: Machine, counter: Number) -> bool:
    """A counter that stands still while the guard runs holds it true several times in a row."""
    if not counter.adds:
        return True
    return all(relative_rate(machine.context, add.context) == ONE for add in counter.adds)


def _against_window(
    machine: Machine,
    node: cst.Comparison,
    left: cst.BaseExpression,
    operator: cst.BaseCompOp,
    right: cst.BaseExpression,
) -> Flag:
    """``N > 1`` (taken for true) and ``counter == N`` with a counter that is set back in the branch."""
    left_value = machine.evaluate(left)
    right_value = machine.evaluate(right)
    counted = machine.number(left_value)
    if counted.metric is not None and not counted.births:
        window = count_of(machine, right)
        if window is not None and isinstance(operator, (cst.Equal, cst.GreaterThanEqual)):
            return Flag(window.scale**-1, right, node, counter=counted, counts_up=True)
        if window is not None and isinstance(operator, (cst.NotEqual, cst.LessThan)):
            return Flag(window.scale**-1, right, node, counter=counted, counts_up=True, negated=True)
    count, bound = machine.number(left_value), machine.number(right_value)
    if count.scale != N or count.births or bound.const is None:
        return UNREAD
    match operator:
        case cst.GreaterThan():
            return Flag(ONE, always=True)
        case cst.GreaterThanEqual() | cst.NotEqual():
            return Flag(ONE, always=True) if bound.const >= 1 else UNREAD
        case cst.Equal() | cst.LessThan() | cst.LessThanEqual():
            return Flag(ONE, always=False)
    return UNREAD


def raised(machine: Machine, test: Flag, taken: Writes, other: Writes) -> dict[Place, Flag]:
    """``step = True`` and then ``if (i + 1) % N != 0: step = False``: names that say afterwards what the test said."""
    flags: dict[Place, Flag] = {}
    for place in {**taken, **other} if test.fraction.known else ():
        here = machine.state.get(place)
        one, two = taken.get(place, here), other.get(place, here)
        values = (one.value if one is not None else None, two.value if two is not None else None)
        if values == (Library("True"), Library("False")):
            flags[place] = test
        elif values == (Library("False"), Library("True")):
            flags[place] = _negate(test)
    return flags


def frames(machine: Machine, node: cst.If, flag: Flag) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    """The guards that the branch taken, and the other one, run under."""
    if flag.counts_up and not _sets_back(machine, node, flag):
        return _unread_frames(machine, node)
    if not flag.fraction.known:
        return _unread_frames(machine, node)
    guard = Guard(flag.node or node.test, flag.fraction, flag.modulus)
    machine.tests.append(
        Test(
            node.test,
            machine.context,
            flag.fraction,
            flag.modulus,
            flag.first,
            flag.remainder,
            flag.tail,
            machine.scope.owner,
            flag.counter,
        )
    )
    return ((), (guard,)) if flag.negated else ((guard,), ())


def rest(machine: Machine, node: cst.If, flag: Flag, other: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """What runs after ``if condition: continue``.

    A skip that is rare by its nature is no guard, nor is a check that ends everything.
    """
    skips = isinstance(list(statements_of(node.body.body))[-1], cst.Continue)
    return other if flag.fraction.known or (skips and not _is_rare(node.test)) else ()


_RARE = frozenset({"isnan", "isinf", "isfinite", "is_nan", "None", "overflow", "skip"})


def _is_rare(node: cst.BaseExpression) -> bool:
    """A batch is left out because its loss is no number, or because there is none."""
    return any(isinstance(part, cst.Name) and part.value in _RARE for part in descendants(node))


def _sets_back(machine: Machine, node: cst.If, flag: Flag) -> bool:
    """The branch (or, after ``if count < N: continue``, the rest of the loop) sets its own counter back."""
    loop = machine.context.innermost_loop
    if flag.counter is None or flag.counter.metric is None or (flag.negated and loop is None):
        return False
    owner, name = flag.counter.metric
    if name == "[]" and isinstance(owner, tuple) and owner[0] == "at":
        name = owner[1][1]
    where = loop.node if flag.negated and loop is not None else node.body
    return any(_resets(part, name) for part in descendants(where))


def _resets(node: cst.CSTNode, name: str) -> bool:
    """``name = 0``, ``name = []``, ``name.clear()``."""
    match node:
        case cst.Assign(value=cst.Integer(value="0") | cst.List(elements=[])):
            return any(dotted(to.target).rpartition(".")[2] == name for to in node.targets)
        case cst.Call(func=cst.Attribute(value=emptied, attr=cst.Name(value="clear"))):
            return dotted(emptied).rpartition(".")[2] == name
    return False


def _unread_frames(machine: Machine, node: cst.If) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    if not _varies(machine, node.test):
        return (), ()
    name = machine.serial(node)
    return (Guard(node, Scale.of(f"when@{name}")),), (Guard(node, Scale.of(f"unless@{name}")),)


def _varies(machine: Machine, node: cst.BaseExpression) -> bool:
    """A name in the condition is assigned inside the innermost loop."""
    loops = len(machine.context.loops)
    if not loops:
        return False
    for name in descendants(node):
        bound = machine.read_name(name.value) if isinstance(name, cst.Name) else None
        if bound is not None and _depth(bound.context) >= loops and not is_zero(bound.value):
            return True
    return False


def _depth(context: Context) -> int:
    return len(context.loops)
