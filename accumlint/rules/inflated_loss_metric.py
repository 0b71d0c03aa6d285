"""ACC001: what is reported is N times too high."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from accumlint.diagnostic import Applicability, Diagnostic, Fix, Severity
from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.events import Sink
from accumlint.flow.value import Add, Number
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, Valid, safe
from accumlint.scale import LOSS, N
from accumlint.story import (
    divided_in_words,
    in_scope,
    labels_of_add,
    labels_of_loss,
    labels_of_report,
    n_of_library,
    raw_or_divided_name,
    replaced_leaf,
    times_all,
    window_name,
    without_division,
)


class InflatedLossMetric(Rule):
    """The loss that is reported is N times too high: it is accumulated before the division by N, and then
    divided by something that counts windows.

    ## What it does

    Finds metrics that add the loss of every micro-batch as it was *before* ``loss / N``, while ``backward()``
    runs on the divided loss, and that are reported divided by optimizer steps, by an interval or window counted in
    steps, multiplied by N, or summed over one window. The sum has one term per micro-batch, the divisor one
    count per N of them, so the report is N times the mean loss. An undivided loss that is multiplied by N where it
    is shown is N times too high as well.

    It is a warning instead of an error where the sum leaves undivided (its value then grows with N: a total that is
    shown, of an epoch or of a log interval), and, as "unproven", where it leaves the file and no caller is in sight.

    ## Why it matters

    The train loss is plotted beside a validation loss on another scale. With N = 8 a model that fits perfectly
    well looks as if it did not learn, and people lose days over it; worse, learning rates, early stopping and
    model choice are decided by a number that changes when the accumulation steps do.

    ## Example

    ```python
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.item()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    print(train_loss / optimizer_steps)
    ```

    ## Use instead

    ```python
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += loss.item()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    print(train_loss / optimizer_steps)
    ```

    ## Fix safety

    Safe: the divided loss is added instead (or the raw one divided by the very expression that divides it before
    ``backward()``). Training is untouched, and with N = 1 no number changes. The fix is offered only if every report of
    the metric is right after it, and for the unproven pattern as the rewrite the name suggests.

    ## When it stays silent

    When the sum of raw losses is divided by micro-batches or samples (that number is right), when a divisor, N or
    the condition of a reset is not understood, when what is added never flows into ``backward()``, and when a loss that
    comes out of a function is multiplied by N, for it may have been divided in there.
    """

    code: ClassVar[str] = "ACC001"
    severity: ClassVar[Severity] = Severity.ERROR

    VALID: ClassVar[tuple[Valid, ...]] = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total, steps = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    return total / steps
""",
            why="divided losses over optimizer steps are the mean",
        ),
        Valid(
            """\
def train(loader, criterion, optimizer, training_step, run, accum_steps):
    for i, batch in enumerate(loader):
        loss = training_step(batch, accum_steps)
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            run.log({"train/loss": loss.item() * accum_steps})
""",
            why="a function that is told N may return a divided loss, which is multiplied back here",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, run, accum_steps):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            if (i + 1) % (10 * accum_steps) == 0:
                run.log({"train/loss": running / (10 * accum_steps)})
                running = 0.0
""",
            why="both guards test one counter: the inner one holds once in ten windows",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        total += loss.item()
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            why="raw losses over micro-batches are the mean",
        ),
        Valid(
            """\
def train(model, chunks, criterion, optimizer, time_steps):
    for chunk in chunks:
        loss = 0.0
        for t in range(time_steps):
            loss = loss + criterion(model(chunk[t]), chunk[t + 1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item() / time_steps)
""",
            why="losses summed over time and then backpropagated are no metric",
        ),
    )
    INVALID: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    train_loss = 0.0
    optimizer_steps = 0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.detach().item()  # one number per micro-batch
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    return train_loss / max(optimizer_steps, 1)
""",
            at="+= «raw_loss»",
            factor="N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    train_loss = 0.0
    optimizer_steps = 0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += loss.detach().item()  # one number per micro-batch
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    return train_loss / max(optimizer_steps, 1)
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps, log_every):
    running, step = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step % log_every == 0:
                print("loss", running / log_every)
                running = 0.0
""",
            at="running += «loss»",
            factor="N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps, log_every):
    running, step = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item() / accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step % log_every == 0:
                print("loss", running / log_every)
                running = 0.0
""",
            why="the interval counts optimizer steps",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    train_loss = 0.0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.detach().item()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss
""",
            at="+= «raw_loss»",
            factor="N",
            severity=Severity.WARNING,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    train_loss = 0.0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += loss.detach().item()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss
""",
            why="unproven: who divides the total is not in this file",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, run, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            run.log({"train/loss": loss.item() * accum_steps})
""",
            at="loss.item() * accum_steps",
            factor="N",
            fixed="""\
def train(model, loader, criterion, optimizer, run, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            run.log({"train/loss": loss.item()})
""",
            why="multiplied back though this name was never divided",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        total += loss.item()
        loss = loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total)
""",
            at="total += «loss»",
            factor="N",
            severity=Severity.WARNING,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        total += loss.item() / accum_steps
        loss = loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total)
""",
            why="an undivided total: with half the batch size and twice the steps it doubles",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """One finding for each addition that makes a report N times too high."""
        seen: set[int] = set()
        for report in analysis.reports:
            if report.verdict is Verdict.HIGH and not report.adds and self._is_multiplied_up(analysis, report):
                yield self._shown(analysis, report)
            for add in analysis.causes(report):
                if id(add.statement) in seen:
                    continue
                finding = self._finding(analysis, report, add)
                if finding is not None:
                    seen.add(id(add.statement))
                    yield finding

    def _finding(self, analysis: Analysis, report: Report, add: Add) -> Finding | None:
        if report.verdict is Verdict.HIGH and self._is_proved(analysis, report, add):
            return self._proved(analysis, report, add)
        if analysis.has_divided_report(add):
            return None
        plain = analysis.is_plain_pattern(add)
        total = self._grows(report) and add.value.scale == LOSS and (plain or self._is_shown(analysis, report, add))
        window = report.verdict is Verdict.HIGH and not report.divisors and plain
        return self._unproved(analysis, report, add) if total or window else None

    def _grows(self, report: Report) -> bool:
        """A total of as many undivided losses as the data have micro-batches, or a log interval: e = +1."""
        micro_batches = any(name.startswith("m@") for name in report.scale.names())
        return report.verdict is Verdict.TOTAL and report.scale.exponent("N") == (0 if micro_batches else 1)

    def _is_shown(self, analysis: Analysis, report: Report, add: Add) -> bool:
        """The total itself leaves, and not for a caller to divide; what the gradient has of it is divided by N."""
        shown = report.sink.how in ("log", "store") and report.value.certain
        return shown and analysis.is_accumulated(add.value) and self._is_over_micro_batches(analysis, report)

    def _is_over_micro_batches(self, analysis: Analysis, report: Report) -> bool:
        """What it sums over is the loop that trains, or a window, and no loop over heads or chunks inside."""
        counts = {name for loop in analysis.loops for name in loop.frame.count.names()}
        return all(name in counts for name in report.scale.names() if name.startswith("m@"))

    def _is_proved(self, analysis: Analysis, report: Report, add: Add) -> bool:
        if not report.value.certain or not add.value.scale.known:
            return False
        if self._is_multiplied(add) and not self._is_raw(analysis, add.value):
            return False  # the author may know that what comes out of a function was divided in it
        if report.divisors or report.is_mean_kind:
            return True
        return report.sink.how != "return" and analysis.is_accumulated(add.value)

    def _is_multiplied(self, place: Add | Sink) -> bool:
        return any(division.scale.exponent("N") > 0 for division in place.value.divisions)

    def _is_multiplied_up(self, analysis: Analysis, report: Report) -> bool:
        """One micro-batch is shown times N, though it was never divided, as the backward pass beside it says."""
        shown = report.sink.how in ("log", "store") and report.value.certain
        return shown and self._is_multiplied(report.sink) and self._is_raw(analysis, report.value)

    def _is_raw(self, analysis: Analysis, number: Number) -> bool:
        """Nobody divided it before: it is divided here for the backward pass, or a criterion gave it."""
        return analysis.is_accumulated(number) or analysis.is_of_criterion(number)

    def _shown(self, analysis: Analysis, report: Report) -> Finding:
        name, operand = window_name(analysis, report.value), report.sink.operand
        return self.finding(
            analysis.span(operand),
            f"`{analysis.text(operand)}` shows {name} × the loss",
            *self._undone(analysis, report.sink),
            label=f"is {name} times the loss of the micro-batch",
            labels=tuple(labels_of_loss(analysis, report.value, operand)),
            arithmetic=f"undivided loss × {name} = {name} × mean",
            help=f"show the undivided loss as it is, without {name}",
            factor=report.factor,
        )

    def _undone(self, analysis: Analysis, place: Add | Sink) -> Iterator[Candidate]:
        """``raw * N`` → ``raw``."""
        for message, edits in without_division(analysis, place, 1):
            yield safe(message, *edits)

    def _proved(self, analysis: Analysis, report: Report, add: Add) -> Finding:
        name = window_name(analysis, add.value)
        arithmetic = f"sum over micro-batches{divided_in_words(report, name) or ' of one window'} = {name} × mean"
        return Finding(
            Diagnostic(
                code=self.code,
                name=self.name,
                severity=Severity.ERROR,
                message=f"`{report.metric}` reports {name} × the mean loss",
                span=analysis.span(add.leaf or add.operand),
                label="adds the undivided loss, once per micro-batch",
                labels=(*labels_of_add(analysis, add), *labels_of_report(analysis, report, name)),
                arithmetic=arithmetic,
                help=self._help(add, name),
                metric=report.metric,
                factor=report.factor,
            ),
            tuple(self._candidates(analysis, add, Proof.REPORT_RIGHT)),
        )

    def _unproved(self, analysis: Analysis, report: Report, add: Add) -> Finding:
        name = window_name(analysis, add.value)
        leaves = report.sink.how == "return"
        message = (
            f"`{report.metric}` sums the undivided loss and leaves undivided: "
            f"per optimizer step it is {name} × the mean loss (unproven: no caller is in sight)"
            if leaves
            else f"`{report.metric}` is an undivided total that grows with {name}"
        )
        return Finding(
            Diagnostic(
                code=self.code,
                name=self.name,
                severity=Severity.WARNING,
                message=message,
                span=analysis.span(add.leaf or add.operand),
                label="adds the undivided loss, once per micro-batch",
                labels=(*labels_of_add(analysis, add), *labels_of_report(analysis, report, name)),
                arithmetic=f"sum over micro-batches of the undivided loss = {name} × the sum of what backward() saw",
                help=self._help(add, name),
                metric=report.metric,
                factor="N",
            ),
            tuple(self._candidates(analysis, add, Proof.FINDING_GONE)),
        )

    def _help(self, add: Add, name: str) -> str:
        divided = raw_or_divided_name(add, LOSS / N)
        return f"accumulate `{divided[0]}` instead" if divided else f"divide what is added by {name}"

    def _candidates(self, analysis: Analysis, add: Add, proof: Proof) -> Iterator[Candidate]:
        yield from self._undone(analysis, add)
        target = add.value.scale / N
        divided = raw_or_divided_name(add, target)
        if divided is not None:
            edits = replaced_leaf(analysis, add, *divided)
            if edits:
                fix = Fix(edits, f"accumulate `{divided[0]}`, the loss that backward() saw", Applicability.SAFE)
                yield Candidate(fix, proof)
        for event in analysis.divisions_of(add.value):
            division = event.value.divisions[-1] if event.value is not None else None
            if division is not None and division.by is not None and in_scope(division, add):
                sign = "/" if division.scale.exponent("N") == -1 and analysis.divides(division) else "*"
                edits = times_all(analysis, add, division.by, sign)
                verb = "divide" if sign == "/" else "multiply"
                fix = Fix(edits, f"{verb} what is added by {analysis.text(division.by)}", Applicability.SAFE)
                yield Candidate(fix, proof)
                return
        n = n_of_library(analysis, add)
        if n is not None:
            fix = Fix(times_all(analysis, add, n, "/"), f"divide what is added by {n}", Applicability.SAFE)
            yield Candidate(fix, proof)
