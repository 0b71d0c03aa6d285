"""ACC204: the gradients of a last, partial window are thrown away, or leak into the next epoch."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint.diagnostic import Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Test
from accumlint.rule import Finding, Invalid, Rule, Valid
from accumlint.windows import (
    Window,
    is_cut_to_whole_windows,
    name_of_n,
    restarts_with,
    step_test,
    steps_on_tail,
    windows,
)


class TailWindowDropped(Rule):
    """The gradients of a last, partial window are thrown away, or leak into the next epoch.

    ## What it does

    Finds loops over epochs in which the optimizer steps every N micro-batches of an epoch and nothing is
    done with the micro-batches left when the length of the loader is no multiple of N.

    ## Why it matters

    Where the gradients are cleared at the start of the next epoch, up to N − 1 micro-batches of every epoch
    are computed and never learned from. Where they are not, they are added to the first window of the next
    epoch, whose step is then too large.

    ## Example

    ```python
    def fit(model, loader, criterion, optimizer, epochs, accum_steps):
        for epoch in range(epochs):
            for i, (x, y) in enumerate(loader):
                loss = criterion(model(x), y) / accum_steps
                loss.backward()
                if (i + 1) % accum_steps == 0:
                    optimizer.step()
                    optimizer.zero_grad()
    ```

    ## Use instead

    ```python
    def fit(model, loader, criterion, optimizer, epochs, accum_steps):
        for epoch in range(epochs):
            for i, (x, y) in enumerate(loader):
                loss = criterion(model(x), y) / accum_steps
                loss.backward()
                if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                    optimizer.step()
                    optimizer.zero_grad()
    ```

    ## Fix safety

    None is offered: a step on the last window, and what it should be divided by, is a choice about training.

    ## When it stays silent

    It is silent where the guard also holds at the last micro-batch, where a step after the loop flushes what
    is left, where the counter runs through all epochs so that a window may span two of them, where windows
    are fetched whole, where a library minds the end of the loader (accelerate), and where the loop over
    epochs is not in sight.
    """

    code = "ACC204"
    severity = Severity.WARNING

    VALID = (
        Valid(
            """\
def train(model, loader, criterion, optimizer, epochs, accum_steps):
    pending = 0
    for epoch in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            pending += 1
            if pending == accum_steps:
                optimizer.step()
                optimizer.zero_grad()
                pending = 0
""",
            why="the counter goes on from epoch to epoch, and so does the window",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
""",
            "the guard holds at the last micro-batch",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        if len(loader) % accum_steps != 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "flushed after the loop",
        ),
        Valid(
            """\
def fit(model, loader, criterion, optimizer, epochs, accum_steps):
    seen = 0
    for epoch in range(epochs):
        for x, y in loader:
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            seen += 1
            if seen % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
""",
            "a window may span two epochs",
        ),
        Valid(
            """\
def fit(model, batches, criterion, optimizer, steps, accum_steps):
    for step in range(steps):
        for _ in range(accum_steps):
            x, y = next(batches)
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
""",
            "windows are always whole",
        ),
    )

    INVALID = (
        Invalid(
            """\
def fit(model, loader, criterion, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
""",
            at="(i + 1) % accum_steps == 0",
            why="leaks into the next epoch",
        ),
        Invalid(
            """\
def fit(model, loader, criterion, optimizer, scheduler, args):
    for epoch in range(args.epochs):
        optimizer.zero_grad()
        for batch_index, (x, y) in enumerate(loader, start=1):
            loss = criterion(model(x), y) / args.grad_accum
            loss.backward()
            if batch_index % args.grad_accum == 0:
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
""",
            at="batch_index % args.grad_accum == 0",
            why="cleared at the start of the next epoch",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each guard that counts anew in every epoch and does not hold at its end."""
        seen: set[int] = set()
        for window in windows(analysis):
            test = step_test(analysis, window)
            if test is not None and id(test.node) not in seen and self._drops_tail(analysis, window, test):
                seen.add(id(test.node))
                yield self._finding(analysis, window, test)

    def _drops_tail(self, analysis: Analysis, window: Window, test: Test) -> bool:
        epochs = window.epochs
        if epochs is None or test.tail or window.step.virtual or window.loop.bound is not None:
            return False  # a loop with a bound may well be cut to whole windows
        if is_cut_to_whole_windows(window):
            return False
        return restarts_with(analysis, test, window.loop, epochs) and not steps_on_tail(analysis, window, epochs)

    def _finding(self, analysis: Analysis, window: Window, test: Test) -> Finding:
        n = name_of_n(analysis, window)
        return self.finding(
            analysis.span(test.node),
            f"the last micro-batches of an epoch take no step when their number is no multiple of {n}",
            label="counts anew in every epoch, and does not hold at its end",
            labels=(Label(analysis.span(window.backward.node), "adds their gradients all the same"),),
            help="let the guard hold at the last micro-batch, too, or step once behind the loop",
        )
