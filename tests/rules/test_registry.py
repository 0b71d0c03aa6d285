"""Selecting rules: prefixes, and the more specific word wins."""

from __future__ import annotations

import pytest

from accumlint import registry
from accumlint.registry import UnknownSelectorError


def codes(*args, **kwargs):
    return {rule.code for rule in registry.select(*args, **kwargs)}


EVERY = {rule.code for rule in registry.discover()}
DEFAULT = {rule.code for rule in registry.discover() if rule.default}


def test_without_a_word_the_default_rules_are_on():
    assert codes() == DEFAULT


def test_all_means_all():
    assert codes(["ALL"]) == EVERY


def test_a_prefix_selects_a_family():
    assert codes(["ACC2"]) == {code for code in EVERY if code.startswith("ACC2")}


def test_ignore_takes_away_from_the_default():
    assert codes(ignore=["ACC0"]) == {code for code in DEFAULT if not code.startswith("ACC0")}


def test_the_more_specific_selector_wins():
    assert codes(["ACC004"], ignore=["ACC0"]) == {"ACC004"}
    assert codes(["ACC0"], ignore=["ACC004"]) == {c for c in EVERY if c.startswith("ACC0")} - {"ACC004"}


def test_ignore_wins_a_draw():
    assert codes(["ACC004"], ignore=["ACC004"]) == set()


def test_extend_select_adds_to_the_default():
    assert codes(extend_select=["ACC208"]) == DEFAULT | {"ACC208"}


@pytest.mark.parametrize("selector", ["ACC9", "ACC-1", "", "E501"])
def test_a_selector_without_a_rule_is_an_error(selector):
    with pytest.raises(UnknownSelectorError):
        registry.select([selector])


@pytest.mark.parametrize(
    "typed, suggestion",
    [
        ("divided-loss-loged", "divided-loss-logged"),
        ("ACC01", "ACC001"),
        ("acc0201", "ACC201"),
        ("ACD001", "ACC001"),
        ("ACC9", None),
        ("ACC999", None),
        ("E501", None),
    ],
)
def test_a_near_miss_is_suggested(typed, suggestion):
    with pytest.raises(UnknownSelectorError) as caught:
        registry.find(typed)
    assert caught.value.suggestion == suggestion


def test_names_and_lower_case_select_too():
    assert codes(["acc001", "divided-in-place"]) == {"ACC001", "ACC008"}


def test_all_is_ignored_before_any_other_word():
    assert registry.without(registry.select(), ["ALL"]) == []
    assert [rule.code for rule in registry.without(registry.select(["ACC0"]), ["ACC00"])] == []


def test_rules_are_found_by_code_and_by_name():
    assert registry.find("acc004") is registry.find("divided_loss_logged")
