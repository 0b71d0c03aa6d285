"""ACC007: an accumulator outlives the period that its divisor counts."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint.diagnostic import Label, Severity
from accumlint.flow import Analysis, Report
from accumlint.flow.context import relative_rate
from accumlint.rule import Finding, Invalid, Rule, Valid
from accumlint.scale import LOSS, Scale


class MetricNotReset(Rule):
    """An accumulator outlives the period that its divisor counts.

    ## What it does

    Finds a sum of losses that is reported once per period (an epoch, a log interval), divided by the length
    of one period, and never set back to zero between the periods.

    ## Why it matters

    Every report contains all the periods before it: the second epoch shows the losses of two epochs, the
    tenth those of ten. The curve rises while the model learns, and early stopping or a scheduler that
    watches it acts on the count of epochs.

    ## Example

    ```python
    def fit(model, loader, criterion, optimizer, epochs):
        running = 0.0
        for epoch in range(epochs):
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                running += loss.item()
            print(f"epoch {epoch}: loss {running / len(loader):.4f}")
    ```

    ## Use instead

    ```python
    def fit(model, loader, criterion, optimizer, epochs):
        for epoch in range(epochs):
            running = 0.0
            for x, y in loader:
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
                running += loss.item()
            print(f"epoch {epoch}: loss {running / len(loader):.4f}")
    ```

    ## Fix safety

    None is offered: whether the sum belongs to the period, or the divisor should count them all, is for the
    author to say.

    ## When it stays silent

    It is silent where sum and counter both run from the start to the end of training (a mean of everything
    so far), where the difference to the last report is taken, where a moving average forgets by itself, and
    where the accumulator is set back anywhere in the period, with ``reset()`` as well.
    """

    code = "ACC007"
    severity = Severity.WARNING

    VALID = (
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs):
    total, steps = 0.0, 0
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
            steps += 1
        print(f"mean so far {total / steps:.4f}")
""",
            "sum and counter run together from the start",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs, log_every):
    total, last, step = 0.0, 0.0, 0
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
            step += 1
            if step % log_every == 0:
                print("loss", (total - last) / log_every)
                last = total
""",
            "the difference to the last report; the sum is never reset by design",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs):
    smooth = 0.0
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            smooth = 0.9 * smooth + 0.1 * loss.item()
        print("smoothed loss", smooth)
""",
            "a moving average forgets by itself",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs, log_every):
    running = 0.0
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
            if (i + 1) % log_every == 0:
                print("loss", running / log_every)
                running = 0.0
""",
            "reset with every report",
        ),
    )

    INVALID = (
        Invalid(
            """\
def fit(model, loader, criterion, optimizer, epochs):
    running = 0.0
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            running += loss.item()
        print(f"epoch {epoch}: loss {running / len(loader):.4f}")
""",
            at="running / len(loader)",
        ),
        Invalid(
            """\
def fit(model, loader, criterion, optimizer, log_every):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item()
        if (i + 1) % log_every == 0:
            print(f"batch {i}: loss {running / log_every:.4f}")
""",
            at="running / log_every",
        ),
        Invalid(
            """\
class Trainer:
    def __init__(self, model, criterion, optimizer):
        self.model = model
        self.criterion = criterion
        self.optimizer = optimizer
        self.epoch_loss = 0.0

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                self.epoch_loss += loss.item()
            print("loss", self.epoch_loss / len(loader))
""",
            at="self.epoch_loss / len(loader)",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each quotient that is made once per period of a sum that was started before the first."""
        seen: set[int] = set()
        for report in analysis.reports:
            periods = self._periods(analysis, report)
            quotient = report.divisors[-1].quotient if report.divisors else None
            if periods is not None and quotient is not None and id(quotient) not in seen:
                seen.add(id(quotient))
                yield self.finding(
                    analysis.span(quotient),
                    f"`{report.metric}` is divided by the length of one period and sums all of them",
                    label="counts one period",
                    labels=tuple(
                        Label(analysis.span(add.operand), "is added and never set back") for add in report.adds
                    ),
                    arithmetic="sum over all periods so far ÷ one period = periods so far × mean",
                    help=f"set `{report.metric}` to zero at the start of every period",
                    metric=report.metric,
                )

    def _periods(self, analysis: Analysis, report: Report) -> Scale | None:
        """How often the report is made while the sum lives on, if that is by what it is too high."""
        starts, scale = report.value.starts, report.scale
        if starts is None or not scale.known or report.is_mean_kind:
            return None
        periods = relative_rate(report.sink.context, starts)
        if not periods.known or scale.without("N") != LOSS * periods.without("N"):
            return None
        in_sight = [name for name in periods.names() if not name.startswith("m@calls")]
        resets = {event.node for add in report.adds for event in analysis.resets_of(add.metric)}
        return periods if in_sight and len(resets) <= 1 else None
