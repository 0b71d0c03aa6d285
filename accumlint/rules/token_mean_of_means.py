"""ACC208: a loss averaged over the tokens of a micro-batch is averaged again over micro-batches."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint.diagnostic import Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.rule import Finding, Invalid, Rule, Valid
from accumlint.scale import N


class TokenMeanOfMeans(Rule):
    """A loss averaged over the tokens of a micro-batch is averaged again over micro-batches.

    ## What it does

    Finds a loss that is a mean over the tokens that count (by ``ignore_index``, or a sum divided by their
    number) and is divided by N for accumulation.

    ## Why it matters

    Micro-batches hold different numbers of tokens. A mean of their means weighs a token of a short
    micro-batch more than one of a long one, so that the gradient, and the loss reported, depend on how the
    batch was cut: not by N, but enough that transformers changed its trainer for it in 2024.

    ## Example

    ```python
    import torch


    def train(model, loader, optimizer, accum_steps):
        criterion = torch.nn.CrossEntropyLoss(ignore_index=-100)
        for i, (tokens, labels) in enumerate(loader):
            loss = criterion(model(tokens), labels) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Use instead

    ```python
    import torch


    def train(model, windows, optimizer):
        criterion = torch.nn.CrossEntropyLoss(ignore_index=-100, reduction="sum")
        for window in windows:
            counted = sum((labels != -100).sum() for _, labels in window)
            for tokens, labels in window:
                loss = criterion(model(tokens), labels) / counted
                loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    ```

    ## Fix safety

    None is offered: the tokens of a window have to be known before its first backward, which needs another
    loop.

    ## When it stays silent

    The rule is off by default, since sequences of one length make all the difference vanish, and the text
    does not show lengths. It is silent where the criterion sums, where nothing is ignored, and where the
    loop does not accumulate.
    """

    code = "ACC208"
    severity = Severity.WARNING
    default = False

    VALID = (
        Valid(
            """\
import torch


def train(model, windows, optimizer):
    criterion = torch.nn.CrossEntropyLoss(ignore_index=-100, reduction="sum")
    for window in windows:
        counted = sum((labels != -100).sum() for _, labels in window)
        for tokens, labels in window:
            loss = criterion(model(tokens), labels) / counted
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
""",
            "divided by the tokens of the window",
        ),
        Valid(
            """\
import torch


def train(model, loader, optimizer, accum_steps):
    criterion = torch.nn.CrossEntropyLoss()
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "nothing is ignored: every micro-batch counts the same",
        ),
        Valid(
            """\
import torch


def train(model, loader, optimizer):
    criterion = torch.nn.CrossEntropyLoss(ignore_index=0)
    for tokens, labels in loader:
        optimizer.zero_grad()
        criterion(model(tokens), labels).backward()
        optimizer.step()
""",
            "no accumulation",
        ),
    )

    INVALID = (
        Invalid(
            """\
import torch


def train(model, loader, optimizer, accum_steps):
    criterion = torch.nn.CrossEntropyLoss(ignore_index=-100)
    for i, (tokens, labels) in enumerate(loader):
        loss = criterion(model(tokens), labels) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="criterion(model(tokens), labels) / accum_steps",
        ),
        Invalid(
            """\
import torch.nn.functional as F


def train(model, loader, optimizer, pad, accum_steps):
    for i, batch in enumerate(loader):
        logits = model(batch["tokens"])
        loss = F.cross_entropy(logits, batch["labels"], ignore_index=pad)
        loss = loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="loss / accum_steps",
        ),
        Invalid(
            """\
from transformers import Trainer


class Weighted(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        outputs = model(**inputs)
        loss = self.weight * outputs.loss
        return (loss, outputs) if return_outputs else loss

    def training_step(self, model, inputs, num_items_in_batch=None):
        loss = self.compute_loss(model, inputs, num_items_in_batch=num_items_in_batch)
        self.accelerator.backward(loss)
        return loss.detach()
""",
            at="def «compute_loss»",
            why="the Trainer sums over micro-batches and expects a division by the items of the window",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each division by N of a loss that is a mean over the tokens that count."""
        divisions = {e.node: e for e in analysis.events if e.kind is Kind.DIVIDE}
        for event in divisions.values():
            if self._divides_token_mean(event):
                yield self._finding(analysis, event)
        for function in analysis.ignoring("compute_loss", "num_items_in_batch"):
            yield self.finding(
                analysis.span(function.name),
                "the number of items of the whole window is handed over and never read",
                label="averages over its own micro-batch instead",
                help="sum over tokens and divide by num_items_in_batch",
            )

    def _divides_token_mean(self, event: Event) -> bool:
        before, after = event.before, event.value
        if before is None or after is None or event.by is None:
            return False
        own_count = (
            before.reduction in ("sum", "weighted sum", "none") and not before.certain
        )  # a sum over what this batch counts
        if before.reduction != "token mean" and not own_count:
            return False
        return before.scale.known and after.scale == before.scale / N

    def _finding(self, analysis: Analysis, event: Event) -> Finding:
        assert event.by is not None
        n = analysis.text(event.by)
        births = sorted((analysis.span(birth.node) for birth in event.before.births) if event.before else ())
        return self.finding(
            analysis.span(event.node),
            "every micro-batch counts the same, however many tokens it holds",
            label=f"a mean of {n} means over different numbers of tokens",
            labels=tuple(Label(span, "a mean over the tokens that are not ignored") for span in births[:1]),
            arithmetic=f"mean of {n} token means ≠ mean over the tokens of the window",
            help="sum over tokens and divide by the tokens of the whole window",
        )
