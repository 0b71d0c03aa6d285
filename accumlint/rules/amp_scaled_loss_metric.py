"""ACC005: the loss that was scaled for mixed precision is reported."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint.diagnostic import Severity
from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.events import Sink
from accumlint.flow.value import Add
from accumlint.rule import Candidate, Finding, Invalid, Rule, Valid, safe
from accumlint.scale import Scale
from accumlint.story import labels_of_loss, raw_or_divided_name, replaced_leaf

S = Scale.of("S")


class AmpScaledLossMetric(Rule):
    """The loss that was scaled for mixed precision is reported.

    ## What it does

    Finds a loss multiplied by the scale of a ``GradScaler``, or by ``amp.scale_loss`` of apex, that is added
    to a metric or logged.

    ## Why it matters

    The scale starts at 65,536, doubles every 2,000 steps and halves on every overflow. A curve of scaled
    losses shows the history of the scaler: it jumps by powers of two while training is calm, and a model
    chosen by it is chosen by chance.

    ## Example

    ```python
    import torch


    def train(model, loader, criterion, optimizer):
        scaler = torch.amp.GradScaler()
        total = 0.0
        for x, y in loader:
            loss = criterion(model(x), y)
            scaled_loss = scaler.scale(loss)
            scaled_loss.backward()
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            total += scaled_loss.item()
        return total / len(loader)
    ```

    ## Use instead

    ```python
    import torch


    def train(model, loader, criterion, optimizer):
        scaler = torch.amp.GradScaler()
        total = 0.0
        for x, y in loader:
            loss = criterion(model(x), y)
            scaled_loss = scaler.scale(loss)
            scaled_loss.backward()
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            total += loss.item()
        return total / len(loader)
    ```

    ## Fix safety

    Safe: only the number reported changes. The variable that was scaled is reported instead of the scaled
    one. There is no fix where no name holds it any more.

    ## When it stays silent

    It is silent where the scaled loss is only backpropagated, and where it is divided by
    ``scaler.get_scale()`` before it is reported. A method called ``scale`` of an object that is no gradient
    scaler is another matter.
    """

    code = "ACC005"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
import torch


def train(model, loader, criterion, optimizer):
    scaler = torch.amp.GradScaler()
    total = 0.0
    for x, y in loader:
        with torch.autocast("cuda"):
            loss = criterion(model(x), y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        total += loss.item()
    return total / len(loader)
""",
            "scaled inside the backward only",
        ),
        Valid(
            """\
from apex import amp


def train(model, loader, criterion, optimizer):
    model, optimizer = amp.initialize(model, optimizer)
    total = 0.0
    for x, y in loader:
        loss = criterion(model(x), y)
        with amp.scale_loss(loss, optimizer) as scaled_loss:
            scaled_loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item()
    return total / len(loader)
""",
            "the scaled loss stays in its with block",
        ),
        Valid(
            """\
import torch


def train(model, loader, criterion, optimizer):
    scaler = torch.amp.GradScaler()
    for x, y in loader:
        scaled = scaler.scale(criterion(model(x), y))
        scaled.backward()
        scaler.step(optimizer)
        print("loss", scaled.item() / scaler.get_scale())
        scaler.update()
        optimizer.zero_grad()
""",
            "divided by the scale again",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, temperature):
    total = 0.0
    for x, y in loader:
        scaled_loss = criterion(model(x), y) * temperature
        scaled_loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += scaled_loss.item()
    return total / len(loader)
""",
            "a name that says scaled proves nothing",
        ),
    )

    INVALID = (
        Invalid(
            """\
import torch


def train(model, loader, criterion, optimizer):
    scaler = torch.cuda.amp.GradScaler()
    running = 0.0
    for x, y in loader:
        loss = criterion(model(x), y)
        scaled = scaler.scale(loss)
        scaled.backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        running += scaled.item()
    return running / len(loader)
""",
            at="running += «scaled»",
            factor="S",
            fixed="""\
import torch


def train(model, loader, criterion, optimizer):
    scaler = torch.cuda.amp.GradScaler()
    running = 0.0
    for x, y in loader:
        loss = criterion(model(x), y)
        scaled = scaler.scale(loss)
        scaled.backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        running += loss.item()
    return running / len(loader)
""",
        ),
        Invalid(
            """\
from apex import amp


def train(model, loader, criterion, optimizer):
    model, optimizer = amp.initialize(model, optimizer)
    for step, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        with amp.scale_loss(loss, optimizer) as scaled_loss:
            scaled_loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 50 == 0:
            print("train loss", scaled_loss.item())
""",
            at="scaled_loss.item()",
            factor="S",
            fixed="""\
from apex import amp


def train(model, loader, criterion, optimizer):
    model, optimizer = amp.initialize(model, optimizer)
    for step, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        with amp.scale_loss(loss, optimizer) as scaled_loss:
            scaled_loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 50 == 0:
            print("train loss", loss.item())
""",
        ),
        Invalid(
            """\
import torch


def train(model, loader, criterion, optimizer):
    scaler = torch.amp.GradScaler()
    total = 0.0
    for x, y in loader:
        loss = scaler.scale(criterion(model(x), y))
        loss.backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        total += loss.item()
    return total / len(loader)
""",
            at="total += «loss»",
            factor="S",
            why="no name holds the unscaled loss, so there is nothing to fix it with",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each addition or report of a loss that still carries the scale."""
        seen: set[int] = set()
        for report in analysis.reports:
            handed_on = report.sink.how == "return" and not report.adds  # to be backpropagated, as far as one can see
            if report.verdict is Verdict.SCALED and not handed_on:
                for place in report.adds or (report.sink,):
                    if id(place.operand) not in seen and place.value.scale.known and place.value.scale.exponent("S"):
                        seen.add(id(place.operand))
                        yield self._finding(analysis, report, place)

    def _finding(self, analysis: Analysis, report: Report, place: Add | Sink) -> Finding:
        shown = place.leaf if isinstance(place, Add) and place.leaf is not None else place.operand
        return self.finding(
            analysis.span(shown),
            f"`{report.metric or analysis.text(shown)}` reports the loss times the gradient scaler's scale",
            *self._candidates(analysis, place),
            label="still multiplied by the scale",
            labels=tuple(labels_of_loss(analysis, place.value, shown)),
            arithmetic="scaled loss = scale × loss, and the scale changes while training",
            help="report the loss as it was before it was scaled",
            metric=report.metric,
            factor=report.factor,
        )

    def _candidates(self, analysis: Analysis, place: Add | Sink) -> Iterator[Candidate]:
        unscaled = raw_or_divided_name(place, place.value.scale / S)
        edits = replaced_leaf(analysis, place, *unscaled) if unscaled is not None else ()
        if unscaled is not None and edits:
            yield safe(f"report `{unscaled[0]}`, the unscaled loss", *edits)
