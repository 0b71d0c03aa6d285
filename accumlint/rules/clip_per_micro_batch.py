"""ACC207: gradients are clipped or unscaled at every micro-batch of a window."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from accumlint import gradients
from accumlint.diagnostic import Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.flow.spelling import dotted, text_of
from accumlint.flow.tree import descendants
from accumlint.rule import Finding, Invalid, Rule, Valid
from accumlint.windows import name_of_n, per_micro_batch


class ClipPerMicroBatch(Rule):
    """Gradients are clipped or unscaled at every micro-batch of a window.

    ## What it does

    Finds ``clip_grad_norm_``, ``clip_grad_value_`` and ``scaler.unscale_`` that run once per micro-batch in
    a loop whose optimizer steps once per N micro-batches.

    ## Why it matters

    Clipping is for the gradient that the optimizer will use. Within a window it clips partial sums: the
    first micro-batches are cut as if they were the whole, and later ones weigh more. Unscaling within a
    window adds scaled gradients to unscaled ones, and a second ``unscale_`` before ``scaler.update()``
    raises an error.

    ## Example

    ```python
    import torch


    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Use instead

    ```python
    import torch


    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Fix safety

    None is offered: the norm that was right for partial sums is not the one for whole windows.

    ## When it stays silent

    It is silent where clipping stands in the guard of the step, where the loop does not accumulate, and
    where a library clips at the window's end only (accelerate with ``sync_gradients``).
    """

    code = "ACC207"
    severity = Severity.WARNING

    VALID = (
        Valid(
            """\
import torch


def train(model, loader, criterion, optimizer, scaler, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        scaler.scale(loss).backward()
        if (i + 1) % accum_steps == 0:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
""",
            "once per window, before the step",
        ),
        Valid(
            """\
from torch.nn.utils import clip_grad_norm_


def train(model, loader, criterion, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
""",
            "no accumulation",
        ),
        Valid(
            """\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer):
    accelerator = Accelerator(gradient_accumulation_steps=4)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = criterion(model(x), y)
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
""",
            "at the end of the window only",
        ),
    )

    INVALID = (
        Invalid(
            """\
import torch


def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, scaler, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        if (i + 1) % accum_steps == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
""",
            at="scaler.unscale_(optimizer)",
        ),
        Invalid(
            """\
from torch.nn.utils import clip_grad_value_


def train(model, batches, criterion, optimizer, steps, accum_steps):
    for _ in range(steps):
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            clip_grad_value_(model.parameters(), 0.5)
        optimizer.step()
        optimizer.zero_grad()
""",
            at="clip_grad_value_(model.parameters(), 0.5)",
        ),
    )

    def _only_measures(self, event: Event) -> bool:
        """``clip_grad_norm_(parameters, inf)`` gives the norm and clips nothing."""
        limits = event.node.args[1:2] if isinstance(event.node, cst.Call) else []
        parts = (part for limit in limits for part in descendants(limit.value) if isinstance(part, cst.BaseExpression))
        return any((text_of(part) or dotted(part)).rpartition(".")[2] in ("inf", "Inf") for part in parts)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each clipping or unscaling that runs with the backward and not with the step."""
        for event, window in per_micro_batch(analysis, Kind.CLIP, Kind.UNSCALE):
            if gradients.are_taken_away(window.loop.node) or self._only_measures(event):
                continue
            n = name_of_n(analysis, window)
            what = "clipped" if event.kind is Kind.CLIP else "unscaled"
            yield self.finding(
                analysis.span(event.node),
                f"gradients are {what} at every micro-batch, {n} times per optimizer step",
                label="sees the sum of a part of the window",
                labels=(Label(analysis.span(window.step.node), f"steps once per {n} micro-batches"),),
                help="do it once per window, right before the optimizer's step",
            )
