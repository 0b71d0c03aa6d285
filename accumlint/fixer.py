"""Fixes are proved before they are offered, and applied until nothing is left to apply.

A rule proposes candidates; :func:`prove` makes each on a copy and analyses the copy. A candidate is offered
only if the copy parses, the finding is gone, no finding is new, the reports are what the rule promised, no
other report is moved away from the mean loss, and the program outside the edits is the same.
:func:`fix_source` applies offers in rounds: fixes that overlap wait for the next round, whose findings are
made afresh.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from accumlint.diagnostic import Applicability, Diagnostic, Edit, Fix, Severity
from accumlint.edits import conflicting, keeps_comments, shifted, shifted_span
from accumlint.outside import same_outside
from accumlint.rule import Candidate, Finding, Proof, Rule
from accumlint.source import Source, SourceError

if TYPE_CHECKING:
    import libcst as cst

    from accumlint.flow import Analysis, Report
    from accumlint.flow.events import Sink
    from accumlint.flow.value import Add

Analyze = Callable[[Source], "Analysis | None"]

MAX_ROUNDS = 10
COMMENT_LOST = "a comment inside the replaced code would be lost"
NUMBER_DECIDES = "the number is compared with one that is written in the program"


def prove(
    source: Source,
    analysis: Analysis,
    findings: Sequence[Finding],
    rules: Sequence[Rule],
    analyze: Analyze | None = None,
) -> list[Diagnostic]:
    """The diagnostics of all findings in one source, each with its first proved fix, if there is one.

    ``rules`` are the rules that no fix may give a new finding to.
    """
    if analyze is None:
        from accumlint.flow import analyze as analyze_source

        analyze = analyze_source
    prover = _Prover(source, analysis, findings, rules, analyze)
    return [replace(finding.diagnostic, fix=prover.fix_for(finding)) for finding in findings]


@dataclass(frozen=True)
class _Prover:
    source: Source
    analysis: Analysis
    findings: Sequence[Finding]
    rules: Sequence[Rule]
    analyze: Analyze

    def fix_for(self, finding: Finding) -> Fix | None:
        return next(filter(None, (self._proved(finding, each) for each in finding.candidates)), None)

    def _proved(self, finding: Finding, candidate: Candidate) -> Fix | None:
        fix = candidate.fix
        if self._divides_others(fix.edits) or self._changes_others(fix.edits):
            return None
        try:
            fixed = Source.parse(self.source.apply(fix.edits), self.source.path)
            if not same_outside(self.source.text, fixed.text, fix.edits):
                return None
            analysis = self.analyze(fixed)
        except (SourceError, ValueError):  # conflicting edits, or text that the encoding cannot hold
            return None
        if not self._improves(finding, fix.edits, analysis):
            return None
        if not self._keeps_promise(finding, candidate, analysis):
            return None
        if analysis is not None and not self._worsens_none(fix.edits, analysis):
            return None
        if not keeps_comments(self.source.text, fixed.text):
            fix = _demoted(fix, COMMENT_LOST)
        if finding.diagnostic.metric is not None and _decides(self.source.syntax_tree(), finding.diagnostic.metric):
            fix = _demoted(fix, NUMBER_DECIDES)
        return fix

    def _improves(self, finding: Finding, edits: Sequence[Edit], analysis: Analysis | None) -> bool:
        """The finding is gone, and every finding of the copy was there before.

        One may come in its place if its rule says so: adding the undivided loss where the divided one was
        added makes the number right (ACC003), and then it is on another scale than the gradient (ACC002).
        """
        before = [_moved(each.diagnostic, edits) for each in self.findings if each is not finding]
        after = [each.diagnostic for each in findings_in(analysis, self.rules)]
        new = [each for each in after if not _take_counterpart(before, each)]
        leaves = {code for rule in self.rules if rule.code == finding.diagnostic.code for code in rule.leaves}
        return len(new) <= 1 and all(each.code in leaves for each in new)

    def _keeps_promise(self, finding: Finding, candidate: Candidate, analysis: Analysis | None) -> bool:
        if candidate.proof is Proof.FINDING_GONE:
            return True
        if analysis is None or self._changes_others(candidate.fix.edits):
            return False
        metric, span = finding.diagnostic.metric, finding.diagnostic.span
        before = self.analysis.reports_of(metric, span)
        after = analysis.reports_of(metric, shifted_span(span, candidate.fix.edits))
        if candidate.proof is Proof.REPORT_RIGHT:
            return _all_right(after)
        return bool(after) and [r.scale for r in before] == [r.scale for r in after]

    def _worsens_none(self, edits: Sequence[Edit], analysis: Analysis) -> bool:
        """No report of the copy, whosever it is, was moved away from the mean loss.

        Where losses that are divided behind their name's back are weighted with the batch size and divided by the
        steps, the sum is off by the batch size. Without that division it would be N times too high as well.
        """
        after = _by_place(analysis, ())
        return all(
            _is_unchanged(old, new) or _is_nearer(old, new, analysis)
            for place, reports in _by_place(self.analysis, edits).items()
            for old, new in zip(reports, after.get(place, ()), strict=False)
        )

    def _changes_others(self, edits: Sequence[Edit]) -> bool:
        """What is edited is shown or added for numbers of other kinds as well: ``for k, v in logs.items(): …``."""
        shown = [r.sink.operand for r in self.analysis.reports if r.value.unlike and not r.adds]
        added = [add for r in self.analysis.reports for add in r.adds if add.value.unlike]
        places: list[Add | Sink] = [add for r in self.analysis.reports for add in r.adds]
        places += [r.sink for r in self.analysis.reports]
        handed = [place.operand for place in places if self.analysis.is_handed_by_several(place)]
        return self._touch(edits, [*shown, *handed, *(part for add in added for part in (add.operand, *add.arms))])

    def _divides_others(self, edits: Sequence[Edit]) -> bool:
        """What is edited divides sums that are no losses as well: ``for k in totals: totals[k] /= n``."""
        shared = [each.node for r in self.analysis.reports if r.value.several for each in r.divisors]
        return self._touch(edits, shared)

    def _touch(self, edits: Sequence[Edit], nodes: Sequence[cst.CSTNode]) -> bool:
        touched = [edit.span for edit in edits]
        spans = [self.analysis.span(node) for node in nodes if self.analysis.is_here(node)]
        return any(edit.start <= span.end and span.start <= edit.end for edit in touched for span in spans)


def _by_place(analysis: Analysis, edits: Sequence[Edit]) -> dict[object, list[Report]]:
    """The reports by where they leave once the edits are made; those in another file by their node there."""
    places: dict[object, list[Report]] = {}
    for report in analysis.reports:
        node = report.sink.node
        place = shifted(analysis.span(node).start, edits) if analysis.is_here(node) else node
        places.setdefault(place, []).append(report)
    return places


def _is_unchanged(old: Report, new: Report) -> bool:
    """The same number, made of the same ones: what cannot be read itself may be made of what can."""
    return old.scale == new.scale and [add.value.scale for add in old.adds] == [add.value.scale for add in new.adds]


def _is_nearer(old: Report, new: Report, analysis: Analysis) -> bool:
    """The number is right or less wrong; one that cannot be read is made of a quotient that is reported rightly."""
    if old.error.contains(new.error):
        return True
    return _is_made_of(new, _right_quotients(analysis.reports)) if new.is_unknown else old.is_unknown


def _all_right(reports: Sequence[Report]) -> bool:
    """Every report is right, or cannot be read and is made of the quotient that another one reports rightly.

    The second is a perplexity, say: ``exp(total / batches)`` beside ``total / batches``.
    """
    right = _right_quotients(reports)
    return any(report.is_right for report in reports) and all(
        report.is_right or (report.is_unknown and _is_made_of(report, right)) for report in reports
    )


def _right_quotients(reports: Sequence[Report]) -> set[int]:
    return {id(divisor.quotient) for report in reports if report.is_right for divisor in report.divisors}


def _is_made_of(report: Report, quotients: set[int]) -> bool:
    return bool(report.divisors) and quotients.issuperset(id(divisor.quotient) for divisor in report.divisors)


def findings_in(analysis: Analysis | None, rules: Iterable[Rule]) -> Iterator[Finding]:
    """Everything the rules find in an analysed source."""
    if analysis is not None:
        for rule in rules:
            yield from rule.check(analysis)


def _moved(diagnostic: Diagnostic, edits: Sequence[Edit]) -> Diagnostic:
    return replace(diagnostic, span=shifted_span(diagnostic.span, edits))


def _take_counterpart(before: list[Diagnostic], diagnostic: Diagnostic) -> bool:
    """Whether the finding was there before; each old finding accounts for one new one."""
    for old in before:
        same_kind = (old.code, old.metric) == (diagnostic.code, diagnostic.metric)
        if same_kind and (old.span == diagnostic.span or old.span.overlaps(diagnostic.span)):
            before.remove(old)
            return True
    return False


def _decides(tree: ast.Module, metric: str) -> bool:
    """The number is compared with one that is written in the program, ``if avg > 0.5:``; it would be decided anew."""
    return any(
        isinstance(node, ast.Compare)
        and any(_is_written(side) for side in (node.left, *node.comparators))
        and any(_mentions(side, metric) for side in (node.left, *node.comparators))
        for node in ast.walk(tree)
    )


def _is_written(node: ast.expr) -> bool:
    """A number other than zero, which no factor changes."""
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and bool(node.value)


def _mentions(node: ast.expr, metric: str) -> bool:
    return any(isinstance(part, (ast.Name, ast.Attribute)) and ast.unparse(part) == metric for part in ast.walk(node))


def _demoted(fix: Fix, because: str) -> Fix:
    reason = f"{fix.reason}; {because}" if fix.reason else because
    applicability = Applicability.UNSAFE if fix.applicability is Applicability.SAFE else fix.applicability
    return replace(fix, applicability=applicability, reason=reason)


# Applying --------------------------------------------------------------------------------------------------

Check = Callable[[Source], Sequence[Diagnostic]]
"""The findings in a source as the user sees them: proved, suppressed ones left out."""


class FixError(Exception):
    """Fixing went wrong in a way that is a bug of accumlint; nothing has been changed."""


@dataclass(frozen=True, slots=True)
class FixResult:
    """What fixing one source came to. ``source`` is the very object given when nothing was applied."""

    source: Source
    found: tuple[Diagnostic, ...]
    """The findings before anything was fixed."""
    applied: tuple[Diagnostic, ...]
    """The findings whose fix was applied, in order; spans are those of the round."""
    left: tuple[Diagnostic, ...]
    """The findings in the result."""
    rounds: int

    @property
    def fixed(self) -> int:
        """How many findings are gone; one fix may remove several."""
        return len(self.found) - len(self.left)

    @property
    def needs_unsafe(self) -> int:
        """How many of the findings left have a fix that was held back."""
        return sum(each.fix is not None and each.fix.applicability is Applicability.UNSAFE for each in self.left)


def fix_source(source: Source, check: Check, unsafe: bool = False) -> FixResult:
    """Apply every offered fix, and again, until a round finds nothing to apply.

    Raises :class:`FixError` if a result were no program or no better than what it was made from, or did not
    come to rest within MAX_ROUNDS; the caller then keeps the original.
    """
    found = left = tuple(check(source))
    applied: list[Diagnostic] = []
    current, rounds = source, 0
    while chosen := _compatible(left, unsafe):
        if rounds == MAX_ROUNDS:
            raise FixError(f"fixes did not come to rest within {MAX_ROUNDS} rounds")
        rounds += 1
        current, left, made = _one_round(current, left, chosen, check)
        applied += made
    return FixResult(current, found, tuple(applied), left, rounds)


def _one_round(
    source: Source, before: Sequence[Diagnostic], chosen: list[Diagnostic], check: Check
) -> tuple[Source, tuple[Diagnostic, ...], list[Diagnostic]]:
    """All of the fixes or, since each was proved by itself and two may mend one number twice, the first."""
    for some in (chosen, chosen[:1]):
        fixed = _applied(source, [each.fix for each in some if each.fix is not None])
        after = tuple(check(fixed))
        better = _errors(some) > 0 or len(after) < len(before)
        if better and len(after) <= len(before) and _errors(after) <= _errors(before) - _errors(some):
            return fixed, after, some
    raise FixError("a round of fixes made nothing better")


def _errors(diagnostics: Iterable[Diagnostic]) -> int:
    return sum(each.severity is Severity.ERROR for each in diagnostics)


def _compatible(diagnostics: Iterable[Diagnostic], unsafe: bool) -> list[Diagnostic]:
    """The findings to fix in one round: in order, those whose edits leave each other alone."""
    allowed = {Applicability.SAFE, Applicability.UNSAFE} if unsafe else {Applicability.SAFE}
    chosen: list[Diagnostic] = []
    edits: list[Edit] = []
    for diagnostic in sorted(diagnostics, key=lambda each: each.sort_key):
        fix = diagnostic.fix
        if fix is None or fix.applicability not in allowed or conflicting([*edits, *fix.edits]):
            continue
        chosen.append(diagnostic)
        edits += fix.edits
    return chosen


def _applied(source: Source, fixes: Sequence[Fix]) -> Source:
    edits = [edit for fix in fixes for edit in fix.edits]
    try:
        return Source.parse(source.apply(edits), source.path)
    except (SourceError, ValueError) as error:
        raise FixError(f"the fixed file cannot be read: {error}") from error
