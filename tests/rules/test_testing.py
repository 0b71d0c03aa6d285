"""The harness finds what is wrong with a rule: every promise of an example, broken once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from accumlint import testing
from accumlint.diagnostic import Applicability, Edit, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Kind
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, Valid, safe

LOOP = """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()  # once per window
            optimizer.zero_grad()
"""
CALM = LOOP.replace("optimizer.step()", "scaler.step(optimizer)")
EXAMPLE = Invalid(
    LOOP, at="optimizer.step()", factor="N", fixed=LOOP.replace("optimizer.step()", "scaler.step(optimizer)")
)


class PlainStep(Rule):
    """An optimizer steps without a scaler.

    ## What it does

    Flags it.

    ## Why it matters

    It does not.

    ## Example

    ```python
    for x, y in loader:
        criterion(model(x), y).backward()
        optimizer.step()
        print(x % 2)
    ```

    ## Use instead

    ```python
    for x, y in loader:
        criterion(model(x), y).backward()
        scaler.step(optimizer)
        print(x % 2)
    ```

    ## Fix safety

    None.

    ## When it stays silent

    Otherwise.
    """

    code = "TST001"
    severity = Severity.WARNING
    VALID = (Valid(CALM),)
    INVALID = (EXAMPLE,)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        for event in analysis.events:
            if event.kind is Kind.OPTIMIZER_STEP and analysis.text(event.node).startswith("optimizer"):
                span = analysis.span(event.node)
                yield self.finding(span, "plain", self.candidate(Edit(span, "scaler.step(optimizer)")), factor="N")

    def candidate(self, edit: Edit) -> Candidate:
        return safe("scale", edit, proof=Proof.FINDING_GONE)


def test_a_rule_that_keeps_its_promises_passes() -> None:
    testing.prove_rule(PlainStep)


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        (replace(EXAMPLE, code=CALM, at="scaler"), "0 findings"),
        (replace(EXAMPLE, code=LOOP + LOOP.replace("train", "fit")), "2 findings"),
        (replace(EXAMPLE, at="optimizer.zero_grad()"), "span is"),
        (replace(EXAMPLE, factor="1/N"), "factor is"),
        (replace(EXAMPLE, severity=Severity.ERROR), "severity is"),
        (replace(EXAMPLE, fixed=None), "offers a fix though none"),
        (replace(EXAMPLE, fixed=LOOP), "fixed text is"),
        (replace(EXAMPLE, applicability=Applicability.UNSAFE), "applicability is"),
        (Invalid("optimizer.step()\n", at="optimizer.step()"), "byte filter"),
    ],
)
def test_a_broken_promise_is_named(example: Invalid, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        testing.prove_invalid(PlainStep, example)


def test_a_finding_in_valid_code_is_named() -> None:
    with pytest.raises(AssertionError, match="marked valid: by mistake"):
        testing.prove_valid(PlainStep, Valid(LOOP, "by mistake"))


def test_a_missing_fix_is_named() -> None:
    class Unfixed(PlainStep):
        code = "TST002"

        def candidate(self, edit: Edit) -> Candidate:
            return super().candidate(replace(edit, content="scaler.step(optimizer"))

    with pytest.raises(AssertionError, match="offers no fix"):
        testing.prove_invalid(Unfixed, EXAMPLE)


def test_a_snippet_that_shows_something_else_is_named() -> None:
    with pytest.raises(AssertionError, match="is silent on"):
        testing.prove_snippet(PlainStep, CALM, is_wrong=True)
    with pytest.raises(AssertionError, match="finds something in"):
        testing.prove_snippet(PlainStep, LOOP, is_wrong=False)
    with pytest.raises(SyntaxError):
        testing.prove_snippet(PlainStep, "for x in", is_wrong=False)
