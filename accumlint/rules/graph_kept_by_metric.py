"""ACC101: a metric keeps the autograd graph of every loss it was given."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from accumlint.diagnostic import Edit, Severity, Span
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.flow.state import MEAN
from accumlint.flow.tree import descendants
from accumlint.flow.value import Add
from accumlint.rule import Candidate, Finding, Invalid, Proof, Rule, Valid, safe
from accumlint.story import labels_of_add


class GraphKeptByMetric(Rule):
    """A metric keeps the autograd graph of every loss it was given.

    ## What it does

    Finds losses with autograd history that are summed or stored across iterations and never backpropagated
    from there.

    ## Why it matters

    The sum refers to every loss in it, and each loss to its graph. Where nobody runs backward on them (an
    evaluation without ``no_grad``, a second loss that is only watched) the activations of all batches stay
    in memory: the loop runs out of memory after a number of batches that has nothing to do with the batch
    size. Where a backward freed the activations, the nodes of the graph still pile up, and each epoch is a
    little slower and larger.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer):
        watched = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            watched += loss
        return watched / len(loader)
    ```

    ## Use instead

    ```python
    def train(model, loader, criterion, optimizer):
        watched = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            watched += loss.detach()
        return watched / len(loader)
    ```

    ## Fix safety

    Safe: ``.detach()`` has the same value on the same device, so nothing that is done with the metric later
    changes, and nobody waits for the device. ``.item()`` would make a number of a tensor, which a later
    ``.item()`` would not survive.

    ## When it stays silent

    It is silent where the sum is backpropagated (time steps, tasks, chunks, a window of losses, also after a
    return), under ``no_grad`` and ``inference_mode``, where a helper returns a detached loss, and where the
    sum lives for one window only and is set back. It is an error where no backward ever frees the graph.
    """

    code = "ACC101"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
def train(model, sequences, criterion, optimizer):
    for sequence in sequences:
        hidden, loss = None, 0.0
        for x, y in sequence:
            output, hidden = model(x, hidden)
            loss = loss + criterion(output, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
""",
            "backpropagation through time: the sum is what is backpropagated",
        ),
        Valid(
            """\
import torch


@torch.no_grad()
def evaluate(model, loader, criterion):
    total = 0.0
    for x, y in loader:
        total += criterion(model(x), y)
    return total / len(loader)


def train(model, loader, criterion, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    return evaluate(model, loader, criterion)
""",
            "no history under no_grad",
        ),
        Valid(
            """\
def one_step(model, x, y, criterion, optimizer):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.detach()


def train(model, loader, criterion, optimizer):
    total = 0.0
    for x, y in loader:
        total += one_step(model, x, y, criterion, optimizer)
    return total / len(loader)
""",
            "the helper detaches",
        ),
        Valid(
            """\
def train(model, loader, criterions, optimizer):
    for x, targets in loader:
        optimizer.zero_grad()
        losses = []
        for criterion, y in zip(criterions, targets):
            losses.append(criterion(model(x), y))
        sum(losses).backward()
        optimizer.step()
""",
            "losses of several tasks are collected to be backpropagated together",
        ),
        Valid(
            """\
def train(generator, critic, loader, optimizer_g, optimizer_d):
    for real, noise in loader:
        fake = generator(noise)
        loss_d = critic(fake.detach()).mean() - critic(real).mean()
        optimizer_d.zero_grad()
        loss_d.backward()
        optimizer_d.step()
        loss_g = -critic(fake).mean()
        optimizer_g.zero_grad()
        loss_g.backward()
        optimizer_g.step()
        print("loss", loss_d.item() + loss_g.item())
""",
            "a pair of losses, each backpropagated, nothing kept",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    window = 0.0
    for i, (x, y) in enumerate(loader):
        window = window + criterion(model(x), y)
        if (i + 1) % accum_steps == 0:
            (window / accum_steps).backward()
            optimizer.step()
            optimizer.zero_grad()
            window = 0.0
""",
            "the tensor sum of a window is backpropagated at its end, as intended",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss
    return total / len(loader)
""",
            at="total += «loss»",
            severity=Severity.WARNING,
            fixed="""\
def train(model, loader, criterion, optimizer):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total / len(loader)
""",
            why="backward frees the activations, the graph's nodes stay",
        ),
        Invalid(
            """\
import torch.nn.functional as F


def train(model, loader, criterion, auxiliary, optimizer):
    watched = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        watched += F.mse_loss(auxiliary(x), y)
    return watched / len(loader)
""",
            at="watched += «F.mse_loss(auxiliary(x), y)»",
            fixed="""\
import torch.nn.functional as F


def train(model, loader, criterion, auxiliary, optimizer):
    watched = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        watched += F.mse_loss(auxiliary(x), y).detach()
    return watched / len(loader)
""",
            why="nobody runs backward on what is watched",
        ),
        Invalid(
            """\
import torch


def train(model, loader, criterion, optimizer):
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return torch.stack(losses).mean().item()
""",
            at="append(«loss»)",
            severity=Severity.WARNING,
            fixed="""\
import torch


def train(model, loader, criterion, optimizer):
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).mean().item()
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each addition of a loss with history to something that outlives the optimizer's steps."""
        seen: set[int] = set()
        for add in analysis.adds:
            if add.statement in analysis.trained or id(add.statement) in seen or add.kind == "mean":
                continue
            if self._keeps_graph(analysis, add):
                seen.add(id(add.statement))
                yield self._finding(analysis, add)

    def _keeps_graph(self, analysis: Analysis, add: Add) -> bool:
        if not add.value.history or not self._is_certain(analysis, add) or self._is_kept_to_train(analysis, add):
            return False
        return self._outlives_steps(analysis, add) or self._is_evaluation(analysis, add)

    def _is_kept_to_train(self, analysis: Analysis, add: Add) -> bool:
        """What is made of it later is backpropagated: the terms of a loss that is built step by step."""
        later = [event for event in analysis.backwards_of(add.value) if event.order > add.order]
        same = (add.value.origin, (MEAN, add.value.origin))
        return any(event.value is not None and event.value.origin not in same for event in later)

    def _outlives_steps(self, analysis: Analysis, add: Add) -> bool:
        """The optimizer steps while the accumulator lives, so nobody can run backward on it any more."""
        return add.starts is not None and any(
            loop not in add.starts.frames and any(loop in step.context.frames for step in self._steps(analysis))
            for loop in add.context.loops
        )

    def _is_evaluation(self, analysis: Analysis, add: Add) -> bool:
        """Summed over batches in a function that evaluates the model, while another one trains it."""
        loops = add.context.loops
        if add.starts is None or not loops or loops[-1] in add.starts.frames:
            return False
        evaluates = add.function is not None and ".eval()" in analysis.text(add.function)
        return evaluates and self._is_of_criterion(add) and not analysis.backwards_of(add.value)

    def _is_certain(self, analysis: Analysis, add: Add) -> bool:
        """The number is a loss as it was born, not what a helper that may detach made of it."""
        born = any(birth.node is add.operand for birth in add.value.births)
        is_loss = add.value.scale.known and add.value.scale.exponent("ℓ") == 1
        return (is_loss or self._is_of_criterion(add)) and (born or self._is_scaled(add.operand, add.leaf))

    def _is_scaled(self, operand: cst.BaseExpression, leaf: cst.BaseExpression | None) -> bool:
        """The loss, or the loss times something: no call is in between that might detach it."""
        while operand is not leaf and isinstance(operand, cst.BinaryOperation):
            in_left = any(part is leaf for part in descendants(operand.left))
            operand = operand.left if in_left else operand.right
        return operand is leaf

    def _is_of_criterion(self, add: Add) -> bool:
        """A known criterion made it; a plain sum may be one of correct answers."""
        return add.value.reduction in ("mean", "token mean")

    def _steps(self, analysis: Analysis) -> list[Event]:
        return [event for event in analysis.events if event.kind is Kind.OPTIMIZER_STEP]

    def _finding(self, analysis: Analysis, add: Add) -> Finding:
        backwards = analysis.backwards_of(add.value)
        freed = bool(backwards) and not all(event.keeps_graph for event in backwards)
        shown = add.leaf or add.operand
        metric = analysis.text(add.target) if add.target is not None else add.metric[1]
        span = analysis.span(shown)
        kept = "the nodes of its graph" if freed else "its whole graph, activations included"
        return self.finding(
            span,
            f"`{metric}` keeps the graph of every loss it is given",
            *self._candidates(add, span),
            severity=Severity.WARNING if freed else Severity.ERROR,
            label=f"keeps {kept}",
            labels=tuple(labels_of_add(analysis, add)),
            help="keep the value only: `.detach()`, or `.item()` where a number will do",
            metric=metric,
        )

    def _candidates(self, add: Add, span: Span) -> Iterator[Candidate]:
        if not add.value.optional:  # None has nothing to detach
            yield safe("detach what is kept", Edit(Span(span.end, span.end), ".detach()"), proof=Proof.FINDING_GONE)
