"""``accumlint trace``: what is believed of a loop, told truly, for people and for programs."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from accumlint.flow import analyze
from accumlint.reporters.style import painter
from accumlint.reporters.trace import as_objects, render
from accumlint.source import Source
from accumlint.trace import model, trace
from tests.command import COMMAND, environment

ROOT = Path(__file__).parent.parent
PROGRAMS = sorted([*ROOT.glob("examples/*/*.py"), *ROOT.glob("tests/programs/*/*.py")])


def run(*args: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [COMMAND, "trace", *args],
        cwd=cwd,
        env=environment({"PYTHONUTF8": "1"}),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def objects(code: str, path: str = "train.py", row: int | None = None) -> list[dict[str, Any]]:
    """The JSON of a program that is given as text."""
    analysis = analyze(Source.parse(code.encode(), path))
    assert analysis is not None
    return as_objects(trace(analysis, row), analysis.source)


def example(name: str) -> dict[str, Any]:
    """The JSON of the one loop of an example."""
    path = ROOT / "examples" / name
    (loop,) = objects(path.read_text("utf-8"), str(path))
    return loop


def rows(place: dict[str, Any]) -> int:
    return place["location"]["row"]


# Nothing to show -------------------------------------------------------------------------------------------


def test_a_file_without_a_training_loop_says_so(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text("print('hello')\n")
    done = run("plain.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "accumlint: plain.py: no training loop found\n"


def test_a_backward_without_a_loop_is_no_training_loop(tmp_path: Path) -> None:
    (tmp_path / "once.py").write_text("loss = f(x)\nloss.backward()\n")
    done = run("once.py", "--output-format", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert "no training loop found" in done.stderr


def test_a_row_far_from_every_loop_says_so() -> None:
    done = run("examples/wrong/divided_in_list.py:2")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no training loop found around row 2" in done.stderr


# A whole loop ----------------------------------------------------------------------------------------------


def test_a_loop_as_people_see_it() -> None:
    done = run("examples/wrong/raw_over_steps.py")
    assert done.returncode == 0
    out = re.sub(r" +", " ", done.stdout)
    for line in (
        "examples/wrong/raw_over_steps.py:18:5 in train_one_epoch",
        "N = gradient_accumulation_steps",
        " 23 if (i + 1) % gradient_accumulation_steps == 0: 1/N the guard around the optimizer step;",
        "first window: N micro-batches",
        " 20 loss = raw_loss / gradient_accumulation_steps ℓ → ℓ/N divided by gradient_accumulation_steps",
        " 21 loss.backward() ℓ/N backpropagated; one optimizer step sees ℓ",
        " 26 optimizer_steps += 1 m/N optimizer_steps counts optimizer steps",
        " 22 train_loss += raw_loss.detach().item() ℓ added every micro-batch",
        ' 31 print(f"train loss: {epoch_loss:.6f}") ℓ·N printed as “train loss”: N times too high',
        " ℓ × m ÷ (m/N) = ℓ·N",
        " 24 optimizer.step() optimizer step every N micro-batches",
        "N micro-batches per optimizer step",
    ):
        assert line in out, line


def test_no_line_ends_in_a_space_and_columns_are_aligned() -> None:
    lines = run("examples/wrong/divided_over_micro_batches.py").stdout.splitlines()
    assert lines == [line.rstrip() for line in lines]
    starts = {
        line.index(word) for line in lines for word in ("born,", "added every", "optimizer step every") if word in line
    }
    assert len(starts) == 1


def test_colour_only_when_asked() -> None:
    plain = run("examples/wrong/divided_in_log.py").stdout
    colored = run("--color", "examples/wrong/divided_in_log.py").stdout
    assert "\033" not in plain
    assert re.sub(r"\033\[[\d;]*m", "", colored) == plain != colored


def test_the_source_cannot_write_to_the_terminal() -> None:
    code = "for x in loader:\n    loss = f(x)  # \x1b[31m\u202e red\n    loss.backward()\n    opt.step()\n"
    analysis = analyze(Source.parse(code.encode(), "a\x1b.py"))
    assert analysis is not None
    shown = render(trace(analysis), analysis.source, painter(False))
    assert "\x1b" not in shown and "\u202e" not in shown and "\\x1b[31m" in shown


# N ---------------------------------------------------------------------------------------------------------


def loop_with(step: str, head: str = "for i, (x, y) in enumerate(loader):", after: str = "") -> str:
    return f"""\
def train(model, loader, optimizer, criterion, args, k):
    {head}
        loss = criterion(model(x), y) / k
        loss.backward()
{step}
{after}
"""


GUARDED = "        if {}:\n            optimizer.step()\n            optimizer.zero_grad()"


def window_of(code: str) -> dict[str, Any]:
    (loop,) = objects(code)
    return loop["window"]


def test_no_window_where_the_optimizer_steps_every_time() -> None:
    (loop,) = objects("for x in loader:\n    loss = f(x)\n    loss.backward()\n    optimizer.step()\n")
    assert (loop["window"], loop["steps"]) == (None, True)


def test_n_by_the_modulus_of_the_guard() -> None:
    window = window_of(loop_with(GUARDED.format("(i + 1) % k == 0")))
    assert (window["name"], window["recognised"], window["named"]) == ("k", "guard", False)
    assert (window["first_window"], window["guard"]["text"]) == ("N", "(i + 1) % k == 0")


@pytest.mark.parametrize(
    ("guard", "first"),
    [("i % k == 0", "1"), ("i % k == k - 1", "N"), ("(i + 1) % k == 0", "N"), ("(start + i) % k == 0", None)],
)
def test_first_window(guard: str, first: str | None) -> None:
    assert window_of(loop_with(GUARDED.format(guard)))["first_window"] == first


@pytest.mark.parametrize(
    ("guard", "after", "tail"),
    [
        ("(i + 1) % k == 0", "", "dropped"),
        ("(i + 1) % k == 0 or i + 1 == len(loader)", "", "stepped"),
        ("(i + 1) % k == 0", "    if len(loader) % k:\n        optimizer.step()", "flushed"),
    ],
)
def test_tail(guard: str, after: str, tail: str) -> None:
    assert window_of(loop_with(GUARDED.format(guard), after=after))["tail"] == tail


def test_n_by_an_inner_loop() -> None:
    code = """\
def train(model, batches, optimizer, criterion, updates, k):
    for update in range(updates):
        for _ in range(k):
            x, y = next(batches)
            loss = criterion(model(x), y) / k
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
"""
    (loop,) = objects(code)
    assert (loop["turn"], loop["scale"]) == ("window", "m/N")
    assert (loop["window"]["name"], loop["window"]["recognised"]) == ("k", "inner loop")
    assert [event["rate"] for event in loop["events"]] == ["every window", "every window"]


def test_n_by_an_argument_of_the_library() -> None:
    loop = example("wrong/gradients_divided_twice.py")
    assert (loop["window"]["recognised"], loop["window"]["name"]) == ("framework", "accum_steps")
    (backward,) = loop["losses"][0]["backwards"]
    assert (backward["scale"], backward["framework_divides"], backward["step_scale"]) == ("ℓ/N", "N", "ℓ/N")


def test_n_by_its_name_only() -> None:
    code = "for x in loader:\n    loss = f(x) / accum_steps\n    loss.backward()\n    update(model)\n"
    window = window_of(code)
    assert (window["recognised"], window["tail"]) == ("name", "unknown")


# Losses, counters, metrics ---------------------------------------------------------------------------------


def test_nobody_divides() -> None:
    loop = example("wrong/gradients_not_divided.py")
    assert loop["losses"][0]["changes"] == []
    assert loop["losses"][0]["backwards"][0]["step_scale"] == "ℓ·N"


def test_an_alias_that_is_divided_with_the_loss() -> None:
    (change,) = example("wrong/divided_in_place.py")["losses"][0]["changes"]
    assert (change["before"], change["after"], change["also"]) == ("ℓ", "ℓ/N", ["raw_loss"])


def test_two_losses_are_two() -> None:
    code = """\
for real in loader:
    d_loss = critic(real)
    d_loss.backward()
    d_optimizer.step()
    g_loss = generator(real)
    g_loss.backward()
    g_optimizer.step()
"""
    (loop,) = objects(code)
    assert [loss["name"] for loss in loop["losses"]] == ["d_loss", "g_loss"]


def test_counters_have_units() -> None:
    code = """\
def train(model, loader, optimizer, criterion, accum_steps):
    batches = steps = samples = 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        batches += 1
        samples += x.size(0)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            steps += 1
"""
    (loop,) = objects(code)
    assert {counter["name"]: (counter["scale"], counter["unit"]) for counter in loop["counters"]} == {
        "i": ("m", "micro-batches"),
        "batches": ("m", "micro-batches"),
        "samples": ("b·m", "samples"),
        "steps": ("m/N", "optimizer steps"),
    }


@pytest.mark.parametrize(
    ("name", "verdict", "arithmetic"),
    [
        ("right/raw_over_micro_batches.py", "right", "ℓ × m ÷ m = ℓ"),
        ("right/divided_over_steps.py", "right", "ℓ/N × m ÷ (m/N) = ℓ"),
        ("wrong/raw_over_steps.py", "high", "ℓ × m ÷ (m/N) = ℓ·N"),
        ("wrong/divided_over_micro_batches.py", "low", "ℓ/N × m ÷ m = ℓ/N"),
        ("wrong/raw_total.py", "total", "ℓ × m = ℓ·m"),
        ("wrong/amp_scaled.py", "scaled", "ℓ·S/N × m ÷ (m/N) = ℓ·S"),
    ],
)
def test_verdicts(name: str, verdict: str, arithmetic: str) -> None:
    (report,) = example(name)["metrics"][0]["reports"]
    assert (report["verdict"], report["arithmetic"], report["why"]) == (verdict, arithmetic, "")


def test_a_condition_that_is_not_read() -> None:
    code = """\
def train(model, loader, optimizer, criterion, accum_steps, sampler):
    total, kept = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if sampler.wants(x):
            total += loss.item()
            kept += 1
        if (i + 1) % accum_steps == 0 and sampler.ready():
            if grad_norm(model) < 100:
                optimizer.step()
            optimizer.zero_grad()
    print(total / len(loader))
"""
    (loop,) = objects(code)
    assert loop["window"]["recognised"] == "guard"
    kept = next(counter for counter in loop["counters"] if counter["name"] == "kept")
    assert kept["unit"] == "micro-batches, as often as a condition holds"
    (report,) = loop["metrics"][0]["reports"]
    assert (report["verdict"], report["why"]) == ("unknown", "how often a condition holds is not known")


def test_an_unknown_verdict_says_why() -> None:
    (report,) = example("wrong/metric_not_reset.py")["metrics"][0]["reports"]
    assert (report["verdict"], report["why"]) == ("unknown", "3 is left over")


def test_where_a_metric_is_set_to_zero() -> None:
    (reset,) = example("wrong/metric_not_reset.py")["metrics"][0]["resets"]
    assert reset["rate"] == "before the loop in row 14"
    resets = example("wrong/raw_over_log_interval.py")["metrics"][0]["resets"]
    assert [reset["rate"] for reset in resets] == ["before the loop", "every log_every windows"]


def test_the_loss_of_one_micro_batch_that_leaves() -> None:
    loop = example("wrong/divided_in_log.py")
    (report,) = loop["reports"]
    assert (loop["metrics"], report["scale"], report["verdict"], report["how"]) == (
        [],
        "ℓ/N",
        "low",
        "printed",
    )


# Which loop ------------------------------------------------------------------------------------------------

TWO = """\
def first(loader):
    for x in loader:
        loss = f(x)
        loss.backward()
        optimizer.step()


def second(loader):
    total = 0
    for x in loader:
        loss = f(x)
        loss.backward()
        optimizer.step()
"""


@pytest.mark.parametrize(("row", "found"), [(3, ["first"]), (12, ["second"]), (9, ["second"]), (6, [])])
def test_the_loop_around_a_row(row: int, found: list[str]) -> None:
    assert [loop["function"] for loop in objects(TWO, row=row)] == found


def test_events_stay_with_their_loop() -> None:
    assert [[rows(e["at"]) for e in loop["events"]] for loop in objects(TWO)] == [[5], [13]]


def test_rows_of_a_notebook_count_in_their_cell(tmp_path: Path) -> None:
    cells = ["import torch\n", "total = 0\n" + TWO]
    notebook = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell}
            for cell in cells
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (tmp_path / "train.ipynb").write_text(json.dumps(notebook))
    out = run("train.ipynb:13", cwd=tmp_path).stdout
    assert out.startswith("train.ipynb:cell 2:11:5 in second\n")
    assert re.search(r"^ +2:13 +loss\.backward\(\)", out, re.MULTILINE)
    (loop,) = json.loads(run("train.ipynb:13", "--output-format", "json", cwd=tmp_path).stdout)
    assert (loop["at"]["cell"], loop["at"]["location"]) == (2, {"row": 11, "column": 5})


# Every program, and the promise of the documentation -------------------------------------------------------


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_program_can_be_traced(path: Path) -> None:
    analysis = analyze(Source.parse(path.read_bytes(), path.name))
    if analysis is None:
        pytest.skip("no loop of interest")
    loops = trace(analysis)
    assert bool(loops) == bool(analysis.loops)
    assert len(render(loops, analysis.source, painter(True))) > 0
    text = path.read_text("utf-8").splitlines()
    for loop in as_objects(loops, analysis.source):
        place = loop["at"]
        assert text[rows(place) - 1][place["location"]["column"] - 1 :].startswith(place["text"])
        assert loop["losses"]
        assert all(r["why"] for m in loop["metrics"] for r in m["reports"] if r["verdict"] == "unknown")


def test_the_documentation_names_every_key() -> None:
    page = (ROOT / "docs" / "trace.md").read_text("utf-8")
    table = page[page.index("## For programs") :]
    classes = [value for value in vars(model).values() if isinstance(value, type) and is_dataclass(value)]
    keys = {field.name for kind in classes for field in fields(kind) if kind.__module__ == model.__name__}
    assert {key for key in keys if f"`{key}`" not in table} == set()
