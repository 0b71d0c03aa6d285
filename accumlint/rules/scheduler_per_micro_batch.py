"""ACC205: the learning-rate schedule advances with every micro-batch while the optimizer steps every N."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint.diagnostic import Applicability, Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.rule import Finding, Invalid, Rule, Valid, unsafe
from accumlint.scale import UNKNOWN
from accumlint.windows import Window, moved_behind_step, name_of_n, per_micro_batch


class SchedulerPerMicroBatch(Rule):
    """The learning-rate schedule advances with every micro-batch while the optimizer steps every N.

    ## What it does

    Finds a ``scheduler.step()`` that runs once per micro-batch in a loop whose optimizer steps once per N
    micro-batches.

    ## Why it matters

    A schedule counts optimizer steps: warm-up, decay and the total are given in them. Stepped at every
    micro-batch it runs N times too fast: warm-up is over after a fraction of itself, and a schedule made for
    the number of optimizer steps has ended when 1/N of the training is done.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer, scheduler, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
            scheduler.step()
    ```

    ## Use instead

    ```python
    def train(model, loader, criterion, optimizer, scheduler, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
    ```

    ## Fix safety

    Unsafe: the learning rates change. A schedule that was made for the number of micro-batches is right as
    it is, and would end too late after the fix.

    ## When it stays silent

    It is silent for a scheduler that is stepped per epoch, for one that is told where it is
    (``scheduler.step(epoch + i / len(loader))``), and for libraries whose scheduler skips the steps within a
    window itself (a scheduler prepared by accelerate, DeepSpeed's engine).
    """

    code = "ACC205"
    severity = Severity.WARNING

    VALID = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, scheduler, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
""",
            "with the optimizer",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, scheduler, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
""",
            "per epoch",
        ),
        Valid(
            """\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, scheduler):
    accelerator = Accelerator(gradient_accumulation_steps=2)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = criterion(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
""",
            "the prepared scheduler skips the steps within a window",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, scheduler):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
""",
            "no accumulation",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, scheduler, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        scheduler.step()
""",
            at="scheduler.step()",
            factor="N",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, scheduler, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, lr_scheduler, scaler, args):
    for step, (x, y) in enumerate(loader, 1):
        loss = criterion(model(x), y) / args.accum
        scaler.scale(loss).backward()
        if step % args.accum == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
        lr_scheduler.step()  # cosine
""",
            at="lr_scheduler.step()",
            factor="N",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, lr_scheduler, scaler, args):
    for step, (x, y) in enumerate(loader, 1):
        loss = criterion(model(x), y) / args.accum
        scaler.scale(loss).backward()
        if step % args.accum == 0:
            scaler.step(optimizer)
            lr_scheduler.step()  # cosine
            scaler.update()
            optimizer.zero_grad()
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each step of a scheduler that runs with the backward and not with the optimizer."""
        for event, window in per_micro_batch(analysis, Kind.SCHEDULER_STEP):
            if not window.step.virtual and not self._fits_micro_batches(event):
                yield self._finding(analysis, event, window)

    def _fits_micro_batches(self, event: Event) -> bool:
        """The schedule was made as long as there are micro-batches."""
        length = event.value.scale if event.value is not None else UNKNOWN
        return length.known and any(name.startswith("m@") for name in length.names()) and not length.exponent("N")

    def _finding(self, analysis: Analysis, event: Event, window: Window) -> Finding:
        n = name_of_n(analysis, window)
        edits = moved_behind_step(analysis, event, window)
        reason = "the learning rates change; a schedule made for micro-batches would end too late"
        return self.finding(
            analysis.span(event.node),
            f"the schedule advances {n} times per optimizer step",
            *([unsafe("step the scheduler with the optimizer", *edits, reason=reason)] if edits else []),
            label="steps at every micro-batch",
            labels=(Label(analysis.span(window.step.node), f"steps once per {n} micro-batches"),),
            arithmetic=f"schedule steps ÷ optimizer steps = {n}",
            help="step the scheduler where the optimizer steps",
            factor="N",
        )
