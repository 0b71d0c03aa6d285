"""Edits on text: nothing is lost between them, and a place can be followed through them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accumlint.diagnostic import Edit, Span
from accumlint.edits import apply, conflicting, keeps_comments, shifted, shifted_span


def edit(start: int, end: int, content: str = "") -> Edit:
    return Edit(Span(start, end), content)


@st.composite
def disjoint_edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(st.text(max_size=40))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [edit(start, end, draw(st.text(max_size=5))) for start, end in pairs]


@given(disjoint_edits(), st.randoms())
def test_what_no_edit_covers_stays_in_order(case, random):
    text, edits = case
    kept = "".join(char for i, char in enumerate(text) if not any(e.span.start <= i < e.span.end for e in edits))
    shuffled = list(edits)
    random.shuffle(shuffled)
    result = apply(text, shuffled)
    assert apply(text, edits) == result
    rest = iter(result)
    assert all(char in rest for char in kept)
    assert len(result) == len(kept) + sum(len(e.content) for e in edits)


@given(disjoint_edits())
def test_untouched_characters_are_found_where_shifted_says(case):
    text, edits = case
    result = apply(text, edits)
    for i, char in enumerate(text):
        if not any(e.span.start <= i < e.span.end for e in edits):
            assert result[shifted(i, edits)] == char


def test_a_span_takes_in_what_is_put_at_its_end():
    text = "s += loss"
    edits = [edit(9, 9, ".item()")]
    span = shifted_span(Span(5, 9), edits)
    assert apply(text, edits)[span.start : span.end] == "loss.item()"


def test_a_span_moves_with_what_is_put_before_it():
    span = shifted_span(Span(5, 9), [edit(0, 1, "total")])
    assert (span.start, span.end) == (9, 13)


@pytest.mark.parametrize(
    "edits",
    [
        [edit(0, 3), edit(2, 4)],
        [edit(1, 1, "a"), edit(1, 1, "b")],
        [edit(1, 1, "a"), edit(1, 1, "a")],
        [edit(1, 1, "a"), edit(1, 3, "b")],
    ],
)
def test_edits_whose_order_would_decide_conflict(edits):
    assert conflicting(edits)
    with pytest.raises(ValueError, match="overlap"):
        apply("text", edits)


def test_neighbours_do_not_conflict():
    assert not conflicting([edit(2, 4), edit(0, 2), edit(4, 4, "x")])


def test_an_edit_beyond_the_end_is_refused():
    with pytest.raises(ValueError, match="beyond"):
        apply("abc", [edit(2, 4)])


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("x = 1  # why\n", "x = 2  # why\n", True),
        ("x = 1  # why\n", "x = 2\n", False),
        ("# a\n# a\n", "# a\n", False),
        ("x = '# no comment'\n", "x = 1\n", True),
        ("# a\n", "x = (\n# a", False),
    ],
)
def test_comments_are_counted(before, after, kept):
    assert keeps_comments(before, after) is kept
