"""How a finding is told: the line of arithmetic and the labels say what the program does, in its own words."""

from __future__ import annotations

import pytest

from accumlint import registry
from accumlint.diagnostic import Diagnostic
from accumlint.engine import check_bytes

LOOP = """\
def train(model, loader, criterion, optimizer, n, log_every, batch_size, micro_batch_size):
    total, step = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        {divide}
        loss.backward()
        total += {added}
        if (i + 1) % {steps} == 0:
            optimizer.step()
            optimizer.zero_grad()
            step += 1
{report}
"""
INTERVAL = """\
            if step % log_every == 0:
                print("loss", total / (log_every * n))
                total = 0.0
"""


def finding(**parts: str) -> Diagnostic:
    told = {"divide": "loss = loss / n", "added": "loss.item()", "steps": "n", **parts}
    [diagnostic] = check_bytes(
        LOOP.format(**told).encode(), "loop.py", registry.select(["ACC001", "ACC003"])
    ).diagnostics
    return diagnostic


@pytest.mark.parametrize(
    ("parts", "arithmetic"),
    [
        (
            {"report": INTERVAL},
            "sum over micro-batches of loss / n ÷ (n × log_every) = mean / n",
        ),
        (
            {"report": '    print("loss", total * n / len(loader))', "added": "loss.item() * n"},
            "sum over micro-batches × n ÷ micro-batches = n × mean",
        ),
    ],
)
def test_arithmetic(parts: dict[str, str], arithmetic: str) -> None:
    assert finding(**parts).arithmetic == arithmetic


def test_a_quotient_is_one_thing_in_a_message() -> None:
    n = "batch_size // micro_batch_size"
    found = finding(divide=f"loss = loss / ({n})", steps=f"({n})", report='    print("loss", total / len(loader))')
    assert found.message == f"`total` reports the mean loss / ({n})"


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        ({"report": INTERVAL}, "divides by n × log_every"),
        ({"report": '    print("loss", total / len(loader))'}, "counts micro-batches"),
    ],
)
def test_what_is_counted_and_what_is_set(parts: dict[str, str], label: str) -> None:
    assert label in [each.text for each in finding(**parts).labels]


def test_a_loss_that_is_added_where_the_optimizer_steps() -> None:
    text = """\
def train(model, loader, criterion, optimizer, n):
    losses = []
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss = loss / n
        loss.backward()
        if (i + 1) % n == 0:
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
    print("loss", sum(losses) / len(losses))
"""
    [found] = check_bytes(text.encode(), "loop.py", registry.select(["ACC003"])).diagnostics
    assert found.label == "adds the loss already divided by n, once per optimizer step"
    assert found.arithmetic == "sum over optimizer steps of loss / n ÷ optimizer steps = mean / n"


def test_a_loss_of_two_parts_and_a_count_with_a_condition() -> None:
    text = """\
def train(model, loader, criterion, penalty, optimizer, n, usable):
    total, seen = 0.0, 0
    for i, (x, y) in enumerate(loader):
        raw = criterion(model(x), y) + penalty(model)
        loss = raw / n
        loss.backward()
        if (i + 1) % n == 0:
            optimizer.step()
            optimizer.zero_grad()
        if not usable(x):
            continue
        total += raw.item()
        seen += 1
    print("loss", total / seen)
"""
    [found] = check_bytes(text.encode(), "loop.py", registry.select(["ACC002"])).diagnostics
    told = [label.text for label in found.labels]
    assert "goes into the loss of one micro-batch" in told
    assert "counts micro-batches, as often as a condition holds" in told


BATCHES = """\
import torch


def train(model, loader, optimizer, n):
    criterion = torch.nn.CrossEntropyLoss()
    total, seen, steps = 0.0, 0, 0
    for i, (x, y) in enumerate(loader):
        raw = criterion(model(x), y)
        loss = raw / n
        loss.backward()
        total += {added}
        seen += y.size(0)
        if (i + 1) % n == 0:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    print("loss", total / {divisor})
"""


@pytest.mark.parametrize(
    ("added", "divisor", "factor", "arithmetic", "help"),
    [
        (
            "raw.item()",
            "seen",
            "/ the batch size",
            "means over the batch ÷ samples = mean / batch size",
            "the number of micro-batches",
        ),
        (
            "raw.item() * y.size(0)",
            "len(loader)",
            "× the batch size",
            "sums over the batch ÷ micro-batches = mean × batch size",
            "the number of samples",
        ),
        (
            "loss.item()",
            "seen",
            "/ (n × the batch size)",
            "means over the batch / n ÷ samples = mean / (n × batch size)",
            "the number of optimizer steps",
        ),
        (
            "raw.item() * y.size(0)",
            "steps",
            "× n × the batch size",
            "sums over the batch ÷ optimizer steps = mean × n × batch size",
            "the number of samples",
        ),
        (
            "loss.item() * y.size(0)",
            "len(loader)",
            "× the batch size / n",
            "sums over the batch / n ÷ micro-batches = mean × batch size / n",
            "the number of samples / n",
        ),
    ],
)
def test_a_batch_size_beside_n(added: str, divisor: str, factor: str, arithmetic: str, help: str) -> None:
    text = BATCHES.format(added=added, divisor=divisor)
    [found] = check_bytes(text.encode(), "loop.py", registry.select(["ACC006"])).diagnostics
    assert found.message == f"`total` reports the mean loss {factor}"
    assert found.arithmetic == f"sum over micro-batches of {arithmetic}"
    assert found.help == f"divide by {help}"


def test_one_batch_over_its_size_and_n() -> None:
    text = """\
import torch


def train(model, loader, optimizer, n):
    criterion = torch.nn.CrossEntropyLoss()
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / n
        loss.backward()
        print("loss", loss.item() / len(x))
        if (i + 1) % n == 0:
            optimizer.step()
            optimizer.zero_grad()
"""
    [found] = check_bytes(text.encode(), "loop.py", registry.select(["ACC006"])).diagnostics
    assert found.message == "`loss.item() / len(x)` shows the mean loss / (n × the batch size)"
    assert found.arithmetic == "mean over the batch / n ÷ batch size = mean / (n × batch size)"
    assert found.help == "show the undivided mean as it is"
