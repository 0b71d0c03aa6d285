"""What the fixer promises, shown on a language of its own: words that are wrong, and reports of words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from accumlint.diagnostic import Applicability, Diagnostic, Edit, Severity, Span
from accumlint.fixer import COMMENT_LOST, MAX_ROUNDS, FixError, fix_source, prove
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, safe, unsafe
from accumlint.source import Source


@dataclass(frozen=True)
class Report:
    is_right: bool
    scale: str
    is_unknown: bool = False
    divisors: tuple[Divisor, ...] = ()


@dataclass(frozen=True)
class Divisor:
    quotient: object


QUOTIENT = Divisor(object())


@dataclass(frozen=True)
class Words:
    """An analysis of which words stand where; a report is right when it says ``good``."""

    text: str
    reports: tuple[Report, ...] = ()

    def reports_of(self, metric: str | None, span: Span) -> list[Report]:
        values = re.findall(rf"report\({metric}, (\w+)(, q)?\)", self.text)
        return [
            Report(value == "good", value, value == "exp", (QUOTIENT,) * bool(divided)) for value, divided in values
        ]


def analyze(source: Source) -> Words:
    return Words(source.text)


class WordRule(Rule):
    """Flags the word ``bad``; replaces it with each of ``fixes`` in turn."""

    code = "TST001"
    severity = Severity.ERROR
    VALID = ()
    INVALID = (Invalid("bad", at="bad"),)
    word = "bad"

    def __init__(self, *candidates: Candidate | str) -> None:
        self.replacements = candidates

    def check(self, analysis: Words) -> Iterator[Finding]:  # type: ignore[override]
        for match in re.finditer(rf"\b{self.word}\b", analysis.text):
            yield self.finding(
                Span(*match.span()),
                f"{self.word} word",
                *(self.candidate(Span(*match.span()), each) for each in self.replacements),
                metric="m",
            )

    def candidate(self, span: Span, replacement: Candidate | str) -> Candidate:
        if isinstance(replacement, Candidate):
            return replacement
        return safe("replace", Edit(span, replacement), proof=Proof.FINDING_GONE)


class WorseRule(WordRule):
    """Flags the word ``worse``."""

    code = "TST002"
    word = "worse"


def source(text: str) -> Source:
    return Source.parse(text.encode(), "words.py")


def check(text: str, *rules: Rule) -> list[Diagnostic]:
    return check_source(source(text), *rules)


def check_source(source: Source, *rules: Rule) -> list[Diagnostic]:
    analysis = analyze(source)
    findings = [finding for rule in rules for finding in rule.check(analysis)]
    return prove(source, analysis, findings, rules, analyze)


def offered(text: str, *rules: Rule) -> str | None:
    """The fixed text of the only finding."""
    (diagnostic,) = check(text, *rules)
    if diagnostic.fix is None:
        return None
    return source(text).apply(diagnostic.fix.edits).decode()


def test_the_first_candidate_that_is_proved_is_offered():
    assert offered("x = bad\n", WordRule("bad", "good", "better")) == "x = good\n"


def test_nothing_proved_nothing_offered():
    assert offered("x = bad\n", WordRule("bad")) is None


@pytest.mark.parametrize("broken", ["=", "(", "good\n  y", "return", "good\x00"])
def test_what_does_not_parse_is_not_offered(broken):
    assert offered("x = bad\n", WordRule(broken)) is None


def test_a_fix_that_gives_another_rule_a_finding_is_not_offered():
    assert offered("x = bad\n", WordRule("worse"), WorseRule()) is None


def test_one_finding_may_come_in_the_place_of_another_where_its_rule_says_so():
    class Admitting(WordRule):
        leaves = ("TST002",)

    assert offered("x = bad\n", Admitting("worse"), WorseRule()) == "x = worse\n"
    assert offered("x = bad\n", Admitting("worse + worse"), WorseRule()) is None


def test_a_finding_that_was_there_before_does_not_count_as_new():
    found = check("x = bad + worse\n", WordRule("much_better"), WorseRule())
    assert [each.fix is not None for each in found] == [True, False]


def test_a_fix_may_not_reach_further_than_it_says():
    assert offered("x = 2 * bad\n", WordRule("good + 1", "(good + 1)")) == "x = 2 * (good + 1)\n"


def test_a_report_must_be_right_where_that_is_promised():
    def replace_by(word: str) -> Candidate:
        return safe("replace", Edit(Span(10, 13), word), proof=Proof.REPORT_RIGHT)

    assert offered("report(m, bad)\n", WordRule(replace_by("fair"))) is None
    assert offered("report(m, bad)\n", WordRule(replace_by("fair"), replace_by("good"))) == "report(m, good)\n"


def test_what_is_made_of_a_right_quotient_need_not_be_read():
    def fixed_beside(other: str) -> str | None:
        return offered(f"report(m, bad, q); report(m, {other})\n", WordRule(safe("x", Edit(Span(10, 13), "good"))))

    assert fixed_beside("exp, q") == "report(m, good, q); report(m, exp, q)\n"
    assert fixed_beside("exp") is None
    assert fixed_beside("fair, q") is None


def test_a_metric_without_a_report_is_not_proved_right():
    candidate = safe("replace", Edit(Span(4, 7), "good"), proof=Proof.REPORT_RIGHT)
    assert offered("x = bad\n", WordRule(candidate)) is None


def test_a_report_must_stay_what_it_was_where_that_is_promised():
    def rename(span: Span, word: str) -> Candidate:
        return safe("replace", Edit(span, word), proof=Proof.REPORT_UNCHANGED)

    text = "report(m, fair)\nx = bad\n"
    assert offered(text, WordRule(rename(Span(20, 23), "good"))) == "report(m, fair)\nx = good\n"
    both = Candidate(safe("both", Edit(Span(10, 14), "good"), Edit(Span(20, 23), "good")).fix, Proof.REPORT_UNCHANGED)
    assert offered(text, WordRule(both)) is None


def test_a_lost_comment_makes_a_fix_unsafe():
    text = "x = (bad  # why\n)\n"
    (diagnostic,) = check(text, WordRule(safe("drop", Edit(Span(4, 17), "good"), proof=Proof.FINDING_GONE)))
    assert diagnostic.fix is not None
    assert diagnostic.fix.applicability is Applicability.UNSAFE
    assert diagnostic.fix.reason == COMMENT_LOST


def test_text_that_the_encoding_cannot_hold_is_not_offered():
    latin = Source.parse("# coding: latin-1\nx = bad\n".encode("latin-1"), "words.py")
    rule = WordRule("ℓ", "good")
    (diagnostic,) = prove(latin, analyze(latin), list(rule.check(analyze(latin))), [rule], analyze)
    assert diagnostic.fix is not None
    assert diagnostic.fix.edits[0].content == "good"


# Applying --------------------------------------------------------------------------------------------------


def fixed(text: str, *rules: Rule, **options: bool):
    return fix_source(source(text), lambda each: check_source(each, *rules), **options)


def test_all_is_fixed_and_counted():
    result = fixed("a = bad\nb = bad\nc = worse\n", WordRule("good"), WorseRule())
    assert result.source.text == "a = good\nb = good\nc = worse\n"
    assert (result.fixed, len(result.applied), len(result.left), result.rounds) == (2, 2, 1, 1)


def test_the_source_is_untouched_where_nothing_is_to_fix():
    original = source("a = worse\n")
    result = fix_source(original, lambda each: check_source(each, WorseRule()))
    assert result.source is original
    assert (result.fixed, result.rounds) == (0, 0)


def test_fixes_that_overlap_wait_for_the_next_round():
    class Pair(WordRule):
        code = "TST003"

        def candidate(self, span, replacement):
            text = "good" if span.start == 0 else "good + good"
            return safe("x", Edit(Span(0, span.end), text), proof=Proof.FINDING_GONE)

    result = fixed("bad + bad\n", Pair("any"))
    assert result.source.text == "good + good\n"
    assert (result.fixed, len(result.left)) == (2, 0)
    assert result.rounds == 2


def test_unsafe_fixes_wait_to_be_asked_for():
    class Risky(WordRule):
        code = "TST004"

        def candidate(self, span, replacement):
            return unsafe("x", Edit(span, replacement), reason="training changes")

    held_back = fixed("x = bad\n", Risky("good"))
    assert (held_back.fixed, held_back.needs_unsafe) == (0, 1)
    assert fixed("x = bad\n", Risky("good"), unsafe=True).source.text == "x = good\n"


def test_a_fix_that_does_not_help_is_an_error_not_a_loop():
    edit = Edit(Span(0, 1), "y")
    diagnostic = Diagnostic(
        "TST001", "n", Severity.ERROR, "m", Span(0, 1), fix=safe("x", edit, proof=Proof.FINDING_GONE).fix
    )
    with pytest.raises(FixError, match="made nothing better"):
        fix_source(source("x = 1\n"), lambda each: [diagnostic])


def test_rounds_are_limited():
    def countdown(each: Source) -> list[Diagnostic]:
        left = each.text.count("x")
        fix = safe("one", Edit(Span(0, 1), ""), proof=Proof.FINDING_GONE).fix
        return [Diagnostic("TST001", "n", Severity.ERROR, str(i), Span(0, 1), fix=fix) for i in range(left)]

    with pytest.raises(FixError, match="rest"):
        fix_source(source("x" * (MAX_ROUNDS + 2)), countdown)


def test_two_fixes_that_mend_one_thing_twice_are_not_applied_together():
    class Balance(Rule):
        """Wants exactly one plus sign on each side of nothing: two fixes, either of which is enough."""

        code = "TST006"
        severity = Severity.ERROR
        VALID = ()
        INVALID = (Invalid("x", at="x"),)

        def check(self, analysis: Words) -> Iterator[Finding]:  # type: ignore[override]
            if len(re.findall(r"\bone\b", analysis.text)) != 1:
                for match in re.finditer(r"none|one", analysis.text):
                    word = "one" if match[0] == "none" else "none"
                    edit = Edit(Span(*match.span()), word)
                    yield self.finding(Span(*match.span()), "x", safe("x", edit, proof=Proof.FINDING_GONE))

    result = fixed("a = none\nb = none\n", Balance())
    assert result.source.text == "a = one\nb = none\n"
    assert (result.fixed, len(result.applied)) == (2, 1)
