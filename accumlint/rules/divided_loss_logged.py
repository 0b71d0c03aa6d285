"""ACC004: the loss of one micro-batch is shown after it was divided for gradient accumulation."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from accumlint.diagnostic import Edit, Severity, Span
from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.events import Sink
from accumlint.flow.names import suggests_loss, suggests_scaled
from accumlint.flow.value import Add, Number
from accumlint.rebinding import divided_at_backward
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, Valid, safe
from accumlint.scale import N
from accumlint.story import (
    in_scope,
    labels_of_loss,
    raw_or_divided_name,
    replaced_leaf,
    steps_once_per_window,
    times,
    window_name,
    without_division,
)


class DividedLossLogged(Rule):
    """The loss of one micro-batch is shown after it was divided for gradient accumulation.

    ## What it does

    Finds a loss of a single micro-batch that was divided by the accumulation count N and is then printed,
    logged, shown in a progress bar or kept in a history, without anything that multiplies it back. Also the one
    that is left of a window where a sum was meant: set to zero before the window, ``= loss.item() / N`` in
    it, while a sibling grows by ``+= loss.item() / N``.

    ## Why it matters

    What is shown is N times lower than the loss. Doubling the accumulation halves the curve, runs with
    different N cannot be compared, and the train curve lies N times below the validation curve, which looks
    like overfitting where there is none.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
                print(f"loss: {loss.item():.4f}")
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
                print(f"loss: {loss.item() * accum_steps:.4f}")
    ```

    ## Fix safety

    Safe: only the number that is shown changes. The undivided loss is shown where it is still at hand, else
    the divided one times the very expression that divided it; ``=`` becomes ``+=`` where the place is set to
    zero before each window.

    ## When it stays silent

    It is an error only where the field is called a loss and N is proved by the optimizer's steps; otherwise
    a warning. It is silent where the value was taken before the division, where it is multiplied back, where
    the division is not by N (a number of tasks, of processes), and where a library divides a copy of its own
    and leaves the loss of the script as it was (accelerate, DeepSpeed, Lightning's automatic optimisation).
    A sum over a window that is shown undivided is the mean of the window, and right.
    """

    code = "ACC004"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
import math


def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        if not math.isfinite(loss.item()):
            print(f"loss is {loss.item()}, stopping")
            raise SystemExit(1)
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            why="infinity over N is infinity",
        ),
        Valid(
            """\
def train(generator, critic, loader, adversarial, optimizer_g, optimizer_d, run):
    for i, x in enumerate(loader):
        loss_d = (adversarial(critic(x), 1) + adversarial(critic(generator(x)), 0)) / 2
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()
        if i % 2 == 0:
            loss_g = adversarial(critic(generator(x)), 1)
            optimizer_g.zero_grad()
            loss_g.backward()
            optimizer_g.step()
        run.log({"loss/d": loss_d.item()})
""",
            why="the average of two losses; every second turn belongs to another optimizer",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        shown = loss.item()
        loss = loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", shown)
""",
            "the value was taken before the division",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, writer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        writer.add_scalar("train/loss", loss.item(), i)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "only what is backpropagated is divided",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", loss.item() * accum_steps)
""",
            "multiplied back",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    shown = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        shown += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", shown)
            shown = 0.0
""",
            "the divided losses of one window add up to its mean",
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
        accelerator.log({"train_loss": loss.item()})
""",
            "accelerate divides a copy; the loss of the script stays what it was",
        ),
        Valid(
            """\
def train(model, loader, heads, optimizer):
    for x, targets in loader:
        features = model(x)
        loss = sum(head(features, y) for head, y in zip(heads, targets)) / len(heads)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        print("loss", loss.item())
""",
            "a mean over tasks is not accumulation",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print(f"batch {i}: loss {loss.item():.4f}")
""",
            at="loss.item()",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print(f"batch {i}: loss {loss.item() * accum_steps:.4f}")
""",
        ),
        Invalid(
            """\
from tqdm import tqdm


def train(model, loader, criterion, optimizer, accum_steps):
    bar = tqdm(loader)
    for i, (x, y) in enumerate(bar):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        bar.set_postfix(loss=loss.item())  # one micro-batch
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="loss.item()",
            factor="1/N",
            fixed="""\
from tqdm import tqdm


def train(model, loader, criterion, optimizer, accum_steps):
    bar = tqdm(loader)
    for i, (x, y) in enumerate(bar):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        bar.set_postfix(loss=raw_loss.item())  # one micro-batch
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
class Trainer:
    def __init__(self, model, criterion, optimizer, writer, cfg):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.writer = writer
        self.grad_accum = cfg.grad_accum

    def run_epoch(self, loader, epoch):
        for i, (x, y) in enumerate(loader):
            loss = self.criterion(self.model(x), y)
            loss = loss / self.grad_accum
            loss.backward()
            if (i + 1) % self.grad_accum == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.writer.add_scalar("train/loss", loss.item(), epoch * len(loader) + i)
""",
            at="loss.item()",
            factor="1/N",
            fixed="""\
class Trainer:
    def __init__(self, model, criterion, optimizer, writer, cfg):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.writer = writer
        self.grad_accum = cfg.grad_accum

    def run_epoch(self, loader, epoch):
        for i, (x, y) in enumerate(loader):
            loss = self.criterion(self.model(x), y)
            loss = loss / self.grad_accum
            loss.backward()
            if (i + 1) % self.grad_accum == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
                self.writer.add_scalar("train/loss", loss.item() * self.grad_accum, epoch * len(loader) + i)
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        objective = criterion(model(x), y) / accum_steps
        objective.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print(i, objective.item())
""",
            at="objective.item()",
            factor="1/N",
            severity=Severity.WARNING,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        objective = criterion(model(x), y) / accum_steps
        objective.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print(i, objective.item() * accum_steps)
""",
            why="nobody called it a loss",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each place where the divided loss of one micro-batch is shown or kept in a history."""
        low = [report for report in analysis.reports if report.verdict is Verdict.LOW]
        averaged = {add for report in low if report.sink.how != "history" for add in report.adds}  # ACC003
        shown = {report.sink.source for report in low if report.sink.how in ("log", "store")}
        left = [report.sink for report in low if report.sink.how == "leftover" and report.sink.source not in shown]
        seen = {id(division.node) for sink in left for division in sink.value.divisions}  # shown by a caller, too
        for report in low:
            if suggests_scaled(f"{report.sink.label} {report.metric or ''}"):
                continue
            for place in self._places(report):
                causes = {id(place.operand), *(id(division.node) for division in place.value.divisions)}
                if place in averaged or seen & causes or analysis.shares_memory_of_divided(place):
                    continue
                seen.add(id(place.operand))
                yield self._finding(analysis, report, place)
        for sink in {id(sink.operand): sink for sink in left}.values():
            yield self._leftover(analysis, sink)

    def _places(self, report: Report) -> tuple[Add | Sink, ...]:
        """Where the number goes into the history, or where it leaves by itself."""
        if report.adds:
            return report.adds if report.sink.how == "history" else ()
        return (report.sink,) if report.sink.how in ("log", "store", "history") else ()

    def _finding(self, analysis: Analysis, report: Report, place: Add | Sink) -> Finding:
        name = window_name(analysis, place.value)
        shown = report.sink.label or report.metric or "the number"
        return self.finding(
            analysis.span(place.operand),
            f"`{report.metric or analysis.text(place.operand)}` shows the loss / {name}",
            *self._candidates(analysis, place),
            severity=self._severity_of(analysis, report),
            label=f"is {name} times lower than the loss of the micro-batch",
            labels=tuple(labels_of_loss(analysis, place.value, place.operand)),
            arithmetic=f"{shown} = loss of one micro-batch / {name}",
            help=f"show the undivided loss, or multiply by {name}",
            metric=report.metric,
            factor=report.factor,
        )

    def _leftover(self, analysis: Analysis, sink: Sink) -> Finding:
        """``total = loss.item() / N`` where ``+=`` was meant."""
        name = window_name(analysis, sink.value)
        return self.finding(
            analysis.span(sink.operand),
            f"`{sink.label}` keeps the loss / {name} of the last micro-batch",
            *self._sums(analysis, sink),
            severity=self._severity(analysis, sink.value, sink.label),
            label=f"replaces the loss / {name} of the micro-batch before",
            labels=tuple(labels_of_loss(analysis, sink.value, sink.operand)),
            arithmetic=f"{sink.label} = loss of one micro-batch / {name}",
            help=f"add with += to get the mean of the window, or multiply by {name}",
            metric=sink.label,
            factor="1/N",
        )

    def _sums(self, analysis: Analysis, sink: Sink) -> Iterator[Candidate]:
        """``+=`` for ``=``, where the place is set to zero before each window."""
        begun = [event.context.loops for event in analysis.resets_of(sink.source)] if sink.source else []
        if isinstance(sink.call, cst.Assign) and begun and all(loops == sink.context.loops for loops in begun):
            equal = analysis.source.text.index("=", analysis.span(sink.call.targets[0].target).end)
            yield safe("add instead", Edit(Span(equal, equal), "+"), proof=Proof.FINDING_GONE)

    def _severity_of(self, analysis: Analysis, report: Report) -> Severity:
        """What becomes of a list that came from elsewhere is not in sight: it may yet be summed over a window."""
        if report.sink.how == "history" and not report.adds:
            return Severity.WARNING
        return self._severity(analysis, report.value, report.sink.label, report.metric)

    def _severity(self, analysis: Analysis, value: Number, *names: str | None) -> Severity:
        certain = value.certain and steps_once_per_window(analysis)
        says_loss = any(suggests_loss(name or "") for name in names)
        return Severity.ERROR if certain and says_loss else Severity.WARNING

    def _candidates(self, analysis: Analysis, place: Add | Sink) -> Iterator[Candidate]:
        for message, edits in without_division(analysis, place, -1):
            yield safe(message, *edits)
        raw = raw_or_divided_name(place, place.value.scale * N)
        edits = replaced_leaf(analysis, place, *raw) if raw is not None else ()
        if raw is not None and edits:
            yield safe(f"show `{raw[0]}`, the undivided loss", *edits)
        for division in reversed(place.value.divisions):
            if division.by is not None and in_scope(division, place):
                sign = "*" if analysis.divides(division) else "/"
                scaled = times(analysis, place.operand, division.by, sign)
                verb = "multiply" if sign == "*" else "divide"
                yield safe(f"{verb} by {analysis.text(division.by)}", *scaled)
                return
        if place.value.divisions:
            moved = divided_at_backward(analysis, place, place.value.divisions[-1])
            if moved is not None:
                yield moved
