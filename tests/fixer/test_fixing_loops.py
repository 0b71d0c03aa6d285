"""Fixing generated training loops: the result parses, rests, is left alone by a second run, gains nothing."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accumlint import engine, registry
from accumlint.diagnostic import Diagnostic
from accumlint.edits import keeps_comments
from accumlint.fixer import MAX_ROUNDS, fix_source
from accumlint.source import Source
from tests.executed.generate import generate

RULES = registry.select(["ALL"])
PROGRAMS = Path(__file__).parents[1] / "programs"


def check(source: Source) -> list[Diagnostic]:
    return engine.check_source(source, RULES)


def codes(diagnostics: tuple[Diagnostic, ...]) -> Counter[str]:
    return Counter(each.code for each in diagnostics)


@pytest.mark.parametrize("unsafe", [False, True])
@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_fixing_a_generated_loop(unsafe: bool, seed: int) -> None:
    source = Source.parse(generate(seed).text.encode(), "loop.py")
    result = engine.on_deep_stack(lambda: fix_source(source, check, unsafe))
    fixed = result.source
    ast.parse(fixed.text)
    assert result.rounds <= MAX_ROUNDS
    assert len(result.left) <= len(result.found)
    assert set(codes(result.left) - codes(result.found)) <= {"ACC002"}
    assert fix_source(fixed, check, unsafe).source is fixed
    if not unsafe:
        assert keeps_comments(source.text, fixed.text)
        assert not any(each.code.startswith("ACC2") for each in result.applied)


def test_no_fix_makes_another_number_more_wrong() -> None:
    path = PROGRAMS / "ACC008" / "undivided_alias_would_raise_a_weighted_sum.py"
    source = Source.parse(path.read_bytes(), path.name)
    assert fix_source(source, check).source is source


@pytest.mark.parametrize("path", ["ACC004/metrics_shown_in_one_loop.py", "ACC004/helper_shows_what_it_is_handed.py"])
def test_no_fix_reaches_what_else_an_expression_shows(path: str) -> None:
    source = Source.parse((PROGRAMS / path).read_bytes(), path)
    assert fix_source(source, check, unsafe=True).source is source


@pytest.mark.parametrize("path", ["ACC101/none_has_nothing_to_detach.py", "ACC201/accumulation_that_may_be_off.py"])
def test_no_fix_fails_where_there_is_nothing(path: str) -> None:
    source = Source.parse((PROGRAMS / path).read_bytes(), path)
    assert fix_source(source, check, unsafe=True).source is source


def test_n_of_a_helper_is_spelled_as_it_is_called() -> None:
    path = PROGRAMS / "ACC201" / "helper_says_when_a_window_ends.py"
    fixed = fix_source(Source.parse(path.read_bytes(), path.name), check, unsafe=True).source.text
    assert fixed.count("(loss / accum_steps).backward()") == 2


@pytest.mark.parametrize(
    ("path", "added"),
    [
        ("accelerate_window_sum_without_a_divisor.py", "/ accelerator.gradient_accumulation_steps"),
        ("deepspeed_raw_loss_over_global_steps.py", "/ engine.gradient_accumulation_steps()"),
    ],
)
def test_n_of_a_library_is_read_from_its_object(path: str, added: str) -> None:
    source = Source.parse((PROGRAMS / "ACC001" / path).read_bytes(), path)
    result = fix_source(source, check)
    assert added in result.source.text
    assert "ACC001" not in codes(result.left)


ENTRIES = """\
import torch.nn.functional as F


def train(model, loader, optimizer, meters, writer, accum_steps):
    totals = {{"loss": 0.0, "error": 0.0}}
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        raw_loss = F.mse_loss(prediction, y)
        loss = raw_loss / accum_steps
        other = {other}
        {trained}.backward()
        values = {{"loss": loss, "error": other}}
        for name, value in values.items():
            {use}
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    for name in totals:
        print(name, totals[name] / len(loader))
"""
USES = [
    "meters[name].update(value.item())",
    "writer.add_scalar(f'{name} loss', value.item(), i)",
    "totals[name] += value.item()",
    "totals[name] += values[name].item()",
]


@pytest.mark.parametrize("use", USES)
def test_no_fix_changes_entries_that_are_no_divided_loss(use: str) -> None:
    text = ENTRIES.format(other="(prediction - y).detach().abs().mean()", trained="loss", use=use)
    source = Source.parse(text.encode(), "loop.py")
    assert {each.code for each in check(source)} & {"ACC003", "ACC004"}
    assert fix_source(source, check).source is source


@pytest.mark.parametrize("use", USES)
def test_a_fix_may_change_entries_that_are_all_divided(use: str) -> None:
    text = ENTRIES.format(other="F.l1_loss(prediction, y) / accum_steps", trained="(loss + other)", use=use)
    assert fix_source(Source.parse(text.encode(), "loop.py"), check).source.text.count(" * accum_steps") == 1
