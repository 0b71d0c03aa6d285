"""Which of two ways was taken: conditions that do not change, and what holds on one side of them only."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from accumlint.flow.tree import same
from accumlint.flow.value import Number, Way


def is_of_another_way(number: Number, ways: Sequence[Way]) -> bool:
    """It was divided where training, and this is ``else: print(total / len(loader))``: the undivided one leaves."""
    divisions = (*number.divisions, *(division for add in number.adds for division in add.value.divisions))
    return any(d.only is not None and _excludes(*_plain(*d.only), *_plain(*way)) for d in divisions for way in ways)


def _plain(test: cst.BaseExpression, held: bool) -> tuple[cst.BaseExpression, bool]:
    """``not training`` held where ``training`` did not."""
    while isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test, held = test.expression, not held
    return test, held


def _excludes(one: cst.BaseExpression, one_held: bool, other: cst.BaseExpression, other_held: bool) -> bool:
    """Both cannot be: one condition held and did not, or ``phase`` was ``"train"`` and ``"val"``."""
    if same(one, other):
        return one_held is not other_held
    match one, other:
        case (
            cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(cst.Equal(), cst.SimpleString())]),
            cst.Comparison(left=right, comparisons=[cst.ComparisonTarget(cst.Equal(), cst.SimpleString())]),
        ):
            return one_held and other_held and same(left, right)
    return False
