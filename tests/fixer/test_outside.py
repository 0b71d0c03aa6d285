"""The syntax tree outside the edits is the same, or the fix is refused."""

from __future__ import annotations

import pytest

from accumlint.diagnostic import Edit, Span
from accumlint.edits import apply
from accumlint.outside import same_outside

LOOP = """\
for i, batch in enumerate(loader):
    raw = criterion(model(batch), batch)  # ünïcode
    loss = raw / n
    loss.backward()
    total += raw.item()  # sum
    if (i + 1) % n == 0:
        optimizer.step()
        optimizer.zero_grad()
print(total / len(loader))
"""


def outcome(*replacements: tuple[str, str], code: str = LOOP) -> bool:
    """Replace the first occurrence of each text, as edits."""
    edits = []
    for old, new in replacements:
        start = code.index(old)
        edits.append(Edit(Span(start, start + len(old)), new))
    return same_outside(code, apply(code, edits), edits)


@pytest.mark.parametrize(
    "replacement",
    [
        ("raw.item()", "loss.item()"),
        ("raw.item()", "(raw / n).item()"),
        ("len(loader)", "(len(loader) / n)"),
        ("loss = raw / n", "loss = raw"),
        ("raw = criterion(model(batch), batch)", "raw = criterion(model(batch), batch).float()"),
        ("        optimizer.step()\n", "        optimizer.step()\n        steps += 1\n"),
        ("        optimizer.zero_grad()\n", ""),
        ("i + 1", "i"),
    ],
)
def test_edits_that_change_what_they_name(replacement):
    assert outcome(replacement)


def test_a_statement_may_move_by_two_edits():
    assert outcome(
        ("    loss.backward()\n", ""),
        ("        optimizer.step()\n", "        loss.backward()\n        optimizer.step()\n"),
    )


def insertion(after: str, content: str) -> bool:
    at = LOOP.index(after) + len(after)
    edits = [Edit(Span(at, at), content)]
    return same_outside(LOOP, apply(LOOP, edits), edits)


def test_an_insertion_at_the_end_of_an_expression():
    assert insertion("total += raw.item()", " * n")
    assert not insertion("total += raw", " * n"), "n.item() is not what was meant"


@pytest.mark.parametrize(
    ("code", "replacement", "why"),
    [
        ("x = a / raw\n", ("raw", "b + c"), "the quotient is another one"),
        ("x = -raw ** 2\n", ("raw", "a * b"), "the power is another one"),
        ("x = 1\ny = 2\n", ("1\n", "1"), "no program any more"),
        (
            "if a:\n    x = 1\ny = 2\n",
            ("    x = 1\n", "    x = 1\n    "),
            "the next statement moves into the if",
        ),
        ("x = 1\ny = 2\nz = 3\n", ("x = 1\n", "x = 1  # "), "the next statement is swallowed"),
        ("x = 1\ny = 2\nz = 3\n", ("1", "1; return"), "return outside a function"),
        (
            "for x in y:\n    a()\n    b()\n",
            ("a()", "a()\nb()\nfor z in y:\n    c()"),
            "b() is in another loop",
        ),
    ],
)
def test_edits_that_reach_further_than_they_say(code, replacement, why):
    assert not outcome(replacement, code=code), why


def test_a_change_elsewhere_is_seen():
    at = LOOP.index("raw.item()")
    edits = [Edit(Span(at, at + 3), "loss")]
    code = apply(LOOP, edits).replace("zero_grad", "zero_grads")
    assert not same_outside(LOOP, code, edits)


def test_line_ends_and_form_feeds_do_not_shift_places():
    assert outcome(("total += raw", "total += loss"), code=LOOP.replace("\n", "\r\n"))
    assert outcome(("total += raw", "total += loss"), code="\f" + LOOP)
    assert outcome(("total += raw", "total += loss"), code=LOOP.replace("\n", "\r"))
