"""The judge itself: what a linter could say wrongly is refuted, and what it says truly is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from .draft import Track
from .generate import Expected, Generated
from .linter import Finding, power_of
from .measure import Power
from .truth import causes
from .verdict import Judged, judge

pytestmark = pytest.mark.torch

TEXT = """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    updates = 0
    for i, (x, y) in enumerate(loader):
        raw = criterion(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        total += ADDED.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    return total / updates
"""
RIGHT, INFLATED = TEXT.replace("ADDED", "loss"), TEXT.replace("ADDED", "raw")
SAID = Finding("ACC001", "error", "N times too high", 8, frozenset({13}), "total", "N", "safe")


def judged(text: str, findings: list[Finding], fixed: str | None = None, left: Sequence[Finding] = ()) -> Judged:
    metric = Expected(Track(0, metric="total", exact=True), frozenset({2, 8, 13}), 13, 0)
    program = Generated(0, text, "train", (metric,), (), 0, False, False, 1, True, True)
    return judge(program, findings, fixed or text, left)


def test_a_true_finding_with_a_true_fix_stands() -> None:
    verdict = judged(INFLATED, [SAID], fixed=RIGHT)
    assert verdict.disagreements == ()
    assert (verdict.wrong, verdict.proved, verdict.fixed, verdict.missed) == (1, 1, 1, ())


def test_an_error_on_a_right_number_is_refuted() -> None:
    assert "is right" in judged(RIGHT, [SAID]).disagreements[0]


def test_a_warning_on_a_right_number_is_a_doubt_unless_it_is_acc002() -> None:
    warning = replace(SAID, severity="warning")
    assert len(judged(RIGHT, [warning]).doubts) == 1
    assert judged(RIGHT, [replace(warning, code="ACC002")]).doubts == ()
    assert judged(RIGHT, [warning]).disagreements == ()


def test_a_wrong_factor_is_refuted() -> None:
    assert len(judged(INFLATED, [replace(SAID, factor="1/N")]).disagreements) == 1
    assert len(judged(INFLATED, [replace(SAID, factor="N·b")]).disagreements) == 1


def test_silence_on_a_wrong_number_is_a_miss_and_no_disagreement() -> None:
    verdict = judged(INFLATED, [])
    assert len(verdict.missed) == 1
    assert verdict.disagreements == ()


def test_a_finding_is_its_metrics_by_line_by_label_or_by_name() -> None:
    for finding in (SAID, replace(SAID, row=6), replace(SAID, row=6, label_rows=frozenset())):
        assert judged(INFLATED, [finding]).proved == 1


def test_a_finding_without_a_metric_claims_what_is_reported_on_the_rows_it_labels() -> None:
    elsewhere = replace(SAID, metric=None, row=6)
    assert "is right" in judged(RIGHT, [elsewhere]).disagreements[0]
    assert judged(RIGHT, [replace(elsewhere, label_rows=frozenset({8}))]).disagreements == ()


def test_errors_about_nothing_in_the_program_are_refuted() -> None:
    lost = replace(SAID, row=1, label_rows=frozenset(), metric="other", factor="1/N")
    assert "true of no metric" in judged(INFLATED, [SAID, lost]).disagreements[0]
    for code in ("ACC101", "ACC202", "ACC203"):
        assert len(judged(RIGHT, [replace(SAID, code=code, factor=None)]).disagreements) == 1


@pytest.mark.parametrize(
    ("fixed", "complaint"),
    [
        (INFLATED.replace("total / updates", "total / updates * accum_steps"), "still wrong"),
        (INFLATED.replace("updates\n", "updates * 0.5\n", 2), "at N = 1"),
        (RIGHT.replace("loss = raw / accum_steps", "loss = raw / accum_steps / 2"), "changes the training"),
        (RIGHT.replace("return total / updates", "return updates"), "no longer reported"),
        (RIGHT.replace("total += loss.item()", "total += y.mean().item() / accum_steps"), "at N = 1"),
    ],
)
def test_a_fix_that_does_not_deliver_is_refuted(fixed: str, complaint: str) -> None:
    assert any(complaint in text for text in judged(INFLATED, [SAID], fixed).disagreements)


WORSE = INFLATED.replace("total / updates", "total / updates * accum_steps")
LEFT = replace(SAID, fix=None)


def test_a_fix_may_leave_a_number_nearer_to_the_mean_where_the_rest_is_still_said() -> None:
    said = replace(SAID, factor="N^2")
    assert judged(WORSE, [said], fixed=INFLATED, left=[LEFT]).disagreements == ()
    assert judged(WORSE, [said], fixed=INFLATED, left=[LEFT]).fixed == 0


@pytest.mark.parametrize(
    "left",
    [
        None,
        replace(LEFT, severity="warning"),
        replace(LEFT, metric="other"),
        replace(LEFT, factor=None),
        replace(LEFT, factor="N^2"),
    ],
)
def test_what_a_fix_leaves_wrong_must_be_said_with_its_factor(left: Finding | None) -> None:
    said = replace(SAID, factor="N^2")
    assert "still wrong" in judged(WORSE, [said], fixed=INFLATED, left=[left] if left else []).disagreements[0]


def test_a_fix_that_leaves_a_number_as_wrong_or_more_so_is_refuted() -> None:
    commented = INFLATED.replace("total / updates", "(total / updates)")
    assert "still wrong" in judged(INFLATED, [SAID], fixed=commented, left=[LEFT]).disagreements[0]
    further = replace(LEFT, factor="N^2")
    assert "still wrong" in judged(INFLATED, [SAID], fixed=WORSE, left=[further]).disagreements[0]


def test_a_fix_that_breaks_a_right_number_is_refuted() -> None:
    verdict = judged(RIGHT, [replace(SAID, severity="warning", code="ACC002")], fixed=INFLATED)
    assert any("makes total wrong" in text for text in verdict.disagreements)


@pytest.mark.parametrize(
    ("factor", "power"),
    [
        ("N", Power(n=1)),
        ("1/N", Power(n=-1)),
        ("N^2", Power(n=2)),
        ("N²", Power(n=2)),
        ("N·b", Power(n=1, b=1)),
        ("1/(N·b)", Power(n=-1, b=-1)),
        ("b/N", Power(n=-1, b=1)),
        ("S", Power(s=1)),
    ],
)
def test_factors_are_read_as_they_are_written(factor: str, power: Power) -> None:
    assert power_of(factor) == power


def test_each_miss_has_one_cause_the_idiom_missed_most_reliably() -> None:
    common, rare = ("sum", "print"), ("deque", "print")
    among = [common] * 90 + [rare] * 10
    assert causes([rare] * 9, among) == [("deque", 9, 10)]
    assert causes([rare] * 9 + [("sum",)], among) == [("deque", 9, 10), ("sum", 1, 90)]
