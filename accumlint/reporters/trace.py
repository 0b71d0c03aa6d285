"""A trace as text for people and as JSON for programs.

Text is one table for a loop: the row, what stands there, its scale, and what that means. JSON holds the
fields of :mod:`accumlint.trace.model` under their names, so there is nothing here that could drift from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from accumlint.flow import Verdict
from accumlint.flow.events import Kind
from accumlint.reporters.cells import ELLIPSIS, printable, width
from accumlint.reporters.style import Paint
from accumlint.scale import LOSS, ONE, N, Scale
from accumlint.trace.model import Recognition, Tail
from accumlint.trace.words import conditions

if TYPE_CHECKING:
    from accumlint.diagnostic import Span
    from accumlint.source import Source
    from accumlint.trace.model import (
        Backward,
        Change,
        Counter,
        Happening,
        LoopTrace,
        Loss,
        Metric,
        Report,
    )

WIDEST = 64
"""Quoted source is cut here, or sooner on a narrow terminal, so that the columns beside it stay in sight."""
UNBROKEN = 10_000
"""The columns of a table that nobody reads in a window."""
_NARROWEST = 24
_MARGINS = "123456" + 3 * "  "
"""The row's number, and what parts the columns."""

_SYMBOLS = {
    "ℓ": "the mean loss of a sample",
    "b": "samples per micro-batch",
    "m": "micro-batches in the loop",
    "N": "micro-batches per optimizer step",
    "S": "the factor of the gradient scaler",
}
_COLORS = {Verdict.RIGHT: "green", Verdict.TOTAL: "yellow", Verdict.UNKNOWN: "dim"}
_TAIL_COLORS = {Tail.DROPPED: "yellow"}
_RECOGNISED = {
    Recognition.GUARD: "the guard around the optimizer step; its modulus is N",
    Recognition.INNER_LOOP: "the inner loop runs backward N times before the optimizer steps",
    Recognition.FRAMEWORK: "the training library is told N",
    Recognition.LIBRARY: "the training library steps once in N; it is told N elsewhere",
    Recognition.NAME: "N by its name only: no optimizer step is seen to depend on it",
}
_EVENTS = {
    Kind.OPTIMIZER_STEP: "optimizer step",
    Kind.ZERO_GRAD: "gradients cleared",
    Kind.SCHEDULER_STEP: "scheduler step",
    Kind.CLIP: "gradients clipped",
    Kind.UNSCALE: "gradients unscaled",
}
_KINDS = {"sum": "added", "item": "appended", "mean": "averaged"}
_REDUCTIONS = {
    "mean": "a mean over the micro-batch",
    "token mean": "a mean over the tokens of the micro-batch",
    "sum": "a sum over the micro-batch",
    "weighted sum": "a weighted sum over the micro-batch, taken for a mean",
    "none": "one loss per sample",
    None: "taken for a mean over the micro-batch",
}


# JSON ------------------------------------------------------------------------------------------------------


def as_objects(loops: Sequence[LoopTrace], source: Source) -> list[dict[str, Any]]:
    """One object for each loop: the fields of LoopTrace, and the name of the file."""
    return [{"filename": source.path, **_as_json(loop, source)} for loop in loops]


def _as_json(value: object, source: Source) -> Any:
    from accumlint.diagnostic import Span

    match value:
        case Span():
            return _place(value, source)
        case Scale():
            return str(value) if value.known else None
        case Enum():
            return value.name.lower().replace("_", " ")
        case tuple():
            return [_as_json(item, source) for item in value]
    if is_dataclass(value):
        return {field.name: _as_json(getattr(value, field.name), source) for field in fields(value)}
    return value


def _place(span: Span, source: Source) -> dict[str, Any]:
    start, end = source.location(span.start), source.location(span.end)
    return {
        "text": source.text[span.start : span.end],
        "location": {"row": start.row, "column": start.column},
        "end_location": {"row": end.row, "column": end.column},
        "cell": start.cell,
    }


# Text ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A line of the table."""

    at: Span | None
    what: str
    scale: str = ""
    words: str = ""
    style: str = ""
    """How the words are painted."""


@dataclass(frozen=True)
class _Section:
    title: str
    name: str
    rows: tuple[_Row, ...]


def render(loops: Sequence[LoopTrace], source: Source, paint: Paint, columns: int = UNBROKEN) -> str:
    """Every loop as a table of so many columns at most, and below the last one what the symbols mean."""
    blocks = ["\n".join(_loop(loop, source, paint, columns)) for loop in loops]
    return "\n\n\n".join([*blocks, paint(_legend(loops), "dim")]) + "\n"


def _legend(loops: Sequence[LoopTrace]) -> str:
    used = {name.partition("@")[0] for scale in _scales(loops) for name in scale.names()}
    return "\n".join(f"{symbol}  {meaning}" for symbol, meaning in _SYMBOLS.items() if symbol in used)


def _scales(value: object) -> Iterator[Scale]:
    if isinstance(value, Scale):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _scales(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _scales(getattr(value, field.name))


@dataclass(frozen=True)
class _Widths:
    """How many columns of the table each kind of cell takes."""

    what: int
    scale: int
    words: int

    @classmethod
    def of(cls, rows: Sequence[_Row], columns: int) -> _Widths:
        what, scale = max(width(row.what) for row in rows), max(width(row.scale) for row in rows)
        return cls(what, scale, max(columns - what - scale - len(_MARGINS), _NARROWEST))


def _loop(loop: LoopTrace, source: Source, paint: Paint, columns: int) -> Iterator[str]:
    quoted = min(WIDEST, max(columns * 2 // 5, _NARROWEST))
    sections = [section for section in _sections(loop, source, quoted) if section.rows]
    widths = _Widths.of([row for section in sections for row in section.rows], columns)
    start = source.location(loop.at.start)
    cell = "" if start.cell is None else f"cell {start.cell}:"
    function = f" in {printable(loop.function)}" if loop.function else ""
    yield paint(f"{printable(source.path)}:{cell}{start.row}:{start.column}", "bold") + function
    for section in sections:
        yield ""
        yield f"{paint(section.title, 'bold')} {paint(printable(section.name), 'cyan')}".rstrip()
        for row, before in zip(section.rows, (None, *section.rows), strict=False):
            repeats = before is not None and row.at is not None and _same_row(row, before, source)
            yield from _lines(replace(row, at=None, what="") if repeats else row, source, paint, widths)


def _same_row(row: _Row, before: _Row, source: Source) -> bool:
    if row.at is None or before.at is None:
        return False
    return source.row(row.at.start) == source.row(before.at.start)


def _lines(row: _Row, source: Source, paint: Paint, widths: _Widths) -> Iterator[str]:
    """A row of the table: one line, and more where its words need them."""
    import textwrap

    number = "" if row.at is None else _row_number(row.at, source)
    what = row.what + " " * (widths.what - width(row.what))
    scale = paint(row.scale, "bold") + " " * (widths.scale - width(row.scale))
    first, *more = textwrap.wrap(printable(row.words), widths.words, break_on_hyphens=False) or [""]
    yield f"{' ' * (6 - len(number))}{paint(number, 'blue')}  {what}  {scale}  {paint(first, row.style)}".rstrip()
    for line in more:
        yield " " * (len(_MARGINS) + widths.what + widths.scale) + paint(line, row.style)


def _row_number(at: Span, source: Source) -> str:
    place = source.location(at.start)
    return str(place.row) if place.cell is None else f"{place.cell}:{place.row}"


def _quote(at: Span, source: Source, columns: int) -> str:
    """The row of source that a reader knows the place by, cut where it is long."""
    line = printable(source.line(source.row(at.start)).strip().expandtabs(1))
    if width(line) <= columns:
        return line
    while width(line) > columns - 1:
        line = line[:-1]
    return line + ELLIPSIS


# Sections --------------------------------------------------------------------------------------------------


def _sections(loop: LoopTrace, source: Source, quoted: int) -> Iterator[_Section]:
    table = _Table(source, quoted)
    yield _Section("loop", "", tuple(table.loop(loop)))
    name = loop.window.name if loop.window is not None else "1" if loop.steps else "?"
    yield _Section("N", f"= {name}", tuple(table.window(loop)))
    for loss in loop.losses:
        yield _Section("loss", f"`{loss.name}`", tuple(table.loss(loss)))
    yield _Section("counters", "", tuple(table.counters(loop.counters)))
    for metric in loop.metrics:
        yield _Section("metric", f"`{metric.name}`", tuple(table.metric(metric)))
    yield _Section("reports", "of a single micro-batch", tuple(table.reports(loop.reports)))
    yield _Section("events", "", tuple(table.events(loop.events)))


class _Table:
    """The rows of each section."""

    def __init__(self, source: Source, quoted: int) -> None:
        self._source = source
        self._quoted = quoted

    def _row(self, at: Span, scale: str = "", words: str = "", style: str = "") -> _Row:
        return _Row(at, _quote(at, self._source, self._quoted), scale, words, style)

    def loop(self, loop: LoopTrace) -> Iterator[_Row]:
        for depth, at in enumerate(loop.around):
            yield _Row(at, "  " * depth + _quote(at, self._source, self._quoted))
        what = "  " * len(loop.around) + _quote(loop.at, self._source, self._quoted)
        yield _Row(loop.at, what, str(loop.scale), f"one {loop.turn} a {'call' if loop.called else 'turn'}")

    def window(self, loop: LoopTrace) -> Iterator[_Row]:
        window = loop.window
        if window is None:
            seen = "the optimizer steps at every micro-batch" if loop.steps else "no optimizer step in sight"
            yield _Row(None, "", "", seen, "" if loop.steps else "dim")
            return
        named = ", as its name says" if window.named and window.recognised is not Recognition.NAME else ""
        scale = "1/N" if window.recognised is Recognition.GUARD else "N"
        yield self._row(window.at, scale, f"{_RECOGNISED[window.recognised]}{named}")
        if window.recognised is Recognition.NAME:
            return
        if window.guard is not None:
            short = window.first_window not in (None, "N")
            first = f"first window: {_micro_batches(window.first_window)}"
            yield _Row(None, "", "", first, "yellow" if short else "")
        tail = f"last, shorter window: {window.tail.value}"
        if window.tail_at is None:
            yield _Row(None, "", "", tail, _TAIL_COLORS.get(window.tail, ""))
        else:
            yield self._row(window.tail_at, "", tail)

    def loss(self, loss: Loss) -> Iterator[_Row]:
        for birth in loss.births:
            yield self._row(birth.at, str(birth.scale), f"born, {_REDUCTIONS[birth.reduction]}")
        for change in loss.changes:
            also = f", and with it {', '.join(change.also)}: the same memory" if change.also else ""
            verb = "divided" if _falls(change) else "multiplied"
            scale = f"{change.before} → {change.after}"
            yield self._row(change.at, scale, f"{verb} by {change.by}{also}", "yellow" if also else "")
        for backward in loss.backwards:
            words, style = _backward(backward)
            yield self._row(backward.at, str(backward.scale), words, style)

    def counters(self, counters: Iterable[Counter]) -> Iterator[_Row]:
        for counter in counters:
            for increment in counter.increments:
                asked = conditions(counter.scale)
                most = f"≤ {counter.scale.without(*asked)}" if asked else str(counter.scale)
                yield self._row(increment.at, most, f"{counter.name} counts {counter.unit}")

    def metric(self, metric: Metric) -> Iterator[_Row]:
        for reset in metric.resets:
            yield self._row(reset.at, "", f"set to zero {reset.rate}")
        for addition in metric.additions:
            yield self._row(addition.at, str(addition.scale), f"{_KINDS[addition.kind]} {addition.rate}")
        if not metric.reports:
            yield _Row(None, "", "", "no report in sight", "dim")
        yield from self.reports(metric.reports)

    def reports(self, reports: Iterable[Report]) -> Iterator[_Row]:
        shown: set[Span] = set()
        for report in reports:
            for factor in report.factors:
                if factor.at in shown:
                    continue
                shown.add(factor.at)
                verb = "divided" if factor.power < 0 else "multiplied"
                unit = "" if factor.unit in ("?", str(factor.scale)) else f": {factor.unit}"
                yield self._row(factor.at, str(factor.scale), f"{verb} by {factor.expression}{unit}")
            label = f" as “{report.label}”" if report.label else ""
            why = f": {report.why}" if report.why else ""
            words = f"{report.how}{label}: {report.verdict.value}{why}"
            yield self._row(report.at, str(report.scale), words, _COLORS.get(report.verdict, "red"))
            if report.arithmetic:
                yield _Row(None, "", "", report.arithmetic, _COLORS.get(report.verdict, "red"))

    def events(self, events: Iterable[Happening]) -> Iterator[_Row]:
        for event in events:
            yield self._row(event.at, "", f"{_EVENTS[event.kind]} {event.rate}")


def _micro_batches(count: str | None) -> str:
    if count is None:
        return "? (where its counter starts is not known)"
    return "1 micro-batch" if count == "1" else f"{count} micro-batches"


def _falls(change: Change) -> bool:
    factor = change.after / change.before
    return not factor.known or factor.exponent("N") < 0


def _backward(backward: Backward) -> tuple[str, str]:
    """What backward() and one optimizer step see, and its colour."""
    words = "backpropagated"
    if backward.framework_divides != ONE:
        doubt = "" if backward.framework_known else " if it is told so"
        words += f", divided by {backward.framework_divides} in the library{doubt}"
    step = backward.step_scale
    if not step.known:
        return words, ""
    words += f"; one optimizer step sees {step}"
    if step == LOSS * N:
        return f"{words}: nobody divides by N", "yellow"
    return (f"{words}: divided twice", "red") if step == LOSS / N else (words, "")
