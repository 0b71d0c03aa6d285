"""ACC201: gradients of N micro-batches are added up and nobody divides by N."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from accumlint import gradients
from accumlint.diagnostic import Applicability, Edit, Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.flow.value import Division
from accumlint.rule import Candidate, Finding, Invalid, Rule, Valid, unsafe
from accumlint.windows import (
    Window,
    clears_before_its_backward,
    in_every_micro_batch,
    n_at_backward,
    name_of_n,
    windows,
)


class AccumulationWithoutDivision(Rule):
    """Gradients of N micro-batches are added up and nobody divides by N.

    ## What it does

    Finds loops whose optimizer steps once every N backward passes on mean losses, where neither the loss nor
    the gradients are divided by N and no library does it.

    ## Why it matters

    ``backward`` adds to the gradients. N mean losses give N times the gradient of the mean over the window:
    with SGD that is N times the learning rate, with clipping the clip acts N times as often, and weight
    decay counts for N times less. A run with another N is another training.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Use instead

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            (loss / accum_steps).backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Fix safety

    Unsafe: the gradients become N times smaller, and a learning rate that was tuned with the larger ones is
    no longer the right one. What the loop reports does not change: the division stands in the backward only.

    ## When it stays silent

    It is silent where the loss or the gradients are divided by N anywhere before the backward, where a library divides
    (Accelerator and DeepSpeed built with N, Lightning's automatic optimisation), where the loss is
    normalised by the size of the window (tokens, samples), and where N is not proved by the optimizer's
    steps.
    """

    code = "ACC201"
    severity = Severity.WARNING

    VALID = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "the loss is divided",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss.backward()
        if (i + 1) % accum_steps == 0:
            for p in model.parameters():
                p.grad /= accum_steps
            optimizer.step()
            optimizer.zero_grad()
""",
            "the gradients are divided",
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
            optimizer.step()
            optimizer.zero_grad()
""",
            "accelerate divides",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()
""",
            "no accumulation",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, scheduler, log_every):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        if (i + 1) % log_every == 0:
            scheduler.step()
            print("loss", loss.item())
""",
            "a log interval is no window: the optimizer steps every time",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="loss.backward()",
            factor="N",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
import torch


def train(model, loader, criterion, optimizer, scaler, args):
    optimizer.zero_grad()
    for step, batch in enumerate(loader):
        with torch.autocast("cuda"):
            loss = criterion(model(batch["x"]), batch["y"])
        scaler.scale(loss).backward()
        if (step + 1) % args.accum_iter == 0 or step + 1 == len(loader):
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
""",
            at="scaler.scale(loss).backward()",
            factor="N",
            applicability=Applicability.UNSAFE,
            fixed="""\
import torch


def train(model, loader, criterion, optimizer, scaler, args):
    optimizer.zero_grad()
    for step, batch in enumerate(loader):
        with torch.autocast("cuda"):
            loss = criterion(model(batch["x"]), batch["y"])
        (scaler.scale(loss) / args.accum_iter).backward()
        if (step + 1) % args.accum_iter == 0 or step + 1 == len(loader):
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
def train(model, batches, criterion, optimizer, steps, grad_accum):
    for _ in range(steps):
        optimizer.zero_grad()
        for _ in range(grad_accum):
            x, y = next(batches)
            loss = criterion(model(x), y)
            loss.backward()
        optimizer.step()
""",
            at="loss.backward()",
            factor="N",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, batches, criterion, optimizer, steps, grad_accum):
    for _ in range(steps):
        optimizer.zero_grad()
        for _ in range(grad_accum):
            x, y = next(batches)
            loss = criterion(model(x), y)
            (loss / grad_accum).backward()
        optimizer.step()
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each backward of a window whose loss reaches the gradients undivided."""
        undivided = {w.backward.node: w for w in windows(analysis) if self._is_undivided(analysis, w)}
        by_step: dict[cst.CSTNode, list[Window]] = {}
        for window in undivided.values():
            by_step.setdefault(window.step.node, []).append(window)
        for group in by_step.values():  # with a scaler and without: one cause, mended in both branches
            yield self._finding(analysis, group)

    def _is_undivided(self, analysis: Analysis, window: Window) -> bool:
        backward = window.backward
        loss = backward.value
        if loss is None or not loss.scale.known or not loss.certain or loss.reduction in ("sum", "weighted sum"):
            return False
        if window.step.virtual or not backward.framework_known:
            return False  # the library minds the windows, and divides
        if any(in_every_micro_batch(analysis, Kind.ZERO_GRAD, window)):
            return False  # nothing is added up (ACC203)
        if clears_before_its_backward(analysis, window) or gradients.are_divided(backward):
            return False
        divided = any(
            self._divides_a_tensor(event)
            and event.function is backward.function
            and not self._comes_too_late(analysis, event, backward)
            for event in analysis.events
        )
        gradient = loss.scale / backward.framework_divides
        return not divided and gradient.without("S", "b").names() == ("ℓ",)

    def _divides_a_tensor(self, event: Event) -> bool:
        """Not only the value that is shown: what is divided may yet be backpropagated on a way that we lost."""
        return event.kind is Kind.DIVIDE and event.value is not None and not event.value.frozen and event.value.history

    def _comes_too_late(self, analysis: Analysis, division: Event, backward: Event) -> bool:
        """``loss.backward(); loss = loss / N``: the gradient has been taken, and of the quotient none is."""
        if division.value is None or division.before is None or backward.value is None:
            return False
        is_later = (
            division.order > backward.order and division.context.innermost_loop == backward.context.innermost_loop
        )
        same_loss = {birth.key for birth in backward.value.births} >= {birth.key for birth in division.before.births}
        own = {id(each.node) for event in analysis.backwards_of(division.value) for each in _divisions(event)}
        return is_later and same_loss and id(division.node) not in own

    def _finding(self, analysis: Analysis, group: list[Window]) -> Finding:
        window = group[0]
        n = name_of_n(analysis, window)
        return self.finding(
            analysis.span(window.backward.node),
            f"gradients of {n} micro-batches are added up and never divided by {n}",
            *self._candidates(analysis, group),
            label="adds the gradient of a whole mean loss",
            labels=(Label(analysis.span(window.step.node), f"steps once per {n} micro-batches"),),
            arithmetic=f"sum of {n} mean gradients = {n} × the gradient of the mean",
            help=f"divide by {n} in the backward",
            factor="N",
        )

    def _candidates(self, analysis: Analysis, group: list[Window]) -> Iterator[Candidate]:
        n = n_at_backward(analysis, group[0])
        operands = [window.backward.operand for window in group]
        if n is None or None in operands:
            return
        yield unsafe(
            f"divide by {n} in the backward",
            *(Edit(analysis.span(each), f"({analysis.text(each)} / {n})") for each in operands if each is not None),
            reason="the gradients become N times smaller, and the learning rate was tuned to the larger ones",
        )


def _divisions(event: Event) -> tuple[Division, ...]:
    return event.value.divisions if event.value is not None else ()
