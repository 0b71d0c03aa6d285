"""ACC202: the script divides the loss by N, and the library it gives the loss to divides again."""

from __future__ import annotations

from collections.abc import Iterator

from accumlint.diagnostic import Applicability, Edit, Label, Severity
from accumlint.flow import Analysis
from accumlint.flow.events import Event, Kind
from accumlint.flow.value import Division
from accumlint.rebinding import without_rebinding
from accumlint.rule import Candidate, Finding, Invalid, Rule, Valid, unsafe
from accumlint.scale import N


class DoubleDivision(Rule):
    """The script divides the loss by N, and the library it gives the loss to divides again.

    ## What it does

    Finds losses that are divided by the accumulation count and then given to a ``backward`` that divides by
    it on its own: that of an ``Accelerator`` built with ``gradient_accumulation_steps``, or of a DeepSpeed
    engine.

    ## Why it matters

    The gradients are N times too small. Adam hides it, as it rescales them, until clipping, weight decay or
    the epsilon of the denominator bring it out; SGD learns N times slower.

    ## Example

    ```python
    from accelerate import Accelerator


    def train(model, loader, criterion, optimizer, accum_steps):
        accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
        model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
        for x, y in loader:
            with accelerator.accumulate(model):
                loss = criterion(model(x), y) / accum_steps
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Use instead

    ```python
    from accelerate import Accelerator


    def train(model, loader, criterion, optimizer, accum_steps):
        accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
        model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
        for x, y in loader:
            with accelerator.accumulate(model):
                loss = criterion(model(x), y)
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
    ```

    ## Fix safety

    Unsafe: the gradients become N times larger, as they should have been; a learning rate tuned to the small
    ones may be too high. Where the divided loss is reported as well, that report changes with it. There is no fix
    where the same loss also goes to a backward that does not divide.

    ## When it stays silent

    It is silent where the object is built elsewhere and its N is not known, where the ``Accelerator`` was
    not told N (it then divides by 1), where DeepSpeed is told ``scale_wrt_gas=False``, and for
    ``Fabric.backward`` and ``manual_backward``, which never divide.
    """

    code = "ACC202"
    severity = Severity.ERROR

    VALID = (
        Valid(
            """\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, accum_steps):
    accelerator = Accelerator()
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        accelerator.backward(loss)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "the Accelerator was not told N and does not divide",
        ),
        Valid(
            """\
from lightning.fabric import Fabric


def train(model, loader, criterion, optimizer, accum_steps):
    fabric = Fabric()
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        fabric.backward(loss)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "Fabric does not divide",
        ),
        Valid(
            """\
def train(accelerator, model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        accelerator.backward(loss)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            "how the accelerator was built is not in sight",
        ),
        Valid(
            """\
import deepspeed


def train(model, loader, criterion, config):
    engine, optimizer, _, _ = deepspeed.initialize(model=model, config=config)
    for x, y in loader:
        loss = criterion(engine(x), y)
        engine.backward(loss)
        engine.step()
""",
            "only the engine divides",
        ),
    )

    INVALID = (
        Invalid(
            """\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = criterion(model(x), y) / accum_steps
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
""",
            at="criterion(model(x), y) / accum_steps",
            factor="1/N",
            applicability=Applicability.UNSAFE,
            fixed="""\
from accelerate import Accelerator


def train(model, loader, criterion, optimizer, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = criterion(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
from accelerate import Accelerator


def train(model, loader, optimizer, args):
    accelerator = Accelerator(gradient_accumulation_steps=args.gradient_accumulation_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for step, batch in enumerate(loader):
        loss = model(**batch).loss
        loss = loss / args.gradient_accumulation_steps
        accelerator.backward(loss)
        if (step + 1) % args.gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
            at="loss / args.gradient_accumulation_steps",
            factor="1/N",
            applicability=Applicability.UNSAFE,
            fixed="""\
from accelerate import Accelerator


def train(model, loader, optimizer, args):
    accelerator = Accelerator(gradient_accumulation_steps=args.gradient_accumulation_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for step, batch in enumerate(loader):
        loss = model(**batch).loss
        accelerator.backward(loss)
        if (step + 1) % args.gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
""",
        ),
        Invalid(
            """\
import deepspeed


def train(model, loader, criterion, config, accum_steps):
    engine, optimizer, _, _ = deepspeed.initialize(model=model, config=config)
    for x, y in loader:
        loss = criterion(engine(x), y)
        engine.backward(loss / engine.gradient_accumulation_steps())
        engine.step()
""",
            at="loss / engine.gradient_accumulation_steps()",
            factor="1/N",
            applicability=Applicability.UNSAFE,
            fixed="""\
import deepspeed


def train(model, loader, criterion, config, accum_steps):
    engine, optimizer, _, _ = deepspeed.initialize(model=model, config=config)
    for x, y in loader:
        loss = criterion(engine(x), y)
        engine.backward(loss)
        engine.step()
""",
        ),
    )

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Each division whose result is given to a backward that divides by N itself."""
        seen: set[int] = set()
        for event in analysis.events:
            if event.kind is Kind.BACKWARD and event.framework_divides == N and event.framework_known:
                division = self._division(event)
                if division is not None and id(division.node) not in seen:
                    seen.add(id(division.node))
                    yield self._finding(analysis, event, division, _other_backward(analysis, division))

    def _division(self, backward: Event) -> Division | None:
        loss = backward.value
        if loss is None or not loss.scale.known or loss.scale.exponent("N") != -1:
            return None
        return next((each for each in loss.divisions if each.scale == N**-1 and each.by is not None), None)

    def _finding(self, analysis: Analysis, backward: Event, division: Division, other: Event | None) -> Finding:
        assert division.by is not None
        n = analysis.text(division.by)
        labels = [Label(analysis.span(backward.node), f"divides by {n} again")]
        if other is not None:
            labels.append(Label(analysis.span(other.node), "does not"))
        return self.finding(
            analysis.span(division.node),
            f"the loss is divided by {n} twice: here, and by the library's backward",
            *(self._candidates(analysis, division) if other is None else ()),
            label=f"divides by {n}",
            labels=tuple(labels),
            arithmetic=f"loss / {n} / {n}: gradients {n} times too small",
            help="leave the division to the library" if other is None else "divide only where the library does not",
            factor="1/N",
        )

    def _candidates(self, analysis: Analysis, division: Division) -> Iterator[Candidate]:
        span, operand = analysis.span(division.node), analysis.text(division.operand)
        reason = "the gradients become N times larger, and the learning rate was tuned to the smaller ones"
        message = "remove the division"
        for edit in (without_rebinding(analysis, division), Edit(span, operand)):
            if edit is not None:
                yield unsafe(message, edit, reason=reason)


def _other_backward(analysis: Analysis, division: Division) -> Event | None:
    """A backward that is given the same divided loss and leaves it as it is: ``else: loss.backward()``."""
    undivided = (
        event
        for event in analysis.events
        if event.kind is Kind.BACKWARD and event.value is not None and event.framework_divides != N
        if any(each.node is division.node for each in event.value.divisions)
    )
    return next(undivided, None)
