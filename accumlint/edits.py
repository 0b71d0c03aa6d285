"""Edits on text: apply them, follow a place through them, and see what they would take away.

All offsets are code points of one text. The functions take edits in any order; :func:`conflicting` is the
one question to ask before edits of several fixes are applied together.
"""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from accumlint.diagnostic import Edit, Span


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with every edit made. Raises ValueError where two of them conflict."""
    pieces: list[str] = []
    position = 0
    for edit in _ordered(edits):
        if edit.span.end > len(text):
            raise ValueError(f"{edit} lies beyond the end of the text")
        pieces += text[position : edit.span.start], edit.content
        position = edit.span.end
    return "".join([*pieces, text[position:]])


def conflicting(edits: Iterable[Edit]) -> bool:
    """Whether two edits overlap, or insert at one place so that their order would decide.

    The very same edit given twice conflicts as well: two fixes that insert one line would insert it twice.
    """
    ordered = sorted(edits)
    return any(
        later.span.start < earlier.span.end or later.span.start == earlier.span.start
        for earlier, later in pairwise(ordered)
    )


def shifted(offset: int, edits: Iterable[Edit]) -> int:
    """Where a code point stands after the edits; one inside a replaced span moves to its start."""
    delta = 0
    for edit in sorted(edits):
        if edit.span.end <= offset and edit.span != Span(offset, offset):
            delta += len(edit.content) - (edit.span.end - edit.span.start)
        elif edit.span.start < offset:
            return edit.span.start + delta
    return offset + delta


def shifted_span(span: Span, edits: Sequence[Edit]) -> Span:
    """The span after the edits, what was inserted or replaced at its ends included."""
    start = shifted(span.start, edits)
    end = span.end + sum(_growth(edit) for edit in edits if edit.span.start <= span.end)
    return Span(start, max(start, end))


def comments(text: str) -> Counter[str]:
    """The comments of a program and how often each occurs. Raises what ``tokenize`` raises."""
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)


def keeps_comments(before: str, after: str) -> bool:
    """Whether every comment of a program is still there; False too when that cannot be told."""
    try:
        return not comments(before) - comments(after)
    except (SyntaxError, tokenize.TokenError):
        return False


def _ordered(edits: Sequence[Edit]) -> list[Edit]:
    if conflicting(edits):
        raise ValueError("edits overlap")
    return sorted(edits)


def _growth(edit: Edit) -> int:
    return len(edit.content) - (edit.span.end - edit.span.start)
