"""How N was recognised, and what the optimizer step's guard lets through.

The analysis learns N from its use (``flow/learn.py``). What it learned shows in the rates: a guard around the
step that holds once in N, an inner loop that turns N times, a library that skips the step itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from accumlint.diagnostic import Span
from accumlint.flow import Analysis
from accumlint.flow.context import Loop
from accumlint.flow.events import Event, Kind, Test
from accumlint.flow.names import suggests_accumulation
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants, same
from accumlint.scale import ONE, UNKNOWN, N, Scale
from accumlint.trace import model
from accumlint.trace.model import Recognition, Tail
from accumlint.trace.words import shortened
from accumlint.windows import Window, restarts_with, runs_with, step_test, steps_on_tail, windows

_ARGUMENTS = ("gradient_accumulation_steps", "accumulate_grad_batches")


@dataclass(frozen=True)
class LoopWindow:
    """The window of one loop, if there is one, and the optimizer steps that end it."""

    window: model.Window | None
    has_step: bool
    """An optimizer step is in sight."""
    size: Scale
    """Micro-batches per optimizer step."""


def window_of(analysis: Analysis, backwards: tuple[Event, ...], loop: Loop) -> LoopWindow:
    """N of a training loop, from the strongest evidence there is."""
    found = [window for window in windows(analysis) if window.backward in backwards]
    if found:
        return LoopWindow(_used(analysis, found[0], loop), True, N)
    inside = [event for event in analysis.events if event.context.within(loop.node)]
    steps = [event for event in inside if event.kind is Kind.OPTIMIZER_STEP]
    every = any(runs_with(step, backward) for step in steps for backward in backwards)
    divisions = [event for event in inside if event.kind is Kind.DIVIDE and event.by is not None and _by_n(event)]
    named = _named(analysis, divisions[0]) if divisions else None
    return LoopWindow(named, bool(steps), ONE if every else UNKNOWN)


def _by_n(event: Event) -> bool:
    scale = event.value.scale if event.value is not None else None
    return scale is not None and scale.known and scale.exponent("N") == -1


def _used(analysis: Analysis, window: Window, loop: Loop) -> model.Window:
    guard, test = window.guard, step_test(analysis, window)
    node: cst.CSTNode
    if guard is not None and guard.modulus is not None:
        here = analysis.is_here(guard.modulus)
        node, how = guard.modulus if here else test.node if test is not None else window.step.node, Recognition.GUARD
    elif guard is not None:
        argument = _argument(analysis)
        how = Recognition.FRAMEWORK if argument is not None else Recognition.LIBRARY
        node = argument if argument is not None else window.step.node
    else:
        node, how = _counted(window.loop), Recognition.INNER_LOOP
    name = "N" if how is Recognition.LIBRARY else shortened(analysis.text(node))
    tail, tail_at = _tail(analysis, window, test, loop)
    return model.Window(
        at=analysis.span(node),
        name=name,
        recognised=how,
        named=_is_named(node),
        guard=analysis.span(test.node) if test is not None else None,
        first_window=_first_window(window, test),
        tail=tail,
        tail_at=tail_at,
    )


def _named(analysis: Analysis, division: Event) -> model.Window:
    node = division.by or division.node
    name = shortened(analysis.text(node))
    return model.Window(analysis.span(node), name, Recognition.NAME, True, None, None, Tail.UNKNOWN, None)


def _is_named(node: cst.CSTNode) -> bool:
    text = dotted(node) if isinstance(node, cst.BaseExpression) else ""
    return suggests_accumulation(text.rpartition(".")[2])


def _counted(loop: Loop) -> cst.CSTNode:
    """What an inner loop runs over."""
    if loop.bound is not None:
        return loop.bound
    return loop.node.iter if isinstance(loop.node, cst.For) else loop.node


def _argument(analysis: Analysis) -> cst.BaseExpression | None:
    """What the training library is told: ``Accelerator(gradient_accumulation_steps=…)``."""
    for node in descendants(analysis.module):
        if isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value in _ARGUMENTS:
            return node.value
    return None


def _first_window(window: Window, test: Test | None) -> str | None:
    """How many micro-batches the first optimizer step sees."""
    if window.guard is None:
        return "N"
    if test is None or test.first is None or window.step.order < window.backward.order:
        return None
    remainder = -1.0 if _is_one_less(test) else test.remainder
    if remainder is None:
        return None
    waits = remainder - test.first
    if waits == -1:
        return "N"
    return f"{waits + 1:g}" if waits >= 0 else None


def _is_one_less(test: Test) -> bool:
    """``… == N - 1``."""
    return any(
        isinstance(part, cst.BinaryOperation)
        and isinstance(part.operator, cst.Subtract)
        and isinstance(part.right, cst.Integer)
        and part.right.value == "1"
        and test.modulus is not None
        and same(part.left, test.modulus)
        for part in descendants(test.node)
    )


def _tail(analysis: Analysis, window: Window, test: Test | None, loop: Loop) -> tuple[Tail, Span | None]:
    if window.guard is None:
        return Tail.WHOLE, None
    if window.step.virtual or test is None:
        return Tail.LIBRARY if window.step.virtual else Tail.UNKNOWN, None
    if test.tail:
        return Tail.STEPPED, None
    flush = _flush(analysis, window, loop)
    if flush is not None:
        return Tail.FLUSHED, analysis.span(flush.node)
    epochs = window.epochs
    if epochs is None:
        return Tail.DROPPED, None
    if steps_on_tail(analysis, window, epochs):
        return Tail.FLUSHED, None
    return (Tail.DROPPED if restarts_with(analysis, test, window.loop, epochs) else Tail.CARRIED), None


def _flush(analysis: Analysis, window: Window, loop: Loop) -> Event | None:
    """A step behind the loop, in the same function."""
    for event in analysis.events:
        behind = event.kind is Kind.OPTIMIZER_STEP and event.order > window.step.order
        if behind and event.function is window.step.function and not event.context.within(loop.node):
            return event
    return None
