"""ACC203: gradients are cleared at every micro-batch while the optimizer steps every N."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint import gradients
from accumlint.diagnostic import Applicability, Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.rule import Finding, Invalid, Rule, Valid, unsafe
from accumlint.windows import (
    Window,
    before_any_backward,
    moved_behind_step,
    name_of_n,
    per_micro_batch,
    windows,
)


class ZeroGradInWindow(Rule):
    """Gradients are cleared at every micro-batch while the optimizer steps every N.

    ## What it does

    Finds a ``zero_grad`` that runs once per micro-batch in a loop whose optimizer steps once per N
    micro-batches.

    ## Why it matters

    Nothing accumulates: each step sees the gradient of its last micro-batch only, divided by N if the loss
    is divided. N − 1 of N micro-batches are computed and thrown away.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
    ```

    ## Use instead

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Fix safety

    Unsafe: training changes, as every micro-batch now counts. The call moves behind the optimizer's step.
    What the gradients hold before the loop begins is then no longer cleared by it.

    ## When it stays silent

    It is silent after the backward inside ``accelerator.accumulate``, whose prepared optimizer skips
    ``zero_grad`` within a window (DeepSpeed's engine does so, too), where the call is guarded by the start
    of the window, and where it clears another optimizer's gradients.
    """

    code = "ACC203"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        try:
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
        except RuntimeError:
            optimizer.zero_grad()
            continue
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            why="cleared where a batch does not fit into memory, and not at every micro-batch",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        if i % accum_steps == 0:
            optimizer.zero_grad()
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
""",
            "cleared at the start of each window",
        ),
        Valid(
            """\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = criterion(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
""",
            "the prepared optimizer skips it within a window",
        ),
        Valid(
            """\
def train(model, batches, criterion, optimizer, steps, accum_steps):
    for _ in range(steps):
        optimizer.zero_grad()
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
        optimizer.step()
""",
            "once per step, outside the inner loop",
        ),
        Valid(
            """\
def train(model, head, loader, criterion, optimizer, head_optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        features = model(x)
        head_optimizer.zero_grad()
        criterion(head(features.detach()), y).backward()
        head_optimizer.step()
        loss = criterion(head(features), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "another optimizer, which steps every time",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
""",
            at="optimizer.zero_grad()",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
class Trainer:
    def __init__(self, model, criterion, optimizer, accumulate_every):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.accumulate_every = accumulate_every

    def run_epoch(self, loader):
        for i, (x, y) in enumerate(loader, 1):
            loss = self.criterion(self.model(x), y) / self.accumulate_every
            self.optimizer.zero_grad(set_to_none=True)  # fresh gradients
            loss.backward()
            if i % self.accumulate_every == 0:
                self.optimizer.step()  # one step a window
""",
            at="self.optimizer.zero_grad(set_to_none=True)",
            applicability=Applicability.UNSAFE,
            fixed="""\
class Trainer:
    def __init__(self, model, criterion, optimizer, accumulate_every):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.accumulate_every = accumulate_every

    def run_epoch(self, loader):
        for i, (x, y) in enumerate(loader, 1):
            loss = self.criterion(self.model(x), y) / self.accumulate_every
            loss.backward()
            if i % self.accumulate_every == 0:
                self.optimizer.step()  # one step a window
                self.optimizer.zero_grad(set_to_none=True)  # fresh gradients
""",
        ),
        Invalid(
            """\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
""",
            at="optimizer.zero_grad()",
            applicability=Applicability.UNSAFE,
            fixed="""\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = criterion(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
""",
            why="not skipped at the last micro-batch, where it clears what the others left",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each clearing of gradients that runs within a window."""
        for event, window in per_micro_batch(analysis, Kind.ZERO_GRAD):
            if not window.step.virtual and self._clears_the_window(analysis, event, window):
                yield self._finding(analysis, event, window)
        skipped = ((e, w) for w in windows(analysis) for e in before_any_backward(analysis, Kind.ZERO_GRAD, w))
        for event, window in {event.node: (event, window) for event, window in skipped}.values():
            yield self._finding(analysis, event, window)

    def _clears_the_window(self, analysis: Analysis, event: Event, window: Window) -> bool:
        """It is the optimizer's own, or the model's where there is one optimizer only."""
        if gradients.are_taken_away(window.loop.node):
            return False
        if event.receiver == window.step.receiver:
            return True
        optimizers = {step.receiver for step in analysis.events if step.kind is Kind.OPTIMIZER_STEP}
        is_model = len(optimizers) == 1 and event.receiver not in optimizers
        of_its_own = gradients.steps_itself(event.function, event.receiver)
        return is_model and not of_its_own and not gradients.is_made_in(window.loop.node, event.receiver)

    def _finding(self, analysis: Analysis, event: Event, window: Window) -> Finding:
        n = name_of_n(analysis, window)
        edits = moved_behind_step(analysis, event, window)
        reason = "training changes: every micro-batch counts from now on"
        return self.finding(
            analysis.span(event.node),
            "gradients are cleared before the last backward of a window, and with them those of its other micro-batches"
            if event.virtual
            else f"gradients are cleared at every micro-batch, {n} times per optimizer step",
            *([unsafe("clear the gradients behind the step", *edits, reason=reason)] if edits else []),
            label="clears what was accumulated",
            labels=(Label(analysis.span(window.step.node), f"steps once per {n} micro-batches"),),
            arithmetic=f"gradient of the step = that of 1 micro-batch of {n}",
            help="clear the gradients once per optimizer step",
        )
