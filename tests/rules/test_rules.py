"""Every rule's documentation and examples, proved by the harness that users have for their own rules."""

from __future__ import annotations

import pytest

from accumlint import registry, testing
from accumlint.rule import Invalid, Rule, Valid

RULES = registry.discover()
VALID = [(rule, example) for rule in RULES for example in rule.VALID]
INVALID = [(rule, example) for rule in RULES for example in rule.INVALID]


def named(value: object) -> str | None:
    return value.code if isinstance(value, type) else None


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_documentation(rule: type[Rule]) -> None:
    for snippet, is_wrong in testing.documented_snippets(rule):
        testing.prove_snippet(rule, snippet, is_wrong)


@pytest.mark.parametrize(("rule", "example"), VALID, ids=named)
def test_silence(rule: type[Rule], example: Valid) -> None:
    testing.prove_valid(rule, example)


@pytest.mark.parametrize(("rule", "example"), INVALID, ids=named)
def test_finding_and_fix(rule: type[Rule], example: Invalid) -> None:
    testing.prove_invalid(rule, example)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_there_is_something_to_prove(rule: type[Rule]) -> None:
    assert len(rule.VALID) >= 2
    assert len(rule.INVALID) >= 2
