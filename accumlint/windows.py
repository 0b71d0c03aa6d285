"""Questions about windows: which micro-batches make one optimizer step, and what else happens in a window.

All answers are comparisons of rates. Where backward runs N times as often as the optimizer steps, N
micro-batches make a window; whatever else runs as often as backward then runs N times per window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from accumlint.diagnostic import Edit, Span
from accumlint.flow import Analysis
from accumlint.flow.context import Context, Guard, Loop
from accumlint.flow.events import Event, Kind, Test
from accumlint.flow.program import statements_of
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants, names_in, same
from accumlint.scale import ONE, N
from accumlint.story import binds


@dataclass(frozen=True, eq=False)
class Window:
    """A backward that runs N times for each step of the optimizer."""

    backward: Event
    step: Event
    loop: Loop
    """The loop over micro-batches."""

    @property
    def guard(self) -> Guard | None:
        """What lets the step through once in N micro-batches; None where an inner loop counts them."""
        inside = self.step.context.frames
        return next((f for f in inside if isinstance(f, Guard) and f.fraction == N**-1), None)

    @property
    def epochs(self) -> Loop | None:
        """The loop around the loop over micro-batches, if it is in sight."""
        loops = [loop for loop in self.backward.context.loops if not isinstance(loop.node, cst.FunctionDef)]
        return loops[-2] if len(loops) > 1 else None


def windows(analysis: Analysis) -> Iterator[Window]:
    """The windows of a text, one for each backward whose loss is accumulated."""
    for backward in _of_kind(analysis, Kind.BACKWARD):
        window = _window(analysis, backward)
        if window is not None:
            yield window


def _window(analysis: Analysis, backward: Event) -> Window | None:
    loop = backward.context.innermost_loop
    if loop is None:
        return None
    steps = [step for step in _of_kind(analysis, Kind.OPTIMIZER_STEP) if _together(step, backward)]
    if any(runs_with(step, backward) for step in steps):  # another optimizer, which does step every time
        return None
    once_per_window = [step for step in steps if backward.rate / _chances(step.context).rate == N]
    return Window(backward, once_per_window[0], loop) if once_per_window else None


def _chances(context: Context) -> Context:
    """How often a step may be taken: ``if norm < 100`` inside the step guard skips one, and moves no window."""
    frames = context.frames
    guards = [at for at, frame in enumerate(frames) if isinstance(frame, Guard) and frame.fraction == N**-1]
    if not guards:
        return context
    behind = frames[guards[-1] + 1 :]
    return Context((*frames[: guards[-1] + 1], *(f for f in behind if not isinstance(f, Guard) or f.is_read)))


def _of_kind(analysis: Analysis, kind: Kind) -> list[Event]:
    return [event for event in analysis.events if event.kind is kind]


def _together(one: Event, other: Event) -> bool:
    """They run in one loop or call, so that their rates can be compared."""
    return bool(one.context.frames) and one.context.frames[:1] == other.context.frames[:1]


def runs_with(event: Event, backward: Event) -> bool:
    """The event runs in the loop of this backward and as often as it."""
    inside = backward.context.innermost_loop in event.context.frames
    return inside and event.rate.known and event.rate / backward.rate == ONE


def in_every_micro_batch(analysis: Analysis, kind: Kind, window: Window) -> Iterator[Event]:
    """Events of a kind that run at every micro-batch of a window and that no library skips."""
    for event in _of_kind(analysis, kind):
        if runs_with(event, window.backward) and not event.virtual:
            yield event


def per_micro_batch(analysis: Analysis, *kinds: Kind) -> Iterator[tuple[Event, Window]]:
    """Each event of these kinds that runs at every micro-batch of a window, once."""
    seen: set[int] = set()
    for window in windows(analysis):
        for kind in kinds:
            for event in in_every_micro_batch(analysis, kind, window):
                if id(event.node) not in seen:
                    seen.add(id(event.node))
                    yield event, window


def clears_before_its_backward(analysis: Analysis, window: Window) -> bool:
    """In the branch that steps, gradients are cleared and a backward of its own runs: the others are thrown away."""
    if window.guard is None:
        return False
    with_step = [event for event in analysis.events if window.guard in event.context.since_loop()]
    clears = [event.order for event in with_step if event.kind is Kind.ZERO_GRAD]
    runs = [event.order for event in with_step if event.kind is Kind.BACKWARD]
    return any(clear < run < window.step.order for clear in clears for run in runs)


def before_any_backward(analysis: Analysis, kind: Kind, window: Window) -> Iterator[Event]:
    """Events that a library skips within a window, and that precede the backward of its last micro-batch."""
    inside = [b for b in _of_kind(analysis, Kind.BACKWARD) if window.loop in b.context.frames]
    first = min(backward.order for backward in inside)
    for event in _of_kind(analysis, kind):
        skipped = event.virtual and window.step.virtual and window.loop in event.context.frames
        if skipped and event.order < first:
            yield event


def step_test(analysis: Analysis, window: Window) -> Test | None:
    """The condition under which the optimizer steps."""
    guard = window.guard
    if guard is None or guard.modulus is None:
        return None
    return next((test for test in analysis.tests if test.modulus is guard.modulus), None)


def restarts_with(analysis: Analysis, test: Test, loop: Loop, epochs: Loop) -> bool:
    """The counter of a guard begins anew in every epoch; False where that is not certain."""
    counter = test.counter
    if counter is None or not counter.scale.known:
        return False
    if counter.adds and counter.metric is not None:
        resets = [event.context.frames for event in analysis.resets_of(counter.metric)]
        return any(epochs in frames and loop not in frames for frames in resets)
    return counter.scale == loop.count


def steps_on_tail(analysis: Analysis, window: Window, epochs: Loop) -> bool:
    """The optimizer also steps between the loop over micro-batches and the next epoch."""
    return any(
        epochs in step.context.frames and window.loop not in step.context.frames
        for step in _of_kind(analysis, Kind.OPTIMIZER_STEP)
    )


def is_cut_to_whole_windows(window: Window) -> bool:
    """The script says itself that no micro-batches are left over: ``assert len(loader) % N == 0``, or it breaks off
    behind the last whole window, ``if i >= len(loader) // N * N: break``."""
    function = window.backward.function
    asserted = any(isinstance(p, cst.Assert) and _of_length(p.test, cst.Modulo) for p in descendants(function))
    whole = {  # names for as many micro-batches, or windows, as are whole
        target.target.value
        for part in descendants(function)
        if isinstance(part, cst.Assign) and _of_length(part.value, cst.FloorDivide)
        for target in part.targets
        if isinstance(target.target, cst.Name)
    }
    breaks = [p for p in descendants(window.loop.node) if isinstance(p, cst.If) and _leaves(p)]
    return asserted or any(_of_length(p.test, cst.FloorDivide) or whole & names_in(p.test) for p in breaks)


def _of_length(node: cst.CSTNode, operator: type[cst.BaseBinaryOp]) -> bool:
    """``len(loader) // N`` and ``len(loader) % N`` somewhere in it."""
    return any(
        isinstance(part, cst.BinaryOperation)
        and isinstance(part.operator, operator)
        and any(isinstance(call, cst.Call) and dotted(call.func) == "len" for call in descendants(part.left))
        for part in descendants(node)
    )


def _leaves(node: cst.If) -> bool:
    return any(isinstance(statement, cst.Break) for statement in statements_of(node.body.body))


def name_of_n(analysis: Analysis, window: Window) -> str:
    """N as the program spells it where the optimizer steps."""
    node = _n_of(window)
    return analysis.text(node) if node is not None and analysis.is_here(node) else "N"


def n_at_backward(analysis: Analysis, window: Window) -> str | None:
    """N as it can be spelled where backward runs; None where its spelling belongs to another function or class, and
    where there may be no N to divide by."""
    node = _n_of(window)
    if node is None or window.step.function is not window.backward.function:
        return None
    if not analysis.is_here(node) or not _is_spelled_alike(analysis, node, window.backward.function):
        return None
    test = step_test(analysis, window)
    if test is not None and _asks_whether_there_is(node, test.node):
        return None
    text = analysis.text(node)
    plain = isinstance(node, (cst.Name, cst.Attribute, cst.Subscript, cst.Call, cst.Integer))
    return text if plain else f"({text})"


def _asks_whether_there_is(n: cst.BaseExpression, test: cst.BaseExpression) -> bool:
    """``not N or seen % N == 0``, ``N is None or …``: it may be 0 or None."""
    for part in descendants(test):
        match part:
            case cst.UnaryOperation(operator=cst.Not(), expression=asked) if same(asked, n):
                return True
            case cst.BooleanOperation(left=left, right=right) if same(left, n) or same(right, n):
                return True
            case cst.Comparison(left=asked, comparisons=[cst.ComparisonTarget(cst.Is() | cst.IsNot())]):
                if same(asked, n):
                    return True
    return False


def _is_spelled_alike(analysis: Analysis, node: cst.BaseExpression, function: cst.CSTNode | None) -> bool:
    """What N is called where it decides on the step means the same in this function."""
    own = _innermost(analysis, node, cst.FunctionDef)
    if own is None or own is function:
        return True
    if isinstance(node, cst.Name):
        return not any(binds(each, node.value) for each in (own, function))
    classes = [_innermost(analysis, each, cst.ClassDef) for each in (own, function) if each is not None]
    return dotted(node).startswith("self.") and len(classes) == 2 and classes[0] is classes[1] is not None


def _innermost(analysis: Analysis, node: cst.CSTNode, kind: type[cst.CSTNode]) -> cst.CSTNode | None:
    """The function or class around a node."""
    around = [part for part in descendants(analysis.module) if isinstance(part, kind) and part is not node]
    return next((part for part in reversed(around) if any(inner is node for inner in descendants(part))), None)


def _n_of(window: Window) -> cst.BaseExpression | None:
    if window.guard is not None:
        return window.guard.modulus
    return window.loop.bound


def moved_behind_step(analysis: Analysis, event: Event, window: Window) -> tuple[Edit, Edit] | None:
    """Edits that move a statement of its own line, its comment included, behind the step of the optimizer.

    None where another branch, or a flush after the loop, steps too: the statement would be missing there.
    """
    steps = [step for step in _of_kind(analysis, Kind.OPTIMIZER_STEP) if step.function is window.step.function]
    if len({id(step.node) for step in steps}) > 1:
        return None
    text = analysis.source.text
    line, goal = line_of(text, analysis.span(event.node)), line_of(text, analysis.span(window.step.node))
    if line is None or goal is None or line.overlaps(goal):
        return None
    test = step_test(analysis, window)
    if test is not None and not analysis.is_here(test.node):
        return None
    if _is_deeper(text, analysis.span(test.node).start if test is not None else line.start, goal):
        return None
    statement = text[line.start : line.end].strip()
    indent = text[goal.start : goal.end][: -len(text[goal.start : goal.end].lstrip())]
    taken = Edit(Span(line.start, next_line(text, line.end)), "")
    ends = text[line.end : taken.span.end] or "\n"
    return taken, Edit(Span(goal.end, goal.end), ends + indent + statement)


def _is_deeper(text: str, begin: int, goal: Span) -> bool:
    """A line between the guard and the step is indented less than the step: a condition of its own stands around it."""
    lines = text[begin : goal.start].splitlines()[1:]
    depth = _indent(text[goal.start : goal.end])
    return any(line.strip() and _indent(line) < depth for line in lines)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def line_of(text: str, statement: Span) -> Span | None:
    """The line of a statement without its line end; None unless the statement and a comment are all of it."""
    start = max(text.rfind("\n", 0, statement.start), text.rfind("\r", 0, statement.start)) + 1
    end = min(
        (at for at in (text.find("\n", statement.end), text.find("\r", statement.end)) if at >= 0),
        default=len(text),
    )
    rest = text[statement.end : end].strip()
    alone = not text[start : statement.start].strip() and (not rest or rest.startswith("#"))
    return Span(start, end) if alone else None


def next_line(text: str, end: int) -> int:
    return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)
