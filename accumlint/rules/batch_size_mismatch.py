"""ACC006: what is summed is per batch and the divisor counts samples, or the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accumlint.diagnostic import Edit, Severity, Span
from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.value import Add, Divisor
from accumlint.rule import Candidate, Finding, Invalid, Rule, Valid, safe
from accumlint.scale import LOSS, ONE, UNKNOWN, B, Scale
from accumlint.story import (
    divided_in_words,
    factor_in_words,
    how_often,
    labels_of_add,
    labels_of_loss,
    labels_of_report,
    numerator_only,
    window_name,
)

MEANS = "average the mean loss of each micro-batch"


class BatchSizeMismatch(Rule):
    """What is summed is per batch and the divisor counts samples, or the other way round.

    ## What it does

    Finds mean losses that are summed over batches and divided by a number of samples, and losses weighted by
    their batch size (or summed by ``reduction="sum"``) that are divided by a number of batches. A mean loss that
    is divided by the batch size once more where it is shown is one of them.

    ## Why it matters

    The number reported is the mean loss divided, or multiplied, by the batch size. It changes whenever the
    batch size does, and a train loss computed in one way beside a validation loss computed in the other
    shows a gap that is not there.

    ## Example

    ```python
    import torch.nn.functional as F


    def train(model, loader, optimizer):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / len(loader.dataset)
    ```

    ## Use instead

    ```python
    import torch.nn.functional as F


    def train(model, loader, optimizer):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * x.size(0)
        return total / len(loader.dataset)
    ```

    ## Fix safety

    Safe: only the number reported changes. The loss is weighed with the size of the batch where the
    criterion's target is at hand, so that a last, shorter batch counts for what it is. Otherwise the divisor
    is changed to the count of what was added: the length of the loader, that of its dataset, or a counter
    that is there.

    ## When it stays silent

    The reduction of the criterion must be known: a criterion that arrives as an argument may sum. ``len()``
    of a batch that is a dict counts its keys, and is not taken for a batch size. A meter that is told the
    weight (``meter.update(loss.item(), x.size(0))``) divides by it, and is right.
    """

    code = "ACC006"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
import torch.nn.functional as F


def train(model, loader, optimizer):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y, reduction="sum")
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader.dataset)
""",
            "the criterion sums over the batch",
        ),
        Valid(
            """\
import torch.nn.functional as F


def train(model, loader, optimizer):
    total, seen = 0.0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * y.size(0)
        seen += y.size(0)
    return total / seen
""",
            "weighted with the batch size and divided by the samples seen",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader.dataset)
""",
            "the criterion arrives as an argument and may sum",
        ),
        Valid(
            """\
import torch.nn.functional as F


def train(model, loader, optimizer, meter):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        meter.update(loss.item(), x.size(0))
    return meter.avg
""",
            "the meter divides by the weight it is given",
        ),
        Valid(
            """\
import torch


def train(model, loader, optimizer):
    criterion = torch.nn.BCEWithLogitsLoss(reduction="none")
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        per_sample = criterion(model(x), y)
        per_sample.mean().backward()
        optimizer.step()
        total += per_sample.sum().item()
    return total / len(loader.dataset)
""",
            "what is summed is the sum over the batch",
        ),
    )

    INVALID = (
        Invalid(
            """\
import torch


def train(model, loader, optimizer):
    criterion = torch.nn.CrossEntropyLoss()
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        print("loss", loss.item() / len(x))
""",
            at="loss.item() / len(x)",
            factor="1/b",
            why="the criterion is a mean over the batch already",
        ),
        Invalid(
            """\
import torch.nn.functional as F


def train(model, loader, optimizer):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader.dataset)
""",
            at="total += «loss»",
            factor="1/b",
            fixed="""\
import torch.nn.functional as F


def train(model, loader, optimizer):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * y.size(0)
    return total / len(loader.dataset)
""",
        ),
        Invalid(
            """\
import torch


def train(model, loader, optimizer):
    criterion = torch.nn.MSELoss()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * x.size(0)
    return total / len(loader)
""",
            at="total += «loss»",
            factor="b",
            fixed="""\
import torch


def train(model, loader, optimizer):
    criterion = torch.nn.MSELoss()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item() * x.size(0)
    return total / len(loader.dataset)
""",
        ),
        Invalid(
            """\
import torch


def train(model, loader, optimizer, device):
    criterion = torch.nn.CrossEntropyLoss(reduction="sum")
    epoch_loss = 0.0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    return epoch_loss / len(loader)
""",
            at="epoch_loss += «loss»",
            factor="b",
            fixed="""\
import torch


def train(model, loader, optimizer, device):
    criterion = torch.nn.CrossEntropyLoss(reduction="sum")
    epoch_loss = 0.0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        epoch_loss += loss.item()
    return epoch_loss / len(loader.dataset)
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each addition whose sum and divisor count different things."""
        seen: set[int] = set()
        for report in analysis.reports:
            if report.verdict is not Verdict.BATCH_SIZE or not report.value.certain:
                continue
            if self._is_divided_mean(report):
                yield self._shown(analysis, report)
            for add in report.adds if self._is_mean(report) else ():
                if id(add.statement) not in seen and add.value.reduction is not None:
                    seen.add(id(add.statement))
                    yield self._finding(analysis, report, add)

    def _is_divided_mean(self, report: Report) -> bool:
        """The loss of one micro-batch, a mean already, is shown divided by the batch size once more."""
        shown = not report.adds and report.sink.how in ("log", "store") and report.value.reduction == "mean"
        return shown and report.scale.exponent("b") < 0

    def _shown(self, analysis: Analysis, report: Report) -> Finding:
        operand, name = report.sink.operand, window_name(analysis, report.value)
        factor = report.scale / LOSS
        return self.finding(
            analysis.span(operand),
            f"`{analysis.text(operand)}` shows the mean loss{factor_in_words(factor, name, 'the batch size')}",
            label="is a mean over the batch, divided by the batch size again",
            labels=tuple(labels_of_loss(analysis, report.value, operand)),
            arithmetic=f"mean over the batch{factor_in_words(factor * B, name)} ÷ batch size"
            f" = mean{factor_in_words(factor, name)}",
            help="show the mean as it is" if factor == B**-1 else "show the undivided mean as it is",
            factor=report.factor,
        )

    def _is_mean(self, report: Report) -> bool:
        return bool(report.divisors) or report.is_mean_kind

    def _finding(self, analysis: Analysis, report: Report, add: Add) -> Finding:
        low = report.scale.exponent("b") < 0
        name, factor = window_name(analysis, add.value), report.scale / LOSS
        summed = "mean" if low else "sum"
        rest, (_, many) = factor_in_words(self._beside(add, low), name), how_often(analysis, add)
        by = divided_in_words(report, name) or f" ÷ {many}"
        return self.finding(
            analysis.span(add.leaf or add.operand),
            f"`{report.metric}` reports the mean loss{factor_in_words(factor, name, 'the batch size')}",
            *self._candidates(analysis, report, add, low),
            label=f"adds a {summed} over the batch{rest}",
            labels=(*labels_of_add(analysis, add), *labels_of_report(analysis, report, name)),
            arithmetic=f"sum over {many} of {summed}s over the batch{rest}{by} = mean{factor_in_words(factor, name)}",
            help=self._help(report, name),
            metric=report.metric,
            factor=report.factor,
        )

    def _beside(self, add: Add, low: bool) -> Scale:
        """What is added, over the mean or the sum of a batch."""
        return add.value.scale.only("b", "N") / (ONE if low else B)

    def _help(self, report: Report, name: str) -> str:
        """The count that makes a mean of what is summed."""
        divisor = self._divisor(report)
        total = report.scale / LOSS * divisor.scale if divisor is not None else UNKNOWN
        if not total.known:
            return MEANS
        is_window = not set(total.names()) - {"N", "b"}
        counts = {
            (0, 0): "the number of micro-batches",
            (-1, 0): "the number of optimizer steps",
            (0, 1): "the number of samples",
            (-1, 1): f"the number of samples / {name}",
        }
        count = counts.get((total.exponent("N") - is_window, total.exponent("b")))
        return f"divide by {count}" if count else MEANS

    def _divisor(self, report: Report) -> Divisor | None:
        return next((each for each in reversed(report.divisors) if each.power < 0), None)

    def _candidates(self, analysis: Analysis, report: Report, add: Add, low: bool) -> Iterator[Candidate]:
        undivided = numerator_only(analysis, add) if low else None
        if undivided is not None:
            yield safe("leave out the division", undivided)
        target = self._target(analysis, add)
        if low and target is not None:
            end = analysis.span(add.operand).end
            weight = f"{target}.size(0)"
            yield safe(f"weigh with the batch size, {weight}", Edit(Span(end, end), f" * {weight}"))
        divisor = self._divisor(report)
        if divisor is not None:
            for content in self._counts(analysis, report, divisor, low):
                yield safe(f"divide by {content}", Edit(analysis.span(divisor.node), content))

    def _target(self, analysis: Analysis, add: Add) -> str | None:
        """The part of the batch that the criterion itself is given, which is a tensor then."""
        if add.operand is not add.leaf and "(" not in analysis.text(add.operand):
            return None
        calls = " ".join(analysis.text(birth.node) for birth in add.value.births)
        given = [name for name in add.batch if re.search(rf"\b{name}\b(?![\[.\w])", calls)]
        return max(given, key=lambda name: calls.rfind(name), default=None)

    def _counts(self, analysis: Analysis, report: Report, divisor: Divisor, low: bool) -> Iterator[str]:
        """Ways to say the other count: the length of the other thing, or a counter that is there."""
        text = analysis.text(divisor.node)
        length = re.fullmatch(r"len\((.+?)(\.dataset|\.sampler)?\)", text)
        if length is not None and bool(length[2]) is low:
            yield f"len({length[1]})" if low else f"len({length[1]}.dataset)"
        yield from (name for name, _ in report.sink.counters if name != text)
