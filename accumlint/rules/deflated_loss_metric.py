"""ACC003: the divided loss is averaged over micro-batches, N times too low."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from accumlint.diagnostic import Applicability, Diagnostic, Fix, Label, Severity
from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.names import suggests_scaled
from accumlint.flow.value import Add, Divisor
from accumlint.meters import mean_is_shown
from accumlint.rebinding import divided_at_backward
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, Valid, safe
from accumlint.scale import N
from accumlint.story import (
    divided_in_words,
    how_often,
    in_scope,
    labels_of_add,
    labels_of_report,
    raw_or_divided_name,
    replaced_leaf,
    times_all,
    window_name,
    without_division,
)


class DeflatedLossMetric(Rule):
    """The loss that is reported is N times too low: the divided loss is averaged over micro-batches.

    ## What it does

    Finds metrics that sum or average the loss after its division by N, and that are divided by micro-batches: by
    ``len(loader)``, a counter of batches, the length of a list, or inside a meter. Every term was already divided
    by N, so the mean is N times too low.

    ## Why it matters

    The train loss looks N times better than the validation loss, a model that has learnt nothing looks trained, and a
    perplexity computed from it is meaningless. Runs with different accumulation steps cannot be compared. It is the
    most common of these bugs, and mostly hides behind a meter or a logger that shows no division at all.

    ## Example

    ```python
    for step, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss = loss / accum_steps
        loss.backward()
        total_loss += loss.detach()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(total_loss / len(loader))
    ```

    ## Use instead

    ```python
    for step, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss = loss / accum_steps
        loss.backward()
        total_loss += loss.detach() * accum_steps
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(total_loss / len(loader))
    ```

    ## Fix safety

    Safe: the undivided loss is added where it is still alive, else what is added is multiplied by the very expression
    that divided it. Training is untouched, and with N = 1 no number changes.

    ## When it stays silent

    When divided losses are summed over one window, or divided by optimizer steps (both are right); when the division
    is not by the number of micro-batches per optimizer step, but by tasks, time steps, tokens or ranks; and
    when a scale on the way is unknown.
    """

    code: ClassVar[str] = "ACC003"
    severity: ClassVar[Severity] = Severity.ERROR
    leaves: ClassVar[tuple[str, ...]] = ("ACC002",)

    VALID: ClassVar[tuple[Valid, ...]] = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    window_loss = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        window_loss += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", window_loss)
            window_loss = 0.0
""",
            why="the divided losses of one window sum to its mean",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, num_tasks):
    total = 0.0
    for x, targets in loader:
        loss = criterion(model(x), targets) / num_tasks
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)
""",
            why="division by the number of tasks is part of the loss",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total * accum_steps / len(loader)
""",
            why="multiplied back where it is reported",
        ),
    )
    INVALID: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """\
def run(model, loaders, criterion, optimizer, accum_steps):
    for phase in ("train", "val"):
        running = 0.0
        for i, (x, y) in enumerate(loaders[phase]):
            with torch.set_grad_enabled(phase == "train"):
                loss = criterion(model(x), y)
            if phase == "train":
                loss = loss / accum_steps
                loss.backward()
                if (i + 1) % accum_steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
            running += loss.item() * len(x)
        print(phase, running / len(loaders[phase].dataset))
""",
            at="running += «loss»",
            factor="1/N",
            fixed="""\
def run(model, loaders, criterion, optimizer, accum_steps):
    for phase in ("train", "val"):
        running = 0.0
        for i, (x, y) in enumerate(loaders[phase]):
            with torch.set_grad_enabled(phase == "train"):
                loss = criterion(model(x), y)
            if phase == "train":
                (loss / accum_steps).backward()
                if (i + 1) % accum_steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
            running += loss.item() * len(x)
        print(phase, running / len(loaders[phase].dataset))
""",
            why="times N would be right for training, and N times too high for validation",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        (raw_loss / accum_steps).backward()
        total += raw_loss.item() / accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            at="total += «raw_loss»",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        (raw_loss / accum_steps).backward()
        total += raw_loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            why="divided where it is added: the fix leaves that out",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    train_loss = 0.0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += loss.detach().item()  # kept
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss / len(loader)
""",
            at="+= «loss»",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    train_loss = 0.0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.detach().item()  # kept
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss / len(loader)
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, args):
    losses = []
    for step, batch in enumerate(loader):
        loss = criterion(model(batch["x"]), batch["y"])
        loss = loss / args.accum_iter
        loss.backward()
        losses.append(round(loss.item(), 4))
        if (step + 1) % args.accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"train loss {sum(losses) / len(losses):.3f}")
""",
            at="append(round(«loss»",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, args):
    losses = []
    for step, batch in enumerate(loader):
        loss = criterion(model(batch["x"]), batch["y"])
        loss = loss / args.accum_iter
        loss.backward()
        losses.append(round(loss.item() * args.accum_iter, 4))
        if (step + 1) % args.accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"train loss {sum(losses) / len(losses):.3f}")
""",
            why="a list mean shows no division; what is rounded is multiplied before",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, meters, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        losses = {"loss": loss, "mirrored": criterion(model(-x), y)}
        losses = {name: value / accum_steps for name, value in losses.items()}
        sum(losses.values()).backward()
        for name, value in losses.items():
            meters[name].update(value.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="update(«value»",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, meters, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        losses = {"loss": loss, "mirrored": criterion(model(-x), y)}
        losses = {name: value / accum_steps for name, value in losses.items()}
        sum(losses.values()).backward()
        for name, value in losses.items():
            meters[name].update(value.item() * accum_steps)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            why="`loss` would be shown for the other entries, too",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """One finding for each addition that makes a report N times too low."""
        seen: set[int] = set()
        for report in analysis.reports:
            if report.verdict is not Verdict.LOW or not report.value.certain or report.sink.how == "history":
                continue
            if suggests_scaled(f"{report.sink.label} {report.metric or ''}"):
                continue
            if report.sink.how == "meter" and self._is_read_right(analysis, report):
                continue
            causes = analysis.causes(report)
            if self._divides_twice(analysis, report, causes):
                yield self._over_divided(analysis, report, causes[0])
            for add in causes:
                if id(add.statement) not in seen and self._adds_divided(analysis, add):
                    seen.add(id(add.statement))
                    yield self._finding(analysis, report, add)

    def _divides_twice(self, analysis: Analysis, report: Report, causes: tuple[Add, ...]) -> bool:
        """Undivided losses, and a divisor with one N too many."""
        raw = all(add.value.scale.known and add.value.scale.exponent("N") == 0 for add in causes)
        return bool(causes and report.divisors) and raw and analysis.is_here(report.divisors[-1].node)

    def _over_divided(self, analysis: Analysis, report: Report, add: Add) -> Finding:
        name = window_name(analysis, add.value)
        divisor = report.divisors[-1]
        return self.finding(
            analysis.span(divisor.node),
            f"`{report.metric}` reports the mean loss / {name}",
            label=f"is {name} times the number of losses in the sum",
            labels=(*labels_of_add(analysis, add), Label(analysis.span(add.operand), "adds the undivided loss")),
            arithmetic=f"sum of undivided losses ÷ ({name} × their number) = mean / {name}",
            help=f"divide by the number of losses in the sum{self._hint(analysis, divisor, name)}",
            metric=report.metric,
            factor=report.factor,
        )

    def _hint(self, analysis: Analysis, divisor: Divisor, name: str) -> str:
        return f", without {name}" if name in analysis.text(divisor.node) else ", the optimizer steps"

    def _is_read_right(self, analysis: Analysis, fed: Report) -> bool:
        """What the meter holds is multiplied back where it is read, and is read nowhere else; or nobody reads it."""
        read = [r for r in analysis.reports if r.sink.how != "meter" and set(fed.adds) & set(r.adds)]
        if read:  # they are judged themselves
            return not any(report.verdict is Verdict.LOW for report in read)
        return not mean_is_shown(analysis, fed)

    def _adds_divided(self, analysis: Analysis, add: Add) -> bool:
        """The loss was divided on its way here, and not behind its back (ACC008 names that cause)."""
        divided = add.value.scale.known and add.value.scale.exponent("N") < 0
        return divided and not analysis.shares_memory_of_divided(add)

    def _finding(self, analysis: Analysis, report: Report, add: Add) -> Finding:
        name = window_name(analysis, add.value)
        often, many = how_often(analysis, add)
        by = divided_in_words(report, name) or f" ÷ {many}"
        return Finding(
            Diagnostic(
                code=self.code,
                name=self.name,
                severity=self.severity,
                message=f"`{report.metric}` reports the mean loss / {name}",
                span=analysis.span(add.leaf or add.operand),
                label=f"adds the loss already divided by {name}, {often}",
                labels=(*labels_of_add(analysis, add), *labels_of_report(analysis, report, name)),
                arithmetic=f"sum over {many} of loss / {name}{by} = mean / {name}",
                help=self._help(add, name),
                metric=report.metric,
                factor=report.factor,
            ),
            tuple(self._candidates(analysis, add)),
        )

    def _help(self, add: Add, name: str) -> str:
        raw = raw_or_divided_name(add, add.value.scale * N)
        if raw is None and any(division.varies for division in add.value.divisions):
            return "add the loss as it was before it was divided"
        return f"accumulate `{raw[0]}` instead" if raw else f"multiply what is added by {name}"

    def _candidates(self, analysis: Analysis, add: Add) -> Iterator[Candidate]:
        for message, edits in without_division(analysis, add, -1):
            yield safe(message, *edits)
        raw = raw_or_divided_name(add, add.value.scale * N)
        if raw is not None:
            edits = replaced_leaf(analysis, add, *raw)
            if edits:
                fix = Fix(edits, f"accumulate `{raw[0]}`, the undivided loss", Applicability.SAFE)
                yield Candidate(fix, Proof.REPORT_RIGHT)
        for division in reversed(add.value.divisions):
            if division.by is not None and in_scope(division, add):
                sign = "*" if analysis.divides(division) else "/"
                edits = times_all(analysis, add, division.by, sign)
                verb = "multiply" if sign == "*" else "divide"
                message = f"{verb} what is added by {analysis.text(division.by)}"
                yield Candidate(Fix(edits, message, Applicability.SAFE), Proof.REPORT_RIGHT)
                return
        if add.value.divisions:
            moved = divided_at_backward(analysis, add, add.value.divisions[-1])
            if moved is not None:
                yield moved
