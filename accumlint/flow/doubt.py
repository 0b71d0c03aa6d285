"""Where a loss may have been divided by N out of sight, so that nobody may say that it was not.

A loss is taken for undivided where it is born. That is a guess where the call that gives it was told N, and where
what it is made of was divided already: ``clamp(loss / N)``, ``sum(v / N for v in losses)``. Such births are certain of
nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.names import suggests_loss
from accumlint.flow.program import is_generator, statements_of
from accumlint.flow.spelling import dotted
from accumlint.flow.state import joined_keys
from accumlint.flow.tree import descendants
from accumlint.flow.value import Accumulated, Items, Iterable, Number, Opaque, Ref, Value
from accumlint.scale import N

if TYPE_CHECKING:
    from accumlint.flow.arguments import Arguments
    from accumlint.flow.machine import Machine
    from accumlint.flow.program import Program


def is_doubtful(machine: Machine, key: Hashable) -> bool:
    """Nobody can say of the loss that was born under this key that it is undivided."""
    return key in machine.beliefs.doubtful or _is_divided(machine, key)


def may_be_divided(machine: Machine, value: Value | None) -> bool:
    """The value is a quotient by N, was made of one, or holds one."""
    match value:
        case Number():
            return _is_quotient(value) or any(_is_divided(machine, birth.key) for birth in value.births)
        case Opaque():
            return _is_divided(machine, value.birth.key)
        case Ref():
            return _is_divided(machine, value.key)
        case Accumulated():
            return any(_is_quotient(add.value) for add in value.adds)
        case Items():
            return any(may_be_divided(machine, item) for item in value.values)
        case Iterable():
            return may_be_divided(machine, value.inner)
    return False


def note(machine: Machine, key: Hashable, *made_of: Value | None) -> None:
    """What is born under the key was made of these values."""
    if any(may_be_divided(machine, value) for value in made_of):
        machine.beliefs.divided.add(key)


def note_call(machine: Machine, key: Hashable, arguments: Arguments) -> None:
    """A call gives something new, which is in doubt where it was given N, or a quotient by it."""
    given = (*arguments.positional, *arguments.keywords.values())
    if any(_is_n(machine, value) for value in given):
        machine.beliefs.doubtful.add(key)
    note(machine, key, *given)


def note_definition(machine: Machine, key: Hashable, definition: cst.FunctionDef, program: Program | None) -> bool:
    """What a function gives is in doubt where another one stands in for it, or divides what passes through it.

    That is a method which subclasses define, a generator that divides, a decorator of this text that does. True
    where it is so: what the body returns is not what the caller gets.
    """
    if definition not in machine.replaced:
        wrappers = (program or machine.scope.program).functions
        machine.replaced[definition] = _is_replaced(definition, wrappers)
    if machine.replaced[definition]:
        machine.beliefs.divided.add(key)
    return machine.replaced[definition]


def _is_replaced(definition: cst.FunctionDef, wrappers: dict[str, cst.FunctionDef]) -> bool:
    decorators = [dotted(decorator.decorator).rpartition(".")[2] for decorator in definition.decorators]
    return (
        "abstractmethod" in decorators
        or _only_raises(definition)
        or (is_generator(definition) and _divides(definition))
        or any(name in wrappers and _divides(wrappers[name]) for name in decorators)
    )


def note_lambda(machine: Machine, key: Hashable, body: cst.Lambda) -> None:
    """What a lambda gives is in doubt where it divides."""
    if _divides(body):
        machine.beliefs.divided.add(key)


def note_method(machine: Machine, key: Hashable, owner: Ref | None) -> None:
    """What a method gives that is not followed is in doubt where its object was told N: it may divide by it."""
    if owner is not None and owner.key in machine.beliefs.doubtful:
        machine.beliefs.doubtful.add(key)


def note_stranger(machine: Machine, key: Hashable, handed: Sequence[cst.BaseExpression]) -> None:
    """A method of a base class that is not in sight is handed a loss: it may be the one that divides."""
    if any(suggests_loss(dotted(node).rpartition(".")[2]) for node in handed):
        machine.beliefs.doubtful.add(key)


def _only_raises(definition: cst.FunctionDef) -> bool:
    """``raise NotImplementedError`` is all that is done, a docstring aside."""
    done = [s for s in statements_of(definition.body.body) if not isinstance(s, cst.Expr)]
    return len(done) == 1 and isinstance(done[0], cst.Raise)


def _divides(node: cst.CSTNode) -> bool:
    """Something in it is divided, or multiplied."""
    return any(
        isinstance(part, (cst.BinaryOperation, cst.AugAssign))
        and isinstance(part.operator, (cst.Divide, cst.Multiply, cst.DivideAssign, cst.MultiplyAssign))
        for part in descendants(node)
    )


def _is_n(machine: Machine, value: Value) -> bool:
    """The accumulation steps are handed on: who gets them may divide by them."""
    return isinstance(value, (Number, Opaque)) and machine.number(value).scale == N


def _is_quotient(number: Number) -> bool:
    over_n = number.scale.known and number.scale.exponent("N") < 0
    return bool(number.births) and (over_n or bool(number.divisions))


def _is_divided(machine: Machine, key: Hashable) -> bool:
    """The key, one of those it stands for, or the whole that it is a part of."""
    while machine.beliefs.divided:
        if not machine.beliefs.divided.isdisjoint(joined_keys(key)):
            return True
        if not (isinstance(key, tuple) and len(key) == 2 and isinstance(key[1], str)):
            return False
        key = key[0]
    return False
