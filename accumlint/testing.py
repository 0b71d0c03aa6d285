"""Proves the examples of a rule. Public: those who write rules of their own test them with one line.

>>> def test_my_rule():
...     prove_rule(MyRule)

The author gives code, the marked span and, for a fix, the fixed code. Everything else follows from what every
rule owes its users: the finding is on the marked span and there is no second one, silence on what is
valid, and a fix that parses, removes the finding, adds none, keeps the comments and is not needed twice.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from accumlint import edits, engine, registry
from accumlint.diagnostic import Applicability, Diagnostic, Span
from accumlint.fixer import fix_source
from accumlint.rule import Invalid, Rule, Valid
from accumlint.source import Source


def prove_rule(rule: type[Rule], beside: Sequence[Rule] | None = None) -> None:
    """Prove documentation and examples of a rule; raises AssertionError with the reason.

    ``beside`` are the other rules that look at the examples, so that no fix makes work for them; by default
    all of accumlint's own.
    """
    for snippet, is_wrong in documented_snippets(rule):
        prove_snippet(rule, snippet, is_wrong)
    for valid in rule.VALID:
        prove_valid(rule, valid)
    for invalid in rule.INVALID:
        prove_invalid(rule, invalid, beside)


def prove_valid(rule: type[Rule], example: Valid) -> None:
    """The rule is silent on the example."""
    found = _findings(rule, example.code)
    assert not found, f"{rule.code} finds {_told(found, example.code)}in code marked valid: {example.why}"


def prove_invalid(rule: type[Rule], example: Invalid, beside: Sequence[Rule] | None = None) -> None:
    """The rule finds what the example says, where it says so, and its fix does what it promises."""
    assert engine.may_concern(example.code.encode()), "the byte filter drops the example"
    found = _findings(rule, example.code, beside)
    assert len(found) == 1, f"{len(found)} findings instead of one: {_told(found, example.code)}"
    diagnostic = found[0]
    _equal("span", _text(example.code, diagnostic.span), _text(example.code, example.span))
    assert diagnostic.span == example.span, "the finding is on the same words at another place"
    _equal("severity", diagnostic.severity, example.severity or rule.severity)
    if example.factor is not None:
        _equal("factor", diagnostic.factor, example.factor)
    if example.fixed is None:
        assert diagnostic.fix is None, f"offers a fix though none is expected:\n{_fixed(example.code, diagnostic)}"
        return
    assert diagnostic.fix is not None, "offers no fix"
    _equal("applicability", diagnostic.fix.applicability, example.applicability)
    _equal("fixed text", _fixed(example.code, diagnostic), example.fixed)
    _prove_result(rule, example, beside)


def prove_snippet(rule: type[Rule], snippet: str, is_wrong: bool) -> None:
    """Code in the documentation parses; an "Example" has the finding and a "Use instead" does not."""
    ast.parse(snippet)
    found = _findings(rule, snippet)
    assert bool(found) is is_wrong, f"{rule.code} {'is silent on' if is_wrong else 'finds something in'}:\n{snippet}"


def documented_snippets(rule: type[Rule]) -> Iterator[tuple[str, bool]]:
    """The code in a rule's documentation, and whether it is shown as wrong."""
    documentation = rule.documentation()
    for section, is_wrong in (("Example", True), ("Use instead", False)):
        snippets = documentation.snippets(section)
        assert snippets, f"{rule.code}: no code under {section!r}"
        yield from ((snippet, is_wrong) for snippet in snippets)


def _prove_result(rule: type[Rule], example: Invalid, beside: Sequence[Rule] | None) -> None:
    assert example.fixed is not None
    ast.parse(example.fixed)
    rules = _together(rule, beside)
    before = Counter(each.code for each in _check(example.code, rules))
    after = Counter(each.code for each in _check(example.fixed, rules))
    assert not after[rule.code], "the finding is still there after the fix"
    added = set(after - before) - set(rule.leaves)
    assert not added, f"the fix adds {', '.join(sorted(added))}"
    if example.applicability is Applicability.SAFE:
        assert edits.keeps_comments(example.code, example.fixed), "the fix loses a comment"
    fixed = _source(example.fixed)
    again = fix_source(fixed, lambda source: engine.check_source(source, [rule()]), unsafe=True)
    assert again.source.data == fixed.data, "a second run changes the code again"


def _findings(rule: type[Rule], code: str, beside: Sequence[Rule] | None = None) -> list[Diagnostic]:
    return [each for each in _check(code, _together(rule, beside)) if each.code == rule.code]


def _check(code: str, rules: Sequence[Rule]) -> list[Diagnostic]:
    return engine.check_source(_source(code), rules)


def _together(rule: type[Rule], beside: Sequence[Rule] | None) -> list[Rule]:
    others = registry.select() if beside is None else beside
    return [rule(), *(other for other in others if other.code != rule.code)]


def _source(code: str) -> Source:
    return Source.parse(code.encode(), "example.py")


def _fixed(code: str, diagnostic: Diagnostic) -> str:
    assert diagnostic.fix is not None
    return edits.apply(code, diagnostic.fix.edits)


def _text(code: str, span: Span) -> str:
    return code[span.start : span.end]


def _equal(what: str, given: object, expected: object) -> None:
    if given != expected:
        raise AssertionError(f"{what} is\n{_shown(given)}\nand not\n{_shown(expected)}")


def _shown(value: object) -> str:
    return textwrap.indent(str(value), "    ")


def _told(found: Sequence[Diagnostic], code: str) -> str:
    return "".join(f"{_text(code, each.span)!r} ({each.message}) " for each in found)
