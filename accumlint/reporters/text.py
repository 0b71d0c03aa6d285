"""The report for people: each finding with its source, labelled as rustc does it, and a true summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from accumlint.reporters import counted
from accumlint.reporters.cells import Layout, lay_out, printable
from accumlint.reporters.style import Paint, painter

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic, Fix, Span
    from accumlint.engine import FileResult
    from accumlint.reporters import Context
    from accumlint.source import Source

_GUTTER = 5
_LINE_END = re.compile(r"\r\n|\r|\n")
_COLOR_OF = {"error": "red", "warning": "yellow"}
"""By severity, in the order in which they are counted."""


def render(results: Sequence[FileResult], context: Context) -> str:
    """Every finding in the order of the results, an empty line between them, then the summary."""
    blocks = [
        finding(result.source, diagnostic, context)
        for result in results
        for diagnostic in result.diagnostics
        if result.source is not None
    ]
    return "\n\n".join([*blocks, summary(results)]) + "\n"


def place(source: Source, offset: int) -> str:
    """``file:row:column``, or ``notebook:cell 3:row:column``; safe to print."""
    at = source.location(offset)
    cell = "" if at.cell is None else f"cell {at.cell}:"
    return f"{printable(source.path)}:{cell}{at.row}:{at.column}"


def fix_tag(fix: Fix | None) -> str:
    """How a fix is offered: ``[fixable, safe]``; empty without a fix."""
    if fix is None:
        return ""
    if fix.applicability.value == "display":
        return "[shown only]"
    reason = f": {printable(fix.reason)}" if fix.reason else ""
    return f"[fixable, {fix.applicability.value}{reason}]"


def finding(source: Source, diagnostic: Diagnostic, context: Context) -> str:
    """One finding: headline, labelled source, the arithmetic and the help."""
    paint = painter(context.color)
    color = _COLOR_OF[diagnostic.severity.value]
    headline = (
        f"{paint(place(source, diagnostic.span.start), 'bold')}: "
        f"{paint(f'{diagnostic.code} {diagnostic.severity.value}', color)}: {printable(diagnostic.message)}"
    )
    excerpt = _excerpt(source, diagnostic, context)
    return "\n".join([headline, *excerpt, *_footer(source, diagnostic, context)])


def summary(results: Sequence[FileResult]) -> str:
    """``3 errors, 1 warning in 2 of 214 files, 3 fixable with accumlint fix``."""
    found = [diagnostic for result in results for diagnostic in result.diagnostics]
    failed = sum(1 for result in results if result.problems)
    clauses = [f"{_severities(found) if found else 'no findings'} in {_files_of(results)}"]
    safe = sum(1 for d in found if d.fix and d.fix.applicability.value == "safe")
    unsafe = sum(1 for d in found if d.fix and d.fix.applicability.value == "unsafe")
    if safe:
        clauses.append(f"{safe} fixable with accumlint fix")
    if unsafe:
        clauses.append(f"{unsafe}{' more' if safe else ' fixable'} with --unsafe-fixes")
    if failed:
        clauses.append(f"{counted(failed, 'file')} could not be checked")
    return ", ".join(clauses)


def _severities(found: Iterable[Diagnostic]) -> str:
    tally = [d.severity.value for d in found]
    counts = ((tally.count(severity), severity) for severity in _COLOR_OF)
    return ", ".join(counted(number, word) for number, word in counts if number)


def _files_of(results: Sequence[FileResult]) -> str:
    dirty = sum(1 for result in results if result.diagnostics)
    files = counted(sum(1 for result in results if result.diagnostics or not result.problems), "file")
    return f"{dirty} of {files}" if dirty else files


# Source with labels ----------------------------------------------------------------------------------------


class _Mark(NamedTuple):
    """A place to underline: a row of the text and code points within it, counted from 0."""

    row: int
    start: int
    end: int
    text: str
    primary: bool


def _excerpt(source: Source, diagnostic: Diagnostic, context: Context) -> Iterator[str]:
    paint = painter(context.color)
    color = _COLOR_OF[diagnostic.severity.value]
    bar = paint(" " * _GUTTER + " |", "blue")
    cell = source.location(diagnostic.span.start).cell
    for row, marks in groupby(_marks(source, diagnostic), key=lambda mark: mark.row):
        line = source.line(row)
        at = source.location(source.offset(row, 1))
        if at.cell != cell:
            yield paint(f"{'-->':>{_GUTTER}} cell {at.cell}", "blue")
            cell = at.cell
        for layout, shown in _windows(line, list(marks), context.width):
            yield f"{paint(f'{at.row:>{_GUTTER}} |', 'blue')} {layout.text}".rstrip()
            for layer in _layers(layout, shown):
                for underline in _underlines(layout, layer, paint, color):
                    yield f"{bar} {underline}"


def _marks(source: Source, diagnostic: Diagnostic) -> list[_Mark]:
    """The primary span and the labels in the order of the text; texts on one and the same span are joined."""
    texts: dict[Span, list[str]] = {diagnostic.span: [diagnostic.label] if diagnostic.label else []}
    for label in diagnostic.labels:
        place_texts = texts.setdefault(label.span, [])
        if label.text not in place_texts:
            place_texts.append(label.text)
    marks = [
        _mark(source, span, printable("; ".join(parts)), primary=span == diagnostic.span)
        for span, parts in texts.items()
    ]
    return sorted(marks, key=lambda mark: (mark.row, mark.start, -mark.end))


def _mark(source: Source, span: Span, text: str, primary: bool) -> _Mark:
    row = source.row(span.start)
    start = span.start - source.offset(row, 1)
    line_end = len(source.line(row).rstrip())
    end = min(start + span.end - span.start, line_end)  # of a span over several rows, the first is marked
    return _Mark(row, start, max(end, start + 1), text, primary)


def _windows(line: str, marks: list[_Mark], limit: int) -> Iterator[tuple[Layout, list[_Mark]]]:
    """Show a line once for as many marks as fit beside each other; most lines are shown once."""
    while marks:
        layout = lay_out(line, limit, marks[0].start)
        shown = [marks[0], *(mark for mark in marks[1:] if mark.end <= layout.end)]
        marks = [mark for mark in marks if mark not in shown]
        yield layout, shown


def _layers(layout: Layout, marks: list[_Mark]) -> Iterator[list[_Mark]]:
    """Marks that begin in one column would hide each other: they are drawn below one another, the shortest first."""
    columns: dict[int, list[_Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.end):
        columns.setdefault(layout.column(mark.start), []).append(mark)
    for layer in zip_longest(*columns.values()):
        yield sorted(filter(None, layer), key=lambda mark: mark.start)


def _underlines(layout: Layout, marks: list[_Mark], paint: Paint, color: str) -> Iterator[str]:
    """The line of dashes and carets with the last label beside it; the other labels hang below."""
    columns = {mark: (layout.column(mark.start), layout.column(mark.end)) for mark in marks}
    cells: list[tuple[str, str]] = []
    for mark in sorted(marks, key=lambda mark: mark.primary):
        start, end = columns[mark]
        end = max(end, start + 1)
        cells += [(" ", "")] * (end - len(cells))
        cells[start:end] = [("^", color) if mark.primary else ("-", "blue")] * (end - start)
    *hanging, last = marks
    yield _join(cells, paint) + (f" {paint(last.text, _style(last, color))}" if last.text else "")
    hanging = [mark for mark in hanging if mark.text]
    if hanging:
        yield _connectors(hanging, columns, paint, color)
    while hanging:
        mark = hanging.pop()
        left = [other for other in hanging if columns[other][0] < columns[mark][0]]
        before = _connectors(left, columns, paint, color, until=columns[mark][0])
        yield before + paint(mark.text, _style(mark, color))


def _connectors(
    marks: Iterable[_Mark],
    columns: dict[_Mark, tuple[int, int]],
    paint: Paint,
    color: str,
    until: int = 0,
) -> str:
    cells: list[tuple[str, str]] = [(" ", "")] * until
    for mark in marks:
        start = columns[mark][0]
        cells += [(" ", "")] * (start + 1 - len(cells))
        cells[start] = ("|", _style(mark, color))
    return _join(cells, paint)


def _join(cells: Iterable[tuple[str, str]], paint: Paint) -> str:
    runs = groupby(cells, key=lambda cell: cell[1])
    return "".join(paint("".join(char for char, _ in run), style) for style, run in runs)


def _style(mark: _Mark, color: str) -> str:
    return color if mark.primary else "blue"


# Below the source ------------------------------------------------------------------------------------------


def _footer(source: Source, diagnostic: Diagnostic, context: Context) -> Iterator[str]:
    paint = painter(context.color)
    sign = paint(f"{'=':>{_GUTTER - 1}}", "blue")
    if diagnostic.arithmetic:
        yield f"{sign} {printable(diagnostic.arithmetic)}"
    fix = diagnostic.fix
    text = printable(diagnostic.advice)
    if text:
        tag = fix_tag(fix)
        yield f"{sign} {paint('help', 'cyan')}: {text}{f' {tag}' if tag else ''}"
    if fix and context.show_fixes:
        for before, after in changed_rows(source, fix):
            firsts = [_first_difference(*lines) for lines in zip_longest(before, after, fillvalue="")]
            for sign, lines, style in (("-", before, "red"), ("+", after, "green")):
                for line, first in zip(lines, firsts, strict=False):
                    shown = lay_out(line, context.width, first).text.rstrip()
                    yield paint(f"{sign:>{_GUTTER + 1}} {shown}", style)


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def changed_rows(source: Source, fix: Fix) -> Iterator[tuple[list[str], list[str]]]:
    """The rows that a fix changes, before and after, one pair for each run of rows that edits share."""
    edits = sorted(fix.edits)
    while edits:
        first = source.row(edits[0].span.start)
        last = source.row(edits[0].span.end)
        group = []
        while edits and source.row(edits[0].span.start) <= last:
            group.append(edits.pop(0))
            last = max(last, source.row(group[-1].span.end))
        begin = source.offset(first, 1)
        before = source.text[begin : source.offset(last, 1) + len(source.line(last))]
        after = before
        for edit in reversed(group):
            after = after[: edit.span.start - begin] + edit.content + after[edit.span.end - begin :]
        yield _LINE_END.split(before), _LINE_END.split(after)
