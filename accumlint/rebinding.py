"""``loss = loss / N`` as a statement: how to take it away, or to divide where backward runs instead.

Behind ``(loss / N).backward()`` the name still holds the undivided loss, whichever way control came. That repairs
a report which no factor repairs: one of a loss that is divided in training only, or by the size of the window.
"""

from __future__ import annotations

import libcst as cst

from accumlint.diagnostic import Edit, Span
from accumlint.flow import Analysis
from accumlint.flow.events import Sink
from accumlint.flow.spelling import loss_leaf
from accumlint.flow.tree import descendants, same
from accumlint.flow.value import Add, Division
from accumlint.rule import Candidate, Proof, safe, unsafe
from accumlint.windows import line_of, next_line


def without_rebinding(analysis: Analysis, division: Division) -> Edit | None:
    """``loss = loss / N`` or ``loss /= N`` goes as a whole; None where it is no such statement, alone on its line."""
    text, operand = analysis.source.text, analysis.text(division.operand)
    span = analysis.span(division.node)
    target = f"{operand} = "
    start = span.start - len(target) if text[: span.start].endswith(target) else span.start
    line = line_of(text, Span(start, span.end))
    if line is None or (start == span.start and not text[start : span.end].startswith(f"{operand} /=")):
        return None
    return Edit(Span(line.start, next_line(text, line.end)), "")


def divided_at_backward(analysis: Analysis, place: Add | Sink, division: Division) -> Candidate | None:
    """Divide in the call that runs backward, and leave the name its undivided loss.

    Safe where backward and what is added or shown are all that read the name afterwards.
    """
    backwards = analysis.backwards_of(place.value)
    if not all(map(analysis.is_here, [division.node, *(backward.node for backward in backwards)])):
        return None
    removed = without_rebinding(analysis, division)
    loss = division.operand
    if removed is None or len(backwards) != 1 or division.by is None or not isinstance(loss, cst.Name):
        return None
    leaf = loss_leaf(backwards[0].operand) if backwards[0].operand is not None else None
    if leaf is None or not same(leaf, loss) or backwards[0].function is not division.function:
        return None
    quotient = _quotient(analysis, division)
    span = analysis.span(leaf)
    is_receiver = analysis.source.text[span.end : span.end + 1] == "."
    edits = removed, Edit(span, f"({quotient})" if is_receiver else quotient)
    message = f"divide by {analysis.text(division.by)} in the call that runs backward, and nowhere else"
    if _is_read_elsewhere(analysis, division, loss, [leaf, place.operand]):
        reason = f"`{loss.value}` is read in other places, too"
        return unsafe(message, *edits, reason=reason, proof=Proof.REPORT_RIGHT)
    return safe(message, *edits)


def _quotient(analysis: Analysis, division: Division) -> str:
    match division.node:
        case cst.BinaryOperation():
            return analysis.text(division.node)
        case cst.AugAssign(value=value):
            by = analysis.text(value)
            simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer))
            return f"{analysis.text(division.operand)} / {by if simple else f'({by})'}"
    return analysis.text(division.node)


def _is_read_elsewhere(analysis: Analysis, division: Division, loss: cst.Name, known: list[cst.BaseExpression]) -> bool:
    """The name is read below its division by something else than what is known."""
    function = division.function
    if function is None:
        return True
    begin = analysis.span(division.node).end
    ours = {id(part) for node in known for part in descendants(node)}
    return any(
        isinstance(part, cst.Name)
        and part.value == loss.value
        and id(part) not in ours
        and analysis.span(part).start > begin
        for part in descendants(function)
    )
