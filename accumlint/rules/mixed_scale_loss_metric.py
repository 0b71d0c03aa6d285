"""ACC002: right today, but the metric and the gradient are on two scales in one loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from accumlint.diagnostic import Applicability, Diagnostic, Edit, Fix, Severity, Span
from accumlint.flow import Analysis, Report
from accumlint.flow.tree import descendants
from accumlint.flow.value import Add, Division, Divisor
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, Valid
from accumlint.scale import N
from accumlint.story import (
    in_scope,
    labels_of_add,
    labels_of_report,
    raw_or_divided_name,
    replaced_leaf,
    window_name,
)


class MixedScaleLossMetric(Rule):
    """The metric sums the undivided loss while ``backward()`` runs on the divided one: right today, on two scales.

    ## What it does

    Finds ``metric += raw_loss`` after ``loss = raw_loss / N; loss.backward()`` where the sum is divided by
    micro-batches or samples. The number reported is right.

    ## Why it matters

    One loop holds two losses that differ by N. The next edit (a report per optimizer step, a moving average of the
    step's loss, a comparison with the gradient's loss) picks one of them, and picks the wrong one half of the time:
    the number is then N times too high, and nothing fails.

    ## Example

    ```python
    for x, y in loader:
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += raw_loss.item()
        train_batches += 1
    print(train_loss / train_batches)
    ```

    ## Use instead

    ```python
    for x, y in loader:
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        train_loss += loss.item()
        train_batches += 1
    print(train_loss / (train_batches / accum_steps))
    ```

    ## Fix safety

    Safe: the sum and its divisor are divided by the same N, so that the number reported stays what it was. The
    rewrite of the sum alone is never applied, for it makes the number N times too low. Where the size of the window
    varies (a tail divided by its own size) the divisor becomes the optimizer-step counter; that is unsafe, since
    a short last window then weighs as much as a full one.

    ## When it stays silent

    For averagers (a list mean, a meter, a deque), for a value frozen with ``.item()`` before the division, for a
    loss divided inline in the call of ``backward()``, and when the report is not proved to be right.
    """

    code: ClassVar[str] = "ACC002"
    severity: ClassVar[Severity] = Severity.WARNING

    VALID: ClassVar[tuple[Valid, ...]] = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps, meter):
    values = []
    for i, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        values.append(raw_loss.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return sum(values) / len(values)
""",
            why="a list mean is an average of micro-batch losses by its nature",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        value = loss.item()
        loss = loss / accum_steps
        loss.backward()
        total += value
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            why="the value was frozen before the division, on purpose",
        ),
    )
    INVALID: ClassVar[tuple[Invalid, ...]] = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, gradient_accumulation_steps):
    train_loss = 0.0
    train_batches = 0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / gradient_accumulation_steps
        loss.backward()
        train_loss += raw_loss.detach().item()
        train_batches += 1
        if (step + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss / max(train_batches, 1)
""",
            at="+= «raw_loss»",
            fixed="""\
def train(model, loader, criterion, optimizer, gradient_accumulation_steps):
    train_loss = 0.0
    train_batches = 0
    for step, (x, y) in enumerate(loader):
        raw_loss = criterion(model(x), y)
        loss = raw_loss / gradient_accumulation_steps
        loss.backward()
        train_loss += loss.detach().item()
        train_batches += 1
        if (step + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return train_loss / (max(train_batches, 1) / gradient_accumulation_steps)
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    updates = 0
    for i, (x, y) in enumerate(loader):
        window = min(accum_steps, len(loader) - i // accum_steps * accum_steps)
        raw_loss = criterion(model(x), y)
        loss = raw_loss / window
        loss.backward()
        total += raw_loss.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    return total / len(loader)
""",
            at="+= «raw_loss»",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    updates = 0
    for i, (x, y) in enumerate(loader):
        window = min(accum_steps, len(loader) - i // accum_steps * accum_steps)
        raw_loss = criterion(model(x), y)
        loss = raw_loss / window
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    return total / updates
""",
            why="a tail window is divided by its own size, so the sum has one whole loss per optimizer step",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """One finding for each addition of the undivided variable to a sum that is reported rightly."""
        for metric in analysis.metrics:
            reports = [r for r in metric.reports if r.is_right and r.divisors]
            for add in metric.adds:
                mine = [report for report in reports if add in report.adds]
                if (
                    mine
                    and len(mine) == len([r for r in metric.reports if r.divisors])
                    and self._has_both(analysis, add)
                ):
                    yield self._finding(analysis, add, mine)

    def _has_both(self, analysis: Analysis, add: Add) -> bool:
        """Two variables for one loss, the divided one backpropagated and the other one summed."""
        return analysis.is_plain_pattern(add) and raw_or_divided_name(add, add.value.scale / N) is not None

    def _finding(self, analysis: Analysis, add: Add, reports: list[Report]) -> Finding:
        name = window_name(analysis, add.value)
        metric = reports[0].metric
        counts = "samples" if reports[0].divisors[-1].scale.exponent("b") else "micro-batches"
        return Finding(
            Diagnostic(
                code=self.code,
                name=self.name,
                severity=self.severity,
                message=f"`{metric}` sums the undivided loss, but backward() sees the loss divided by {name}",
                span=analysis.span(add.leaf or add.operand),
                label="adds the undivided loss, once per micro-batch",
                labels=(*labels_of_add(analysis, add), *labels_of_report(analysis, reports[0], name)),
                arithmetic=f"sum over {counts} ÷ {counts} = mean: right, on another scale than the gradient",
                help=f"accumulate the divided loss, and divide by {counts} / {name}",
                metric=metric,
            ),
            tuple(self._candidates(analysis, add, reports)),
        )

    def _candidates(self, analysis: Analysis, add: Add, reports: list[Report]) -> Iterator[Candidate]:
        divided = raw_or_divided_name(add, add.value.scale / N)
        if divided is None:
            return
        rewrite = replaced_leaf(analysis, add, *divided)
        division = divided[1].divisions[-1] if divided[1].divisions else None
        if not rewrite or division is None or division.by is None:
            return
        divisors = {id(report.divisors[-1].node): report.divisors[-1] for report in reports if report.divisors}
        home = {id(node) for node in descendants(add.function)} if add.function is not None else set()
        same_function = divisors.keys() <= home
        if same_function and division.lasts and not division.varies:
            yield self._scaled_divisor(analysis, rewrite, division, list(divisors.values()), add)
        if division.varies:
            yield from self._counted_steps(analysis, rewrite, add, reports, list(divisors.values()))

    def _scaled_divisor(
        self, analysis: Analysis, rewrite: tuple[Edit, ...], division: Division, divisors: list[Divisor], add: Add
    ) -> Candidate:
        """Sum and divisor over the same N."""
        by = analysis.text(division.by) if division.by is not None else "N"
        sign = "/" if analysis.divides(division) else "*"
        if not isinstance(division.by, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer)):
            by = f"({by})"
        edits = [*rewrite]
        for divisor in divisors:
            span = analysis.span(divisor.node)
            text = analysis.source.text[span.start : span.end]
            if isinstance(divisor.quotient, cst.BinaryOperation) and text == by:  # one window: N / N
                edits.append(Edit(analysis.span(divisor.quotient), analysis.text(divisor.quotient.left)))
                continue
            inner = text if _is_tight(divisor.node) else f"({text})"
            wrapped = f"{inner} {sign} {by}" if divisor.node.lpar else f"({inner} {sign} {by})"
            edits.append(Edit(span, wrapped))
        message = f"accumulate the divided loss, and divide the divisor by {by}: the number stays what it is"
        applicability = Applicability.SAFE if in_scope(division, add) else Applicability.UNSAFE
        reason = "" if applicability is Applicability.SAFE else f"{by} may mean something else here"
        return Candidate(Fix(tuple(edits), message, applicability, reason), Proof.REPORT_UNCHANGED)

    def _counted_steps(
        self, analysis: Analysis, rewrite: tuple[Edit, ...], add: Add, reports: list[Report], divisors: list[Divisor]
    ) -> Iterator[Candidate]:
        """Windows of varying size: divide by optimizer steps, with the counter there is or a new one."""
        reason = "a short last window then weighs as much as a full one"
        message = "accumulate the divided loss, and divide by the number of optimizer steps"
        counter = self._step_counter(analysis, reports)
        if counter is not None:
            edits = (*rewrite, *(Edit(self._counted(analysis, d), counter) for d in divisors))
            yield Candidate(Fix(edits, message, Applicability.UNSAFE, reason), Proof.REPORT_RIGHT)
            return
        inserted = self._inserted_counter(analysis, add)
        if inserted is not None:
            edits = (*rewrite, *inserted, *(Edit(self._counted(analysis, d), "optimizer_steps") for d in divisors))
            yield Candidate(Fix(edits, message, Applicability.UNSAFE, reason), Proof.REPORT_RIGHT)

    def _counted(self, analysis: Analysis, divisor: Divisor) -> Span:
        """The counter inside the divisor: ``n`` of ``max(n, 1)``."""
        node = divisor.node
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "max" and node.args:
            inner = [a.value for a in node.args if not isinstance(a.value, (cst.Integer, cst.Float))]
            if len(inner) == 1:
                return analysis.span(inner[0])
        return analysis.span(node)

    def _step_counter(self, analysis: Analysis, reports: list[Report]) -> str | None:
        """A name that counts optimizer steps over the same period as the divisors there are."""
        wanted = {report.divisors[-1].scale.without("b") / N for report in reports}
        for name, scale in reports[0].sink.counters:
            if wanted == {scale}:
                return name
        return None

    def _inserted_counter(self, analysis: Analysis, add: Add) -> tuple[Edit, ...] | None:
        """``optimizer_steps``: set beside the metric, raised beside ``optimizer.step()``."""
        text = analysis.source.text
        if "optimizer_steps" in text:
            return None
        resets = [e for e in analysis.resets_of(add.metric) if e.function is add.function]
        steps = analysis.steps_of(add)
        if not resets or len(steps) != 1:
            return None
        edits = [_line_after(analysis, event.node, "optimizer_steps = 0") for event in resets]
        edits.append(_line_after(analysis, steps[0].node, "optimizer_steps += 1"))
        return tuple(edits) if all(edits) else None  # type: ignore[arg-type]


def _is_tight(node: cst.BaseExpression) -> bool:
    """Binds at least as tightly as a product, so that ``/ N`` behind it divides all of it."""
    if node.lpar:
        return True
    if isinstance(node, cst.BinaryOperation):
        return isinstance(node.operator, (cst.Divide, cst.Multiply))
    return not isinstance(node, (cst.IfExp, cst.Comparison, cst.BooleanOperation, cst.UnaryOperation, cst.Lambda))


def _line_after(analysis: Analysis, node: cst.CSTNode, line: str) -> Edit | None:
    """Insert a statement of the same indent below the line of a node that ends its line."""
    text = analysis.source.text
    span = analysis.span(node)
    start = text.rfind("\n", 0, span.start) + 1
    indent = text[start : span.start]
    end = text.find("\n", span.end)
    if indent.strip() or end < 0:
        return None
    newline = "\r\n" if text[end - 1 : end] == "\r" else "\n"
    return Edit(Span(end + 1, end + 1), f"{indent}{line}{newline}")
