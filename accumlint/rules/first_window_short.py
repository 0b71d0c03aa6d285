"""ACC206: the optimizer already steps at the first micro-batch, and all windows are shifted by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from accumlint.diagnostic import Applicability, Edit, Label, Severity, Span
from accumlint.flow import Analysis
from accumlint.flow.events import Test
from accumlint.flow.tree import descendants
from accumlint.rule import Candidate, Finding, Invalid, Rule, Valid, unsafe
from accumlint.windows import Window, name_of_n, step_test, windows


class FirstWindowShort(Rule):
    """The optimizer already steps at the first micro-batch, and all windows are shifted by one.

    ## What it does

    Finds a step guarded by ``i % N == 0`` after the backward, with an ``i`` that counts from zero.

    ## Why it matters

    Zero is a multiple of everything: the first step is taken on one micro-batch, with a gradient divided by
    N. In every epoch the windows are shifted, and the last N − 1 micro-batches wait for a step that comes
    with the next epoch or not at all.

    ## Example

    ```python
    def train(model, loader, criterion, optimizer, accum_steps):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if i % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
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
    ```

    ## Fix safety

    Unsafe: training changes, as the optimizer steps at other micro-batches. Whatever else stands under the
    guard moves with it.

    ## When it stays silent

    It is silent where the counter starts at one (``enumerate(loader, 1)``, incremented before the guard),
    where the step stands before the backward and closes the window before it, where the guard only clears
    gradients, and where the first value of the counter is not known.
    """

    code = "ACC206"
    severity = Severity.WARNING

    VALID = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader, 1):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if i % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "counts from one",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    step = 0
    for x, y in loader:
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        step += 1
        if step % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "incremented before the guard",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if i % accum_steps == accum_steps - 1:
            optimizer.step()
            optimizer.zero_grad()
""",
            "the last micro-batch of each window",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        if i % accum_steps == 0:
            optimizer.zero_grad()
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
""",
            "the guard clears gradients before the window",
        ),
        Valid(
            """\
def train(model, loader, criterion, optimizer, start, accum_steps):
    step = start
    for x, y in loader:
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if step % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        step += 1
""",
            "where the counter starts is not known",
        ),
    )

    INVALID = (
        Invalid(
            """\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if i % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="i % accum_steps == 0",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
def train(model, loader, criterion, optimizer, args):
    batch_no = 0
    for x, y in loader:
        loss = criterion(model(x), y) / args.update_freq
        loss.backward()
        if batch_no % args.update_freq == 0:
            optimizer.step()
            optimizer.zero_grad()
        batch_no += 1
""",
            at="batch_no % args.update_freq == 0",
            applicability=Applicability.UNSAFE,
            fixed="""\
def train(model, loader, criterion, optimizer, args):
    batch_no = 0
    for x, y in loader:
        loss = criterion(model(x), y) / args.update_freq
        loss.backward()
        if (batch_no + 1) % args.update_freq == 0:
            optimizer.step()
            optimizer.zero_grad()
        batch_no += 1
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each step after the backward whose guard already holds in the first iteration."""
        seen: set[int] = set()
        for window in windows(analysis):
            test = step_test(analysis, window)
            if test is None or id(test.node) in seen or window.step.order < window.backward.order:
                continue
            if test.first == 0 and test.remainder == 0 and self._is_whole_condition(test.node, test):
                seen.add(id(test.node))
                yield self._finding(analysis, window, test)

    def _is_whole_condition(self, node: cst.BaseExpression, test: Test) -> bool:
        """``i % N == 0 and i > 0`` does not hold in the first iteration; an ``or`` only adds to it."""
        if not isinstance(node, cst.BooleanOperation):
            return True
        if not test.tail or not isinstance(node.operator, cst.Or):
            return False
        asks = node.left if any(part is test.modulus for part in descendants(node.left)) else node.right
        return self._is_whole_condition(asks, test)

    def _finding(self, analysis: Analysis, window: Window, test: Test) -> Finding:
        n = name_of_n(analysis, window)
        return self.finding(
            analysis.span(test.node),
            "the first optimizer step sees one micro-batch, and all windows are shifted by it",
            *self._candidates(analysis, window, test),
            label="holds in the first iteration, where the counter is 0",
            labels=(Label(analysis.span(window.step.node), "steps on the first micro-batch alone"),),
            arithmetic=f"micro-batches of the windows = 1, {n}, {n} …",
            help=f"step when the number of micro-batches done is a multiple of {n}",
        )

    def _candidates(self, analysis: Analysis, window: Window, test: Test) -> Iterator[Candidate]:
        assert test.modulus is not None
        start, end = analysis.span(test.node).start, analysis.span(test.modulus).start
        counter = re.match(r"(?:not\s+|\()*([A-Za-z_][\w.]*)\s*%\s*$", analysis.source.text[start:end])
        if counter is not None:
            place = Span(start + counter.start(1), start + counter.end(1))
            reason = "training changes: the optimizer steps at other micro-batches"
            yield unsafe("count from one", Edit(place, f"({counter[1]} + 1)"), reason=reason)
