"""What must hold of every input, whatever it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from accumlint.diagnostic import Diagnostic
from accumlint.edits import comments
from accumlint.engine import FixedBytes, check_bytes, fix_bytes
from accumlint.registry import select
from accumlint.rule import Rule
from accumlint.source import Source, SourceError

NAMED_LIMITS = ("too complex: ", "too large: ", "libcst cannot read it: ")
"""What may be said of a valid program that is not analysed."""


class BrokenError(AssertionError):
    """A property that does not hold; the message says which."""


def outcome_of(data: bytes, path: str = "train.py", rules: Sequence[Rule] | None = None) -> str:
    """Check every property and say in a word what became of the input. Raises :class:`BrokenError`."""
    rules = select() if rules is None else rules
    result = check_bytes(data, path, rules)
    _holds(check_bytes(data, path, rules) == result, "the same input gives the same result")
    if result.problems:
        return _refused(data, path, result.problems[0].reason, fix_bytes(data, path, rules))
    if result.source is None:
        return "no candidate"
    _places_are_in_the_text(result.source, result.diagnostics)
    if not result.diagnostics:
        return "clean"
    kinds = {_fixed(data, path, rules, unsafe, result.diagnostics) for unsafe in (False, True)}
    return "fixed" if "fixed" in kinds else "found"


def _refused(data: bytes, path: str, reason: str, fixed: FixedBytes) -> str:
    _holds("internal error" not in reason, reason)
    _holds(not fixed.applied, "what cannot be read is not fixed")
    if not _is_python(data, path):
        return "refused"
    _holds(reason.startswith(NAMED_LIMITS), f"valid Python is refused: {reason}")
    return "beyond our limits"


def _fixed(data: bytes, path: str, rules: Sequence[Rule], unsafe: bool, found: Sequence[Diagnostic]) -> str:
    fixed = fix_bytes(data, path, rules, unsafe=unsafe)
    _holds(not fixed.result.problems, f"fixing works: {[each.reason for each in fixed.result.problems]}")
    _holds(fixed.found == tuple(found), "fixing sees what checking sees")
    after = fixed.result.source
    assert after is not None
    if not fixed.applied:
        _holds(after.data == data, "without a fix nothing changes")
        return "found"
    _holds(_is_python(after.data, path), "the result parses")
    _holds(len(fixed.result.diagnostics) < len(found), "a fix leaves fewer findings")
    before = Source.parse(data, path)
    if not unsafe:
        lost = _comments(before.text) - _comments(after.text)
        _holds(not lost, f"comments stay: {lost}")
    _holds(after.bom == before.bom and after.encoding == before.encoding, "the encoding stays")
    again = fix_bytes(after.data, path, rules, unsafe=unsafe)
    _holds(not again.applied, "a second run changes nothing")
    _holds(again.found == fixed.result.diagnostics, "what is left is what a second run finds")
    return "fixed"


def _places_are_in_the_text(source: Source, diagnostics: Sequence[Diagnostic]) -> None:
    for diagnostic in diagnostics:
        spans = [diagnostic.span, *(label.span for label in diagnostic.labels)]
        if diagnostic.fix is not None:
            spans += [edit.span for edit in diagnostic.fix.edits]
        _holds(all(span.end <= len(source.text) for span in spans), "every place is in the text")
        _holds(diagnostic.span.start < diagnostic.span.end, "a finding points at something")


def _comments(text: str) -> Counter[str]:
    return comments(text.replace("\r\n", "\n").replace("\r", "\n"))


def _is_python(data: bytes, path: str) -> bool:
    try:
        Source.parse(data, path).syntax_tree()
    except SourceError:
        return False
    return True


def _holds(condition: bool, what: str) -> None:
    if not condition:
        raise BrokenError(what)
