"""Findings made by hand, so that reporters are tested without the analysis."""

from __future__ import annotations

from accumlint.diagnostic import Applicability, Diagnostic, Edit, Fix, Label, Severity, Span
from accumlint.engine import FileResult
from accumlint.source import Source

TRAIN = """\
import torch
from torch import nn


def train(model, loader, optimizer, accum_steps):
    criterion = nn.CrossEntropyLoss()
    train_loss = 0.0
    optimizer_steps = 0

    for i, (x, y) in enumerate(loader):
        x = x.cuda()

        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()

        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1

        train_loss += raw_loss.detach().item()

    print(train_loss / optimizer_steps)
"""

TRAIN_REPORT = """\
train.py:22:23: ACC001 error: `train_loss` reports accum_steps × the mean loss
   13 |         raw_loss = criterion(model(x), y)
      |         -------- mean loss of one micro-batch
   14 |         loss = raw_loss / accum_steps
      |         ---- divided by accum_steps, and backpropagated
   22 |         train_loss += raw_loss.detach().item()
      |                       ^^^^^^^^ adds the undivided loss, once per micro-batch
   24 |     print(train_loss / optimizer_steps)
      |                        --------------- counts optimizer steps = micro-batches / accum_steps
   = sum over micro-batches ÷ optimizer steps = accum_steps × mean
   = help: accumulate `loss` instead [fixable, safe]
"""


def span(text: str, marked: str) -> Span:
    """The place of a text that occurs once; guillemets part it from its surroundings."""
    before, opened, rest = marked.partition("«")
    inside, _, after = rest.partition("»") if opened else (marked, "", "")
    before = before if opened else ""
    assert text.count(before + inside + after) == 1, marked
    start = text.index(before + inside + after) + len(before)
    return Span(start, start + len(inside))


def finding(
    text: str,
    at: str,
    *,
    label: str = "",
    labels: tuple[tuple[str, str], ...] = (),
    fix: Fix | None = None,
    severity: Severity = Severity.ERROR,
    message: str = "wrong",
    code: str = "ACC001",
) -> Diagnostic:
    return Diagnostic(
        code=code,
        name="inflated-loss-metric",
        severity=severity,
        message=message,
        span=span(text, at),
        label=label,
        labels=tuple(Label(span(text, where), words) for where, words in labels),
        fix=fix,
    )


def result(text: str, *diagnostics: Diagnostic, path: str = "train.py") -> FileResult:
    return FileResult(path, Source.parse(text.encode(), path), diagnostics)


def train_result(path: str = "train.py", text: str = TRAIN) -> FileResult:
    """The example of the design: a loss that is reported N times too high."""
    replaced = Edit(span(text, "+= «raw_loss».detach"), "loss")
    diagnostic = Diagnostic(
        code="ACC001",
        name="inflated-loss-metric",
        severity=Severity.ERROR,
        message="`train_loss` reports accum_steps × the mean loss",
        span=span(text, "+= «raw_loss».detach"),
        label="adds the undivided loss, once per micro-batch",
        labels=(
            Label(span(text, "/ «optimizer_steps»)"), "counts optimizer steps = micro-batches / accum_steps"),
            Label(span(text, "«raw_loss» = criterion"), "mean loss of one micro-batch"),
            Label(span(text, "«loss» = raw_loss"), "divided by accum_steps, and backpropagated"),
        ),
        arithmetic="sum over micro-batches ÷ optimizer steps = accum_steps × mean",
        help="divide what is added by accum_steps",
        fix=Fix((replaced,), "accumulate `loss` instead", Applicability.SAFE),
        metric="train_loss",
        factor="N",
    )
    return FileResult(path, Source.parse(text.encode(), path), (diagnostic,))
