"""Conditions: which fraction of the iterations a branch sees.

``(i + 1) % N == 0`` holds once in N iterations, in whichever of its many spellings. ``N > 1`` is taken for
true: with N = 1 a divided and an undivided loss are the same number. A condition that does not change inside the
loop is no guard at all; one that does, and that we cannot read, is a fraction of its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import libcst as cst

from accumlint import frameworks
from accumlint.flow.arithmetic import count_of
from accumlint.flow.context import Context, Frame, Guard, Loop, relative_rate
from accumlint.flow.events import Test
from accumlint.flow.names import suggests_accumulating
from accumlint.flow.program import statements_of
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants, names_in, same
from accumlint.flow.value import (
    Accumulated,
    Definition,
    Flag,
    Library,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    is_zero,
)
from accumlint.frameworks import Role
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
    left_over = _left_over(machine, node, value, 0.0)
    if left_over is not None:
        return _negate(left_over)
    if isinstance(value, Number) and value.scale == N and not value.births:
        return Flag(ONE, always=True)
    if isinstance(value, Opaque) and not value.computed and suggests_accumulating(value.path.rpartition(".")[2]):
        return Flag(ONE, always=True, setting=True)
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
            decided = one if one.always == is_or and other.always is None and is_or else other
            is_setting = decided.always is not None and (left.setting or right.setting)
            return replace(decided, setting=True) if is_setting else decided
    for one, other in ((left, right), (right, left)):
        reaches_the_end = other.counts_up and is_or and one.fraction != other.fraction  # seen == len(loader)
        if one.fraction.known and not one.counts_up and (not other.fraction.known or reaches_the_end):
            return replace(one, tail=one.tail or is_or != one.negated)
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
    rest = 0.0 if remainder is None else machine.number(machine.evaluate(remainder)).const
    return _once_in(machine, node, counter, modulo.right, rest)


def _once_in(
    machine: Machine, node: cst.BaseExpression, counter: Number, modulus: cst.BaseExpression, rest: float | None
) -> Flag | None:
    """A counter leaves this rest once in so many of its increments as the modulus says."""
    divisor = count_of(machine, modulus)
    if divisor is None:
        return None
    first = counter.const if machine.first_pass else None
    counts_here = _counts_every_pass(machine, counter)
    fraction = _share_here(machine, counter, divisor.scale**-1) if counts_here else Scale(None)
    if fraction == ONE:
        return Flag(ONE, always=True)
    return Flag(fraction, modulus, node, first, counter, rest)


def _left_over(machine: Machine, node: cst.BaseExpression, value: Value, rest: float | None) -> Flag | None:
    """``filled = (filled + 1) % N`` and then ``if filled == 0``: the remainder was taken in this turn of the loop."""
    left = value.remainder if isinstance(value, Number) else None
    if left is None or rest is None or left.function != machine.scope.owner:
        return None
    same_turn = left.context.innermost_loop == machine.context.innermost_loop
    if not same_turn or relative_rate(machine.context, left.context) != ONE:
        return None
    return _once_in(machine, node, left.counter, left.modulus, rest)


def _share_here(machine: Machine, counter: Number, fraction: Scale) -> Scale:
    """The fraction of a guard within the guards around it that test a counter of the same loop.

    Inside ``i % N == 0`` the same test is always true, and ``i % (10 * N) == 0`` once in ten times; two moduli
    that have nothing to do with each other meet at their common multiple, which is unknown.
    """
    outer = ONE
    for guard in _guards_since_counting(machine, counter):
        outer = outer * guard.fraction
    if outer == ONE:
        return fraction
    rest = fraction / outer
    return rest if all(power < 0 for _, power in rest.factors or ()) else Scale(None)


def _guards_since_counting(machine: Machine, counter: Number) -> list[Guard]:
    """The readable guards between the place that counts and here."""
    frames = machine.context.frames
    if counter.adds:
        begin = len(counter.adds[0].context.frames)
    else:
        begin = next((at for at in reversed(range(len(frames))) if _counts(frames[at], counter)), len(frames))
    return [frame for frame in frames[begin:] if isinstance(frame, Guard) and frame.is_read]


def _counts(frame: Frame, index: Number) -> bool:
    return isinstance(frame, Loop) and frame.count == index.scale


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
    if isinstance(operator, (cst.Equal, cst.NotEqual)):
        flag = _left_over(machine, node, left_value, machine.number(right_value).const)
        if flag is not None:
            return _negate(flag) if isinstance(operator, cst.NotEqual) else flag
    if isinstance(operator, (cst.Equal, cst.NotEqual)) and is_zero(right_value):
        start = _start_of_window(machine, left_value, node)
        if start is not None:
            return _negate(start) if isinstance(operator, cst.NotEqual) else start
    if counted.metric is not None and not counted.births:
        window = count_of(machine, right)
        if window is not None and isinstance(operator, (cst.Equal, cst.GreaterThanEqual)):
            return Flag(window.scale**-1, right, node, counter=counted, counts_up=True)
        if window is not None and isinstance(operator, (cst.NotEqual, cst.LessThan)):
            return Flag(window.scale**-1, right, node, counter=counted, counts_up=True, negated=True)
    count, bound = machine.number(left_value), machine.number(right_value)
    if count.scale != N or count.births or bound.const is None or _is_counted_down(machine, left):
        return UNREAD
    match operator:
        case cst.GreaterThan():
            return Flag(ONE, always=True)
        case cst.GreaterThanEqual() | cst.NotEqual():
            return Flag(ONE, always=True) if bound.const >= 1 else UNREAD
        case cst.Equal() | cst.LessThan() | cst.LessThanEqual():
            return Flag(ONE, always=False)
    return UNREAD


def _start_of_window(machine: Machine, counter: Value, node: cst.Comparison) -> Flag | None:
    """``if filled == 0:`` of a counter that the step sets back: it holds as often as that, at a window's first turn."""
    known = machine.beliefs.window_starts
    loop = machine.context.innermost_loop
    if isinstance(counter, Accumulated) and counter.starts is not None and counter.starts.innermost_loop == loop:
        set_back = [frame for frame in counter.starts.since_loop() if isinstance(frame, Guard)]
        if loop is not None and set_back and all(guard.is_read for guard in set_back):
            known[node] = prod((guard.fraction for guard in set_back), start=ONE)
    return Flag(known[node], None, node) if node in known else None


def saying(machine: Machine, value: Value) -> Value:
    """``return True`` under a guard that is read says what the guard asked; any other value is what it is."""
    if value != Library("True"):
        return value
    match machine.context.frames[len(machine.exits.entered.frames) :]:
        case (Guard() as guard,) if guard.is_read:
            return Flag(guard.fraction, guard.modulus, guard.node)
    return value


def said(returned: Sequence[Value]) -> Flag | None:
    """What a function says that returns True in one place, under a guard, and False in all others."""
    flags = [value for value in returned if isinstance(value, Flag)]
    others = [value for value in returned if not isinstance(value, Flag)]
    return flags[0] if len(flags) == 1 and all(value == Library("False") for value in others) else None


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


def frames(
    machine: Machine, node: cst.If, flag: Flag, given: bool | None
) -> tuple[tuple[Frame, ...], tuple[Frame, ...]]:
    """The guards that the branch taken, and the other one, run under."""
    if given is not None:
        rare = (unread(machine, node),)
        machine.unaccumulated.add(node)
        return ((), rare) if given else (rare, ())
    if not flag.fraction.known:
        flag = _countdown(machine, node) or flag
    if (flag.counts_up and not _sets_back(machine, node, flag)) or not flag.fraction.known:
        return _unread_frames(machine, node)
    guard = passed(machine, node.test, flag)
    return ((), (guard,)) if flag.negated else ((guard,), ())


def _countdown(machine: Machine, node: cst.If) -> Flag | None:
    """``if left == 0: …; left = N`` of a counter that goes down by one: it holds once in N turns."""
    match node.test:
        case cst.Comparison(left=counter, comparisons=[cst.ComparisonTarget(cst.Equal() | cst.LessThanEqual(), zero)]):
            is_none_left = isinstance(zero, cst.Integer) and zero.value == "0"
        case cst.UnaryOperation(operator=cst.Not(), expression=counter):
            is_none_left = True
        case _:
            return None
    if not is_none_left or not _is_counted_down(machine, counter):
        return None
    for statement in statements_of(node.body.body):
        if isinstance(statement, cst.Assign) and same(statement.targets[0].target, counter):
            window = count_of(machine, statement.value)
            if window is not None:
                return Flag(window.scale**-1, statement.value, node.test)
    return None


def _is_counted_down(machine: Machine, counter: cst.BaseExpression) -> bool:
    """It is no N, but what is left of one."""
    loop = machine.context.innermost_loop
    if loop is None:
        return False
    if loop.node not in machine.countdowns:
        machine.countdowns[loop.node] = tuple(_going_down(loop.node))
    return any(same(target, counter) for target in machine.countdowns[loop.node])


def _going_down(node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """``left -= 1``."""
    for part in descendants(node):
        match part:
            case cst.AugAssign(target=target, operator=cst.SubtractAssign(), value=cst.Integer(value="1")):
                yield target


def passed(machine: Machine, test: cst.BaseExpression, flag: Flag) -> Guard:
    """The guard of what runs where a condition holds; the condition is put on record."""
    machine.tests.append(
        Test(
            test,
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
    return Guard(flag.node or test, flag.fraction, flag.modulus)


def asks_for_n(machine: Machine, test: cst.BaseExpression, flag: Flag) -> bool | None:
    """``accum_steps is not None``, ``args.accumulate`` (True) and the contrary (False); None for another question."""
    if flag.setting:
        return flag.always
    match test:
        case cst.Comparison(left=left, comparisons=[comparison]):
            is_none = isinstance(comparison.comparator, cst.Name) and comparison.comparator.value == "None"
            asks = isinstance(comparison.operator, (cst.Is, cst.IsNot)) and is_none
            if asks and machine.number(machine.evaluate(left)).scale == N:
                return isinstance(comparison.operator, cst.IsNot)
    return None


def rest(machine: Machine, node: cst.If, flag: Flag, other: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """What runs after ``if condition: continue``.

    A skip that is rare by its nature is no guard, nor is a check that ends everything.
    """
    skips = isinstance(list(statements_of(node.body.body))[-1], cst.Continue)
    return other if flag.fraction.known or (skips and not _is_rare(node.test)) else ()


_NO_NUMBER = frozenset({"isnan", "isinf", "is_nan"})
_NUMBER_TESTS = _NO_NUMBER | {"isfinite"}
_RARE = _NUMBER_TESTS | {"None", "overflow", "skip"}


def _is_rare(node: cst.BaseExpression) -> bool:
    """A batch is left out because its loss is no number, or because there is none."""
    return not _RARE.isdisjoint(names_in(node))


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
    if _asked(machine, _tests_a_number, node.test):
        rare = (unread(machine, node),)
        return (rare, ()) if holds_without_a_number(node.test) else ((), rare)
    if (
        _asked(machine, _goes_backward, node.body)
        and node.orelse is not None
        and _asked(machine, _goes_backward, node.orelse)
    ):
        return (), ()  # with no_sync or without, on this device or on that: backward runs either way
    if not (_varies(machine, node.test) or _decides_a_period(machine, node) or _asked(machine, _is_last, node.test)):
        return (), ()
    name = machine.serial(node)
    return (unread(machine, node),), (Guard(node, Scale.of(f"unless@{name}")),)


def _is_last(test: cst.CSTNode) -> bool:
    """``if trainer.is_last_batch:`` holds once in an epoch."""
    return any("last_batch" in name for name in names_in(test))


def _tests_a_number(test: cst.CSTNode) -> bool:
    return not _NUMBER_TESTS.isdisjoint(names_in(test))


def unread(machine: Machine, node: cst.CSTNode) -> Guard:
    """A branch that is taken nobody knows how often."""
    return Guard(node, Scale.of(f"when@{machine.serial(node)}"))


def _decides_a_period(machine: Machine, node: cst.If) -> bool:
    """``if self.should_step():`` and ``if self.is_boundary:``, where the branch steps or sets a sum back.

    What a setting decides, such as ``if use_amp``, has both ways to step, or backward in it as well.
    """
    if not machine.context.loops or (node.orelse is not None and _asked(machine, _steps_or_resets, node.orelse)):
        return False
    return _asked(machine, _steps_or_resets, node.body) and not _asked(machine, _goes_backward, node.body)


def _asked(machine: Machine, question: Callable[[cst.CSTNode], bool], body: cst.CSTNode) -> bool:
    """What syntax says of a block, which is walked in every pass and from every caller, is found out once."""
    return machine.asked(question.__name__, body, lambda: question(body))


def _goes_backward(body: cst.CSTNode) -> bool:
    return any(_is_method(part, "backward") for part in descendants(body))


def _steps_or_resets(body: cst.CSTNode) -> bool:
    return any(_is_step(part) or _is_reset(part) for part in descendants(body))


def _is_step(node: cst.CSTNode) -> bool:
    if not _is_method(node, "step"):
        return False
    receiver = dotted(node.func.value)  # type: ignore[attr-defined]
    return frameworks.role_by_name(receiver) is not Role.SCHEDULER


def _is_method(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == name


def _is_reset(node: cst.CSTNode) -> bool:
    zero = isinstance(node, cst.Assign) and isinstance(node.value, (cst.Integer, cst.Float))
    return zero and node.value.value in ("0", "0.0", "0.")  # type: ignore[attr-defined]


def holds_without_a_number(test: cst.BaseExpression) -> bool:
    """``if not isfinite(loss):`` and ``if isnan(loss):``: what is shown there is no number that N could change."""
    names, negated = names_in(test), isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not)
    return not negated if names & _NO_NUMBER else negated and "isfinite" in names


def _varies(machine: Machine, node: cst.BaseExpression) -> bool:
    """A name or attribute in the condition is assigned inside the innermost loop."""
    loops = len(machine.context.loops)
    if not loops:
        return False
    for part in descendants(node):
        place = machine.home_of(part) if isinstance(part, (cst.Name, cst.Attribute)) else None
        bound = machine.state.get(place) if place is not None else None
        if bound is not None and _depth(bound.context) >= loops and not _is_setting(bound.value):
            return True
    return False


def _is_setting(value: Value) -> bool:
    """An object, a function or something handed in: as a parameter it is bound anew, and is the same in every turn."""
    handed_in = isinstance(value, Opaque) and not (value.computed or value.element)
    return handed_in or isinstance(value, (Ref, Definition)) or is_zero(value)


def _depth(context: Context) -> int:
    return len(context.loops)
