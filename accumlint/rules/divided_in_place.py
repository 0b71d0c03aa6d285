"""ACC008: a loss is divided in place while another name for it is kept as the undivided one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from accumlint.diagnostic import Edit, Label, Severity
from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.events import Event, Kind, Sink
from accumlint.flow.spelling import loss_leaf
from accumlint.flow.value import Add, Place
from accumlint.rule import Finding, Invalid, Rule, Valid, safe


class DividedInPlace(Rule):
    """A loss is divided in place while another name for it is kept as the undivided one.

    ## What it does

    Finds ``loss /= N`` and ``loss.div_(N)`` on a tensor that another name, dict entry, list element,
    ``.detach()`` or ``.data`` of it still refers to.

    ## Why it matters

    On tensors ``/=`` writes to the memory of the loss. Everything that shares it is divided as well: the
    "raw" loss kept for the report is N times too low, though the line that keeps it stands before the
    division.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        total = 0.0
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            raw_loss = loss.detach()
            loss /= accum_steps
            loss.backward()
            total += raw_loss.item()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        return total / len(loader)
    ```

    ## Use instead

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        total = 0.0
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            raw_loss = loss.detach()
            loss = loss / accum_steps
            loss.backward()
            total += raw_loss.item()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        return total / len(loader)
    ```

    ## Fix safety

    Safe: ``loss = loss / N`` makes a new tensor with the same value and the same gradient, and leaves the
    other name what it was. There is no fix where another number is wrong already and would be N times higher
    without the division.

    ## When it stays silent

    It is silent where nothing else refers to the tensor, where the other name holds a number (``.item()``,
    ``float()``) or a copy (``.clone()``), and where the other name is never used after the division. It is
    an error where the alias is reported, else a warning.
    """

    code = "ACC008"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        total += loss.item()
        loss /= accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            "nothing else refers to the tensor",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        raw = loss.item()
        loss /= accum_steps
        loss.backward()
        total += raw
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            "a number is a copy",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        raw = loss.detach().clone()
        loss /= accum_steps
        loss.backward()
        total += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            "a clone has memory of its own",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        raw = loss
        loss = loss / accum_steps
        loss.backward()
        total += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            "the division makes a new tensor",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        raw = loss
        loss /= accum_steps
        loss.backward()
        total += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            at="loss /= accum_steps",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        raw = loss
        loss = loss / accum_steps
        loss.backward()
        total += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
        ),
        Invalid(
            """\
def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, batch in enumerate(loader):
        outputs = model(batch)
        loss = outputs["loss"]
        loss /= accum_steps  # for accumulation
        loss.backward()
        total += outputs["loss"].item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            at="loss /= accum_steps",
            factor="1/N",
            fixed="""\
def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, batch in enumerate(loader):
        outputs = model(batch)
        loss = outputs["loss"]
        loss = loss / accum_steps  # for accumulation
        loss.backward()
        total += outputs["loss"].item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        shown = loss.detach()
        loss.div_(accum_steps)
        loss.backward()
        total += shown.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
            at="loss.div_(accum_steps)",
            factor="1/N",
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        shown = loss.detach()
        loss = loss / accum_steps
        loss.backward()
        total += shown.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each division in place that reaches a name which is used as the undivided loss."""
        divisions = {e.node: e for e in analysis.events if e.kind is Kind.DIVIDE and e.aliases}
        for event in divisions.values():
            if event.by is not None:
                used = self._used(analysis, event)
                alias = analysis.text(used[0].leaf or used[0].operand) if used else self._read(analysis, event)
                if alias is not None:
                    yield self._finding(analysis, event, alias, used)

    def _used(self, analysis: Analysis, event: Event) -> list[Add | Sink]:
        """Where another name for the divided tensor is added or reported afterwards."""
        places = set(self._aliases(analysis, event))
        added = [add for add in analysis.adds if add.source in places and add.order > event.order]
        collected = [add for report in analysis.reports for add in report.adds if add.metric in places]
        shown = [report.sink for report in analysis.reports if report.sink.source in places]
        return [*added, *collected, *(sink for sink in shown if sink.order > event.order)]

    def _aliases(self, analysis: Analysis, event: Event) -> Iterator[Place]:
        """Other places of this very tensor; a name set before its birth holds the last iteration's."""
        assert event.before is not None
        births = [analysis.span(birth.node).start for birth in event.before.births]
        between = analysis.source.text[min(births, default=0) : analysis.span(event.node).start]
        for place, _ in event.aliases:
            if not place[1].isidentifier() or not between or re.search(rf"\b{place[1]}\b", between):
                yield place

    def _read(self, analysis: Analysis, event: Event) -> str | None:
        """Another name for the divided tensor that is read afterwards for something else."""
        end = analysis.span(event.function).end
        rest = analysis.source.text[analysis.span(event.node).end : end]
        divided = analysis.text(event.operand) if event.operand is not None else ""
        names = (name for _, name in self._aliases(analysis, event) if name.isidentifier() and name != divided)
        return next((name for name in names if re.search(rf"(?<![.\w]){name}\b(?!\s*=[^=])", rest)), None)

    def _finding(self, analysis: Analysis, event: Event, alias: str, used: list[Add | Sink]) -> Finding:
        assert event.by is not None
        assert event.operand is not None
        n, loss = analysis.text(event.by), analysis.text(event.operand)
        n = f"({n})" if isinstance(event.by, cst.BinaryOperation) else n
        edit = Edit(analysis.span(event.node), f"{loss} = {loss} / {n}")
        low = [(each, report) for each in used for report in self._low_reports(analysis, each)]
        taken = [each for each, _ in low] or used
        spans = sorted({analysis.span(each.operand) for each in used})
        return self.finding(
            analysis.span(event.node),
            f"dividing in place divides `{alias}` as well, which shares its memory",
            *([] if self._is_backpropagated(analysis, event) else [safe("divide into a new tensor", edit)]),
            severity=Severity.ERROR if low else Severity.WARNING,
            label=f"writes loss / {n} to the memory of `{alias}`",
            labels=tuple(Label(span, "takes the divided value") for span in spans),
            arithmetic=f"`{alias}` = loss / {n}",
            help=f"write `{loss} = {loss} / {n}`",
            metric=self._metric(analysis, taken),
            factor=low[0][1].factor if low else "1/N",
        )

    def _is_backpropagated(self, analysis: Analysis, event: Event) -> bool:
        """Backward runs under the other name, which a new tensor would leave undivided."""
        backwards = analysis.backwards_of(event.before) if event.before is not None else ()
        divided = analysis.text(event.operand) if event.operand is not None else ""
        operands = [backward.operand for backward in backwards if backward.order > event.order]
        return any(node is not None and analysis.text(loss_leaf(node) or node) != divided for node in operands)

    def _low_reports(self, analysis: Analysis, used: Add | Sink) -> Iterator[Report]:
        for report in analysis.reports:
            if report.verdict is Verdict.LOW and (used is report.sink or used in report.adds):
                yield report

    def _metric(self, analysis: Analysis, used: list[Add | Sink]) -> str | None:
        return next((r.metric for r in analysis.reports for each in used if each in r.adds), None)
