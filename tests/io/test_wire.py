"""What crosses a process arrives as it was, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accumlint import wire
from accumlint.diagnostic import Diagnostic, Span
from accumlint.engine import Problem
from accumlint.outcome import Outcome


@given(st.from_type(Problem))
def test_a_problem_arrives_as_it_was(problem: Problem) -> None:
    assert wire.load(Problem, json.loads(json.dumps(wire.dump(problem)))) == problem


@pytest.mark.parametrize(
    "value",
    [None, [], [1], [2, 1], [-1, 2], ["0", 1], [0, 1.0], [True, 1], [0, 1, 2], {"start": 0, "end": 1}],
)
def test_what_is_no_span_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"not"):
        wire.load(Span, value)


@given(st.recursive(st.none() | st.integers() | st.text() | st.booleans(), st.lists))
def test_any_json_is_a_value_or_a_value_error(value: object) -> None:
    for kind in (Outcome, Diagnostic, Problem, Span):
        try:
            loaded = wire.load(kind, value)
        except ValueError:
            continue
        assert wire.dump(loaded) == value
