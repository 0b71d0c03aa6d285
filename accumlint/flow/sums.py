"""Accumulators: ``s += x`` and its kin, running means, sums that are written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import binding, guards, recording
from accumlint.flow.arithmetic import scale_in_place
from accumlint.flow.arrays import SLOTS
from accumlint.flow.beginnings import beginning
from accumlint.flow.containers import cells_of, changed, extend, rewritten
from accumlint.flow.context import Context, Loop
from accumlint.flow.parts import element_of
from accumlint.flow.program import statements_of
from accumlint.flow.spelling import is_whole, label_of, loss_leaf, subscript_key
from accumlint.flow.state import Bound
from accumlint.flow.tree import descendants, same
from accumlint.flow.value import Accumulated, Flag, Items, Number, Opaque, Place, Ref, Value, constant, is_zero
from accumlint.scale import ONE, UNKNOWN, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def augmented(machine: Machine, node: cst.AugAssign, arms: tuple[cst.BaseExpression, ...] = ()) -> None:
    """``s += x``, ``loss /= N`` and their kin; ``arms`` are what another statement begins the sum with."""
    target: cst.BaseExpression = node.target
    if isinstance(target, cst.Subscript) and is_whole(target):  # losses[:] *= N
        target = target.value
    place = machine.place_of(target)
    value = machine.evaluate(node.value)
    adds = isinstance(node.operator, (cst.AddAssign, cst.SubtractAssign))
    if place is None and isinstance(target, cst.Subscript) and not adds:
        changed(machine, target.value)
    if place is None or (isinstance(target, cst.Subscript) and rewritten(machine, machine.evaluate(target.value))):
        return
    if isinstance(node.operator, cst.SubtractAssign) and same(node.value, target):
        binding.assign(machine, target, constant(0), node)
        return
    if adds:
        current = machine.evaluate(target)
        if _mentions(node.value, target) and _feed_mean(machine, place, node.value, target, node):
            return
        if isinstance(current, (Items, Ref)) or isinstance(value, (Items, Ref)):
            extend(machine, current, value, place, node)
            return
        share = _cells(machine, place, target)
        _ensure(machine, place, current, share)
        recording.add(machine, place, node, node.value, machine.number(value), target, share=share, arms=arms)
        return
    if isinstance(node.operator, cst.MultiplyAssign) and is_zero(value):
        binding.assign(machine, target, value, node)
        return
    operators = {
        cst.DivideAssign: cst.Divide(),
        cst.FloorDivideAssign: cst.FloorDivide(),
        cst.MultiplyAssign: cst.Multiply(),
    }
    operator = operators.get(type(node.operator))
    if operator is None:
        machine.state.set(place, Number(), machine.context)
        return
    power = -1 if operator != operators[cst.MultiplyAssign] else 1
    if rewritten(machine, machine.evaluate(target)):
        return
    entries = binding.entries_looped_over(machine, target, place)
    around = machine.context.around_loop() if entries else None  # each once, however many there are
    machine.entries.update(entries)
    for each in entries or [place]:
        scale_in_place(machine, target, each, node, machine.number(value), node.value, power, around)


def _cells(machine: Machine, place: Place, target: cst.BaseExpression) -> Scale:
    """``history[epoch] += x``, ``totals[phase] += x``: each cell gets the additions of one value of the index."""
    if not isinstance(target, cst.Subscript) or subscript_key(target) != "[*]" or len(target.slice) != 1:
        return ONE
    index = target.slice[0].slice
    if not isinstance(index, cst.Index):
        return ONE
    share = _values_of(machine, index.value)
    return ONE if any(loop.count == share for loop in _begun_in(machine, place).loops) else share


def _values_of(machine: Machine, index: cst.BaseExpression) -> Scale:
    """How many values an index takes."""
    value = machine.evaluate(index)
    counts = not isinstance(value, Accumulated) or all(add.value.const == 1 for add in value.adds)
    if isinstance(value, (Number, Accumulated)) and counts:
        number = machine.number(value)
        if not number.births and number.scale.known:
            return number.scale
    return next((loop.count for loop in machine.context.loops if loop.count.known and _counts(loop, index)), ONE)


def _begun_in(machine: Machine, place: Place) -> Context:
    """Where a cell was last set to zero: in the loop that goes through the cells, it is one and the same cell."""
    bound = machine.state.get(place)
    if bound is None or _is_divided(bound.value):
        bound = _made_with_zeros(machine, place)
    if bound is None:
        return Context()
    starts = bound.value.starts if isinstance(bound.value, Accumulated) else bound.context
    return starts or Context()


def _counts(loop: Loop, index: cst.BaseExpression) -> bool:
    """The index is what the loop goes through, ``for phase in ("train", "val")``."""
    return isinstance(loop.node, cst.For) and isinstance(index, cst.Name) and same(loop.node.target, index)


def _ensure(machine: Machine, place: Place, current: Value, share: Scale) -> None:
    """A place that is added to before we saw it set holds what reading it gave.

    So does the next one of many cells, when the one before was divided: ``losses[epoch] /= len(loader)``.
    """
    bound = machine.state.get(place)
    if share != ONE and bound is not None and _is_divided(bound.value):
        machine.state.forget(place)
        current, bound = constant(0), None
    if bound is None:
        start = constant(0) if isinstance(current, (Number, Accumulated)) and is_zero(current) else current
        context = machine.made.get(place[0], Context())
        fresh = _made_with_zeros(machine, place)
        if fresh is not None and is_zero(start):
            context = fresh.context
        if isinstance(start, Opaque) and not start.computed and start.birth.key not in machine.beliefs.losses:
            start = constant(0)
        machine.state.set(place, start, context)


def _is_divided(value: Value) -> bool:
    """A sum that was divided where it is kept."""
    return isinstance(value, Number) and bool(value.adds) and any(divisor.power == -1 for divisor in value.divisors)


def _made_with_zeros(machine: Machine, place: Place) -> Bound | None:
    """The dict, the tensor of zeros or the list of zeros whose cell this is."""
    owner = place[0]
    if isinstance(owner, tuple) and owner[0] == "cells":
        return machine.state.get(owner[1])
    return machine.state.get((owner, "[new]")) or machine.state.get((owner, SLOTS))


def rebinding_sum(
    machine: Machine,
    target: cst.BaseExpression,
    value: cst.BaseExpression,
    node: cst.Assign,
    arms: tuple[cst.BaseExpression, ...] = (),
) -> bool:
    """``s = s + x`` and what means the same; True when it was one.

    The sum is recognised by the coefficient of ``s`` on the right: exactly 1 adds, anything else
    (``0.9 * s + 0.1 * x``, ``s + (x - s) / k``, ``(s * i + x) / (i + 1)``) is a mean of what it is fed.
    ``arms`` are what the same statement begins the sum with.
    """
    if not isinstance(target, (cst.Name, cst.Attribute, cst.Subscript)):
        return False
    written, value = value, _with_copies_read(machine, value, target)
    mentions = _rebinds(machine, value, target) if value is written else _mentions(value, target)
    place = machine.place_of(target) if mentions else None
    if place is None:
        return False
    if isinstance(value, cst.IfExp):
        return _started_sum(machine, target, place, value, node)
    terms = _terms(value)
    own = [term for term, sign in terms if sign > 0 and (same(term, target) or _is_get(term, target))]
    others = [term for term, _ in terms if term not in own]
    if len(own) == 1 and others and not any(_mentions(term, target) for term in others):
        if isinstance(machine.evaluate(own[0]), (Items, Ref)):
            return False
        share = _cells(machine, place, target)
        _ensure(machine, place, machine.evaluate(own[0]), share)
        for term in others:
            number = machine.number(machine.evaluate(term))
            recording.add(machine, place, node, term, number, target, share=share, arms=arms)
        return True
    return _adds_up(value) and _feed_mean(machine, place, value, target, node, arms)


def _feed_mean(
    machine: Machine,
    place: Place,
    value: cst.BaseExpression,
    target: cst.BaseExpression,
    node: cst.CSTNode,
    arms: tuple[cst.BaseExpression, ...] = (),
) -> bool:
    """``s = 0.9 * s + 0.1 * x``, ``s += (x - s) / k``: a mean of what it is fed."""
    fed = _fed(machine, value, target)
    if fed is None:
        return False
    number = machine.number(machine.evaluate(fed))
    if not number.births:
        return False
    decays = _decays(machine, number.scale)
    number = replace(number, scale=number.scale.without(*decays), certain=number.certain or bool(decays))
    weights = list(_weights(machine, value, fed))
    if any(weight.scale in (N, N**-1) and weight.metric is None for weight in weights):
        number = replace(number, scale=UNKNOWN)
    elif any(weight.scale.known and weight.scale.exponent("b") for weight in weights):
        number = replace(number, scale=number.scale.without("b"))
    bound = machine.state.get(place)
    starts = bound.context if bound is not None else Context()
    machine.state.set(place, constant(0), starts)
    total = recording.add(machine, place, node, fed, number, target, kind="mean", arms=arms)
    mean = replace(element_of(total), starts=None)
    if isinstance(target, cst.Attribute):  # kept by an object, as in a meter
        recording.sink(
            machine, node, fed, "meter", replace(mean, adds=total.adds[-1:], scale=number.scale), label_of(target)
        )
    machine.state.set(place, mean, starts)
    return True


def _decays(machine: Machine, scale: Scale) -> list[str]:
    """Factors that say how slowly the mean moves, ``1 - beta``: a mean is one whatever they are."""
    return [name for name in scale.names() if name not in ("ℓ", "S") and not machine.is_count(Scale.of(name))]


def _weights(machine: Machine, value: cst.BaseExpression, fed: cst.BaseExpression) -> Iterator[Number]:
    """The numbers in a running mean that are no loss.

    Where N is one of them, ``s * (1 - 1 / N) + loss``, what is divided, and by how much, is for the weights to
    say; where they count samples, ``(s * n + loss * k) / (n + k)``, the mean is one over samples.
    """
    within = set(map(id, descendants(fed)))
    for node in descendants(value):
        if isinstance(node, (cst.Name, cst.Attribute)) and id(node) not in within:
            number = machine.number(machine.evaluate(node))
            if not number.births:
                yield number


def _started_sum(
    machine: Machine, target: cst.BaseExpression, place: Place, value: cst.IfExp, node: cst.Assign
) -> bool:
    """``s = x if s is None else s + x``: the first x is added like the others."""
    flag = guards.test(machine, value.test)
    for held, branch, start in ((False, value.body, value.orelse), (True, value.orelse, value.body)):
        if not _mentions(branch, target):
            continue
        begins = beginning(machine, value.test, flag, held, target) if _is_sum(branch, target) else machine.context
        if begins is None:
            continue
        if begins != machine.context:
            machine.state.set(place, constant(0), begins)
        first = machine.number(machine.evaluate(start))
        if rebinding_sum(machine, target, branch, node, (start,) if first.births else ()):
            bound = machine.state.get(place)
            if bound is not None and first.const is None:
                _begin_with(machine, place, bound, first)
            return True
    return False


def begins_or_adds(machine: Machine, node: cst.If, test: Flag) -> bool:
    """``if s is None: s = x`` and ``else: s = s + x`` (or ``+=``), which :func:`_started_sum` knows in one line."""
    if not isinstance(node.orelse, cst.Else):
        return False
    ways = list(statements_of(node.body.body)), list(statements_of(node.orelse.body.body))
    for held, (first, rest) in ((True, ways), (False, ways[::-1])):
        pairs = list(_begun_and_added(first, rest))
        if not pairs or len(pairs) != max(map(len, ways)):
            continue
        told = (beginning(machine, node.test, test, held, target) for target, _, _ in pairs)
        begins = next((context for context in told if context is not None), None)
        if begins is None:
            continue
        for target, start, add in pairs:
            _begin_or_add(machine, target, start, add, begins)
        return True
    return False


def _begin_or_add(
    machine: Machine,
    target: cst.BaseExpression,
    start: cst.BaseExpression,
    add: cst.AugAssign | cst.Assign,
    begins: Context,
) -> None:
    first, place = machine.number(machine.evaluate(start)), machine.place_of(target)
    arms = (start,) if first.births else ()
    if place is not None and begins != machine.context:
        machine.state.set(place, constant(0), begins)
    if isinstance(add, cst.AugAssign):
        augmented(machine, add, arms)
    else:
        rebinding_sum(machine, target, add.value, add, arms)
    bound = machine.state.get(place) if place is not None else None
    if place is not None and bound is not None and first.const is None:
        _begin_with(machine, place, bound, first)


def _begun_and_added(
    first: Sequence[cst.CSTNode], rest: Sequence[cst.CSTNode]
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression, cst.AugAssign | cst.Assign]]:
    """Each ``s = x``, with the statement that adds to the same ``s``: the target, the x, and that statement."""
    for begin, add in zip(first, rest, strict=False):
        match begin:
            case cst.Assign(targets=[cst.AssignTarget(target=target)], value=start) if _adds_to(add, target):
                if isinstance(start, (cst.List, cst.Tuple, cst.Dict)):
                    return
                yield target, start, add  # type: ignore[misc]  # only these two statements add


def _adds_to(node: cst.CSTNode, target: cst.BaseAssignTargetExpression) -> bool:
    """``s += x`` or ``s = s + x``."""
    match node:
        case cst.AugAssign(operator=cst.AddAssign()):
            return same(node.target, target)
        case cst.Assign(targets=[cst.AssignTarget(target=written)]):
            return same(written, target) and _is_sum(node.value, target)
    return False


def _is_sum(value: cst.BaseExpression, target: cst.BaseExpression) -> bool:
    """``s + x``."""
    terms = _terms(value)
    return len(terms) > 1 and sum(sign > 0 and same(term, target) for term, sign in terms) == 1


def _begin_with(machine: Machine, place: Place, bound: Bound, first: Number) -> None:
    """What a sum begins with is added like the rest of it; where it is something else, the sum is unknown."""
    total = machine.number(bound.value)
    if total.adds and any(first.scale != add.value.scale for add in total.adds):
        unknown = Number(UNKNOWN, total.births, adds=total.adds, metric=total.metric)
        machine.state.set(place, unknown, bound.context)


def _with_copies_read(machine: Machine, value: cst.BaseExpression, target: cst.BaseExpression) -> cst.BaseExpression:
    """``old + x`` as ``d[k] + x`` where old is what was just read from ``d[k]``."""
    if not isinstance(value, cst.BinaryOperation) or not isinstance(value.operator, cst.Add):
        return value
    for side in ("left", "right"):
        name = getattr(value, side)
        read = machine.copied.get((machine.scope.owner, name.value)) if isinstance(name, cst.Name) else None
        if read is not None and not same(name, target) and (same(read, target) or _is_get(read, target)):
            return value.with_changes(**{side: read})
    return value


def rebinding_cells(machine: Machine, target: cst.BaseExpression, value: cst.BaseExpression, node: cst.Assign) -> bool:
    """``totals = totals / n`` of an array whose elements were added to one by one."""
    if not isinstance(value, cst.BinaryOperation) or not isinstance(value.operator, (cst.Divide, cst.Multiply)):
        return False
    place = machine.place_of(target) if same(value.left, target) else None
    if place is None or not cells_of(machine, place):
        return False
    power = -1 if isinstance(value.operator, cst.Divide) else 1
    scale_in_place(machine, target, place, node, machine.number(machine.evaluate(value.right)), value.right, power)
    return True


def rebinding_sums(machine: Machine, target: cst.BaseExpression, value: cst.BaseExpression, node: cst.Assign) -> bool:
    """``s, n = s + x, n + 1``."""
    if not isinstance(target, cst.Tuple) or not isinstance(value, cst.Tuple):
        return False
    pairs = list(zip(target.elements, value.elements, strict=False))
    if len(target.elements) != len(value.elements) or not any(_mentions(v.value, t.value) for t, v in pairs):
        return False
    if any(_mentions(v.value, t.value) for i, (_, v) in enumerate(pairs) for j, (t, _) in enumerate(pairs) if i != j):
        return False
    for to, from_ in pairs:
        if not rebinding_sum(machine, to.value, from_.value, node):
            binding.assign(machine, to.value, machine.evaluate(from_.value), node)
    return True


def _rebinds(machine: Machine, value: cst.BaseExpression, target: cst.BaseExpression) -> bool:
    """What is assigned mentions what it is assigned to: most does not, and is asked in every pass."""
    return machine.asked("rebinds", value, lambda: _mentions(value, target))


def _mentions(node: cst.CSTNode, target: cst.BaseExpression) -> bool:
    return any(
        (type(part) is type(target) and same(part, target)) or (isinstance(part, cst.Call) and _is_get(part, target))
        for part in descendants(node)
    )


def _terms(node: cst.BaseExpression, sign: int = 1) -> list[tuple[cst.BaseExpression, int]]:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, (cst.Add, cst.Subtract)):
        right = sign if isinstance(node.operator, cst.Add) else -sign
        return _terms(node.left, sign) + _terms(node.right, right)
    return [(node, sign)]


def _is_get(term: cst.CSTNode, target: cst.BaseExpression) -> bool:
    """``d.get(k, 0)`` reads the entry that ``d[k] = …`` writes."""
    return (
        isinstance(target, cst.Subscript)
        and isinstance(term, cst.Call)
        and isinstance(term.func, cst.Attribute)
        and term.func.attr.value == "get"
        and same(term.func.value, target.value)
    )


def _adds_up(value: cst.BaseExpression) -> bool:
    return any(
        isinstance(node, cst.BinaryOperation) and isinstance(node.operator, (cst.Add, cst.Subtract))
        for node in descendants(value)
    )


def _fed(machine: Machine, value: cst.BaseExpression, target: cst.BaseExpression) -> cst.BaseExpression | None:
    """The loss that a running mean is fed: the smallest factor or term without the mean in it, with a loss in it."""
    candidates: list[cst.BaseExpression] = []

    def visit(node: cst.BaseExpression) -> None:
        if not _mentions(node, target):
            candidates.append(node)
        elif isinstance(node, cst.BinaryOperation):
            visit(node.left)
            visit(node.right)

    visit(value)
    for node in candidates:
        leaf = loss_leaf(node)
        if leaf is not None and machine.number(machine.evaluate(leaf)).births:
            return node
    return None
