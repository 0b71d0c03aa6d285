"""What the analysis knows of one text, in the terms in which rules ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.diagnostic import Span
from accumlint.flow.context import Loop
from accumlint.flow.events import Event, Kind, Sink, Test
from accumlint.flow.learn import learn
from accumlint.flow.machine import PASSES, Machine
from accumlint.flow.names import suggests_criterion
from accumlint.flow.program import Program, is_elided
from accumlint.flow.roots import walk
from accumlint.flow.spans import Spans
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants, names_in
from accumlint.flow.value import Add, Division, Divisor, Number, Place
from accumlint.scale import LOSS, ONE, N, Scale
from accumlint.source import Source

if TYPE_CHECKING:
    from accumlint.flow.project import Project


class Verdict(Enum):
    """What a reported number is, beside the mean loss of a sample."""

    RIGHT = "right"
    HIGH = "N times too high"
    LOW = "N times too low"
    TOTAL = "an undivided total"
    BATCH_SIZE = "off by the batch size"
    SCALED = "multiplied by the AMP scale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Report:
    """A number that leaves the loop, and what it is worth."""

    sink: Sink
    verdict: Verdict
    metric: str | None
    """The accumulator's source text; None when the number of a single micro-batch leaves."""

    @property
    def value(self) -> Number:
        return self.sink.value

    @property
    def scale(self) -> Scale:
        return self.sink.value.scale

    @property
    def adds(self) -> tuple[Add, ...]:
        return self.sink.value.adds

    @property
    def divisors(self) -> tuple[Divisor, ...]:
        return self.sink.value.divisors

    @property
    def factor(self) -> str | None:
        """What the report is, over the mean loss: ``N``, ``1/N``, ``b`` …; None where counts of two things are left."""
        counts = [name for name in self.scale.names() if name.startswith("m@")]
        return str(self.scale / LOSS) if len(counts) < 2 else None

    @property
    def error(self) -> Scale:
        """What the report is over the mean loss, if the data stay: then an epoch has N times the micro-batches."""
        error = self.scale / LOSS
        for name in self.scale.names():
            if name.startswith("m@"):
                error = error.renamed(name, N)
        return error

    @property
    def is_right(self) -> bool:
        return self.verdict is Verdict.RIGHT

    @property
    def is_unknown(self) -> bool:
        return self.verdict is Verdict.UNKNOWN

    @property
    def is_mean_kind(self) -> bool:
        """What leaves was averaged by a meter, a list mean or a moving average."""
        return any(add.kind != "sum" for add in self.adds)


@dataclass(frozen=True, eq=False)
class Metric:
    """An accumulator of losses: where it is added to, and where it leaves."""

    text: str
    place: Place
    adds: tuple[Add, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True, eq=False)
class TrainingLoop:
    """A loop that runs backward, and everything that happens in it."""

    node: cst.CSTNode
    function: cst.CSTNode
    frame: Loop
    events: tuple[Event, ...]
    tests: tuple[Test, ...]

    def of_kind(self, kind: Kind) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.kind is kind)

    @property
    def backwards(self) -> tuple[Event, ...]:
        return self.of_kind(Kind.BACKWARD)

    @property
    def steps(self) -> tuple[Event, ...]:
        return self.of_kind(Kind.OPTIMIZER_STEP)


@dataclass(frozen=True)
class FlowOptions:
    """What configuration tells the analysis."""

    accumulation_names: frozenset[str] = frozenset()
    meters: frozenset[str] = frozenset()


@dataclass(eq=False)
class Analysis:
    """Everything that was inferred from one text."""

    source: Source
    module: cst.Module
    events: tuple[Event, ...]
    tests: tuple[Test, ...]
    adds: tuple[Add, ...]
    reports: tuple[Report, ...]
    losses: frozenset[object]
    screened: str = ""
    """The text as it was parsed, with what cannot matter elided; offsets are those of the source."""
    _reveals: tuple[tuple[cst.CSTNode, Scale], ...] = ()
    counted: tuple[Add, ...] = ()
    """Additions to places that no loss is part of: counters."""
    trained: frozenset[cst.CSTNode] = frozenset()
    """Additions to what is backpropagated: that is a loss made of terms, wherever it is kept."""
    alone: bool = True
    """No other file was walked with it."""
    _spans: Spans | None = field(default=None, repr=False)

    @property
    def spans(self) -> Spans:
        if self._spans is None:
            self._spans = Spans(self.module, self.screened or self.source.text)
        return self._spans

    def span(self, node: cst.CSTNode) -> Span:
        return self.spans.of(node)

    @cached_property
    def _own_nodes(self) -> frozenset[int]:
        return frozenset(id(node) for node in descendants(self.module))

    def is_here(self, node: cst.CSTNode) -> bool:
        """The node stands in this text, and not in another file that was walked with it."""
        return id(node) in self._own_nodes

    def only_here(self) -> Analysis:
        """Without what happens in other files; their reports stay where they report a sum of ours."""
        return replace(
            self,
            events=tuple(event for event in self.events if self.is_here(event.node)),
            tests=tuple(test for test in self.tests if self.is_here(test.node)),
            adds=tuple(add for add in self.adds if self.is_here(add.statement)),
            reports=tuple(report for report in self.reports if self._concerns(report)),
        )

    def _concerns(self, report: Report) -> bool:
        return self.is_here(report.sink.node) or any(self.is_here(add.statement) for add in _all_causes(report))

    def escaping_functions(self) -> frozenset[str]:
        """Functions and methods that return a sum of losses that nobody here divides."""
        names = set()
        for report in self.reports:
            undivided = report.sink.how == "return" and report.adds and not report.divisors
            if undivided and not report.is_right and isinstance(report.sink.function, cst.FunctionDef):
                names.add(report.sink.function.name.value)
        return frozenset(names)

    def text(self, node: cst.CSTNode) -> str:
        """A node as the source spells it."""
        span = self.span(node)
        return self.source.text[span.start : span.end]

    @property
    def reveals(self) -> list[tuple[int, str]]:
        """Rows and scales of ``reveal_scale(x)`` calls."""
        return [(self.source.location(self.span(node).start).row, str(scale)) for node, scale in self._reveals]

    def is_loss(self, number: Number) -> bool:
        """True when the number was made of something that is backpropagated."""
        return any(birth.key in self.losses for birth in number.births)

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        by_place: dict[Place, list[Add]] = {}
        for add in self.adds:
            if self.is_loss(add.value) and add.statement not in self.trained:
                by_place.setdefault(add.metric, []).append(add)
        return tuple(self._metric(place, adds) for place, adds in by_place.items())

    def _metric(self, place: Place, adds: list[Add]) -> Metric:
        statements = {id(add.statement) for add in adds}
        reports = tuple(r for r in self.reports if any(id(add.statement) in statements for add in r.adds))
        target = adds[0].target
        return Metric(self.code(target) if target is not None else place[1], place, tuple(adds), reports)

    def code(self, node: cst.CSTNode) -> str:
        """A node's code without asking for positions."""
        return self.module.code_for_node(node)

    def reports_of(self, metric: str | None, span: Span | None = None) -> tuple[Report, ...]:
        """The reports of the accumulator with this source text that is added to in the function around a span.

        Without an accumulator: those of the number of one micro-batch that leaves at the span.
        """
        return tuple(
            report
            for report in self.reports
            if report.metric == metric and (span is None or self._is_fed_around(report, span))
        )

    def _is_fed_around(self, report: Report, span: Span) -> bool:
        if not report.adds:
            return self.span(report.sink.node).overlaps(span)
        functions = {id(add.function): add.function for add in report.adds if add.function is not None}
        return not functions or any(
            isinstance(function, cst.Module) or self.span(function).contains(span) for function in functions.values()
        )

    def divisions_of(self, number: Number) -> tuple[Event, ...]:
        """Where the loss behind this number is divided by N."""
        keys = {birth.key for birth in number.births}
        return tuple(
            event
            for event in self.events
            if event.kind is Kind.DIVIDE
            and event.before is not None
            and event.value is not None
            and event.value.scale.known
            and event.value.scale.exponent("N") == -1
            and keys & {birth.key for birth in event.before.births}
        )

    def backwards_of(self, number: Number) -> tuple[Event, ...]:
        """Where (some scaling of) the loss behind this number is backpropagated."""
        keys = {birth.key for birth in number.births}
        return tuple(
            event
            for event in self.events
            if event.kind is Kind.BACKWARD
            and event.value is not None
            and keys & {birth.key for birth in event.value.births}
        )

    def is_accumulated(self, number: Number) -> bool:
        """The loss behind this number is divided by N for its backward pass, by the script or by a library."""
        by_library = (event.framework_divides != ONE for event in self.backwards_of(number))
        return bool(self.divisions_of(number)) or any(by_library)

    def is_of_criterion(self, number: Number) -> bool:
        """A criterion made it, by what is known of it or by its name, and no function that may divide."""
        calls = [birth.node.func for birth in number.births if isinstance(birth.node, cst.Call)]
        named = bool(calls) and all(suggests_criterion(dotted(call).rpartition(".")[2]) for call in calls)
        return number.reduction is not None or named

    def divides(self, division: Division) -> bool:
        """The loss is divided by what is called N (``/ N``), and not multiplied with ``inverse``."""
        return not division.inverse

    def n_of(self, event: Event) -> cst.BaseExpression | None:
        """What is called N in a division."""
        return event.value.divisions[-1].by if event.value is not None and event.value.divisions else event.by

    def divides_by_name(self, event: Event) -> bool:
        """The event divides by N as it is called, and does not multiply with a reciprocal."""
        return event.value is None or not event.value.divisions or self.divides(event.value.divisions[-1])

    def has_divided_report(self, add: Add) -> bool:
        """The sum is also reported divided by something: that report is its meaning."""
        return any(report.divisors and add in report.adds for report in self.reports)

    def causes(self, report: Report) -> tuple[Add, ...]:
        """The additions of single losses behind a report: what a sum of sums was made of at first."""
        return tuple(cause for cause in dict.fromkeys(_all_causes(report)) if self.is_here(cause.statement))

    def shares_memory_of_divided(self, leaving: Add | Sink) -> bool:
        """What is added or leaves was divided behind its back, in place and under another name."""
        return any(
            (leaving.source == place and event.order < leaving.order)
            or (isinstance(leaving, Add) and leaving.metric == place)
            for event in self.events
            if event.kind is Kind.DIVIDE
            for place, _ in event.aliases
        )

    def ignoring(self, function: str, parameter: str) -> Iterator[cst.FunctionDef]:
        """Functions of this name that take a parameter and never read it."""
        if function not in self.source.text:
            return
        for found in descendants(self.module):
            if isinstance(found, cst.FunctionDef) and found.name.value == function and not is_elided(found):
                taken = {part.name.value for part in descendants(found.params) if isinstance(part, cst.Param)}
                if parameter in taken - names_in(found.body):
                    yield found

    def resets_of(self, place: Place) -> tuple[Event, ...]:
        """Where a place is set to zero."""
        return tuple(e for e in self.events if e.kind is Kind.RESET and e.operand_place == place)

    def steps_of(self, add: Add) -> tuple[Event, ...]:
        """The optimizer steps in the function that adds."""
        return tuple(e for e in self.events if e.kind is Kind.OPTIMIZER_STEP and e.function is add.function)

    def is_handed_by_several(self, place: Add | Sink) -> bool:
        """``def log(name, value)`` shows what several callers hand it, of which one had divided."""
        function, leaf = place.function, place.leaf
        if not isinstance(function, cst.FunctionDef) or not isinstance(leaf, cst.Name):
            return False
        parameters = (*function.params.posonly_params, *function.params.params, *function.params.kwonly_params)
        elsewhere = all(division.function is not function for division in place.value.divisions)
        if not elsewhere or not any(each.name.value == leaf.value for each in parameters):
            return False
        return len(re.findall(rf"(?<!def )\b{re.escape(function.name.value)}\s*\(", self.source.text)) > 1

    def is_plain_pattern(self, add: Add) -> bool:
        """``s += raw`` of the very variable that was divided, after the backward on the divided one."""
        if add.kind != "sum" or add.source is None:
            return False
        if add.value.divisions:
            return False
        divided = [event for event in self.divisions_of(add.value) if event.operand_place == add.source]
        ran = [event for event in self.backwards_of(add.value) if event.order < add.order]
        return bool(divided and ran) and add.value.scale.known and add.value.scale.exponent("N") == 0

    @cached_property
    def loops(self) -> tuple[TrainingLoop, ...]:
        loops: dict[int, TrainingLoop] = {}
        for event in self.events:
            if event.kind is Kind.BACKWARD and event.context.innermost_loop is not None:
                frame = event.context.innermost_loop
                if id(frame.node) not in loops:
                    inside = tuple(e for e in self.events if e.context.within(frame.node))
                    tests = tuple(t for t in self.tests if t.context.within(frame.node))
                    loops[id(frame.node)] = TrainingLoop(frame.node, event.function, frame, inside, tests)
        return tuple(loops.values())

    @cached_property
    def window(self) -> cst.BaseExpression | None:
        """The expression that says N, as the division or the step guard spells it."""
        for event in self.events:
            if event.kind is Kind.DIVIDE and event.by is not None and self.divides_by_name(event):
                return self.n_of(event)
        for test in self.tests:
            if test.modulus is None or not self.is_here(test.modulus):
                continue
            if test.fraction.known and test.fraction.exponent("N") == -1:
                return test.modulus
        inner = (loop for event in self.events for loop in event.context.loops if loop.count == N)
        return next((loop.bound for loop in inner if loop.bound is not None and self.is_here(loop.bound)), None)


def analyze_module(
    source: Source,
    module: cst.Module,
    options: FlowOptions,
    screened: str = "",
    project: Project | None = None,
) -> Analysis:
    """Run the machine to its fixed point and collect what it saw.

    Where a sum of losses leaves undivided, the files that call are walked as well: they may divide it.
    """
    program = Program.of(module, source.path)
    analysis = _settled(source, program, options, screened, project, ())
    escaping = analysis.escaping_functions() if project is not None else frozenset()
    callers = list(project.callers(source.path, escaping)) if project is not None and escaping else []
    if not callers:
        return analysis
    return _settled(source, program, options, screened, project, callers)


def _settled(
    source: Source,
    program: Program,
    options: FlowOptions,
    screened: str,
    project: Project | None,
    callers: Sequence[Program],
) -> Analysis:
    machine = Machine(program, options.accumulation_names, project, options.meters)
    for caller in callers:
        machine.adopt(caller)
        machine.callers.add(caller.path)
    carried = False
    for turn in range(PASSES):
        if turn:
            machine.begin_pass()
        before = machine.settle()
        walk(machine, callers)
        if turn == 0:
            first = {id(test.node): test for test in machine.tests}
        learn(machine)
        if not (machine.beliefs.losses or machine.reveals):
            break  # nothing runs backward: there is no loss to follow
        settled = machine.settle() == before
        if turn >= 2 and settled and carried:
            break
        carried = settled
        if not settled:
            machine.forget_carried()
    tests = tuple(_with_first(test, first.get(id(test.node))) for test in machine.tests)
    losses = frozenset(machine.beliefs.losses)
    trained, counts = frozenset(machine.beliefs.trained), frozenset(machine.beliefs.counts)
    reports = tuple(_reports(machine.sinks, losses, program.module, trained, counts))
    analysis = Analysis(
        source,
        program.module,
        tuple(machine.events),
        tests,
        tuple(machine.adds),
        reports,
        losses,
        screened,
        tuple(machine.reveals),
        tuple(machine.counted),
        trained,
        alone=not callers and machine.prepared == {program.path},
    )
    return analysis if analysis.alone else analysis.only_here()


def _all_causes(report: Report) -> Iterator[Add]:
    for add in report.adds:
        yield from _causes(add)


def _causes(add: Add) -> Iterator[Add]:
    if not add.value.adds:
        yield add
    for inner in add.value.adds:
        yield from _causes(inner)


def _with_first(test: Test, first: Test | None) -> Test:
    return replace(test, first=first.first) if first is not None else test


def _reports(
    sinks: Iterable[Sink],
    losses: frozenset[object],
    module: cst.Module,
    trained: frozenset[cst.CSTNode],
    counts: frozenset[str],
) -> Iterator[Report]:
    for sink in sinks:
        if not any(birth.key in losses for birth in sink.value.births):
            continue
        if sink.how == "store" and trained.intersection(add.statement for add in sink.value.adds):
            continue
        target = next((add.target for add in sink.value.adds if add.target is not None), None)
        text = module.code_for_node(target) if target is not None else None
        yield Report(sink, verdict(sink.value.scale, counts), text)


def verdict(scale: Scale, intervals: frozenset[str] = frozenset()) -> Verdict:
    """Compare a reported scale with ℓ, the mean loss of a sample: its exponent of N is e = a - c + d.

    ``intervals`` are names of other counts, such as a log interval of K optimizer steps: ``ℓ·N·K`` is a total.
    """
    if not scale.known or scale.exponent("ℓ") != 1:
        return Verdict.UNKNOWN
    counts = {name: power for name, power in scale.factors or () if name.startswith("m@")}
    others = [name for name in scale.names() if name not in ("ℓ", "N", "b", "S") and name not in counts]
    if len(others) == 1 and others[0] in intervals and scale == LOSS * N * Scale.of(others[0]):
        return Verdict.TOTAL
    if others or any("@" in name and not name.startswith("m@") for name in scale.names()):
        return Verdict.UNKNOWN
    a, b, s, m = scale.exponent("N"), scale.exponent("b"), scale.exponent("S"), sum(counts.values())
    if s and not (a or b or counts):
        return Verdict.SCALED
    if len(counts) > 1 or abs(m) > 1 or s:
        return Verdict.SCALED if s == 1 else Verdict.UNKNOWN
    if m == 1 and not b:
        return Verdict.TOTAL
    if m:
        return Verdict.UNKNOWN
    if b:
        return Verdict.BATCH_SIZE
    if a:
        return Verdict.HIGH if a > 0 else Verdict.LOW
    return Verdict.RIGHT


__all__ = ["Analysis", "Division", "FlowOptions", "Metric", "Report", "TrainingLoop", "Verdict", "analyze_module"]
