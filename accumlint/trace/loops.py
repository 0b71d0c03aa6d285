"""From the analysis to the trace: which loop an event belongs to, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import libcst as cst

from accumlint.diagnostic import Span
from accumlint.flow import Analysis
from accumlint.flow import Metric as FlowMetric
from accumlint.flow import Report as FlowReport
from accumlint.flow.context import Context, Loop, relative_rate
from accumlint.flow.events import Event, Kind
from accumlint.flow.spelling import loss_leaf
from accumlint.flow.tree import descendants
from accumlint.flow.value import Add, Birth, Divisor, Number
from accumlint.scale import ONE, UNKNOWN, N, Scale, join
from accumlint.trace import model
from accumlint.trace.n import window_of
from accumlint.trace.words import Rates, arithmetic, shortened, unit, why_unknown

HAPPENINGS = (Kind.CLIP, Kind.UNSCALE, Kind.OPTIMIZER_STEP, Kind.ZERO_GRAD, Kind.SCHEDULER_STEP)
_HOW = {"return": "returned", "meter": "fed to a meter", "store": "stored", "history": "kept in a list"}


def trace(analysis: Analysis, row: int | None = None) -> tuple[model.LoopTrace, ...]:
    """Every training loop of a text, in the order of their rows; with a row, the loop around it.

    A row outside of all loops gives the loops of the function around it.
    """
    places = _Places(analysis)
    loops = sorted(_training_loops(analysis), key=lambda loop: analysis.span(loop.loop.node))
    if row is not None:
        loops = _around_row(places, loops, row)
    return tuple(_Tracer(analysis, places, loop, loops).trace() for loop in loops)


@dataclass(frozen=True)
class _TrainingLoop:
    """The loop that is shown, and the loop over the micro-batches of a window inside it."""

    loop: Loop
    around: tuple[Loop, ...]
    inner: Loop | None
    backwards: tuple[Event, ...]

    @property
    def outside(self) -> Context:
        return Context(self.around)


def _training_loops(analysis: Analysis) -> list[_TrainingLoop]:
    """Loops that run backward. Where an inner loop counts a window, the loop around it is the one to show."""
    found: dict[int, _TrainingLoop] = {}
    for event in analysis.events:
        loops = event.context.loops
        if event.kind is not Kind.BACKWARD or not loops:
            continue
        inner = loops[-1] if loops[-1].count == N and len(loops) > 1 else None
        shown = loops[-2] if inner is not None else loops[-1]
        known = found.get(id(shown.node))
        around = loops[: loops.index(shown)]
        before = known.backwards if known is not None else ()
        found[id(shown.node)] = _TrainingLoop(shown, around, inner, (*before, event))
    return list(found.values())


def _around_row(places: _Places, loops: list[_TrainingLoop], row: int) -> list[_TrainingLoop]:
    inside = [loop for loop in loops if places.spans_row(loop.loop.node, row)]
    if inside:
        return inside[-1:]
    return [
        loop
        for loop in loops
        if isinstance(places.function_around(loop.loop.node), cst.FunctionDef)
        and places.spans_row(places.function_around(loop.loop.node), row)
    ]


class _Places:
    """Which function a node stands in, and on which rows."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis

    @cached_property
    def _definitions(self) -> list[tuple[Span, cst.FunctionDef | cst.ClassDef]]:
        nodes = descendants(self._analysis.module)
        found = [node for node in nodes if isinstance(node, (cst.FunctionDef, cst.ClassDef))]
        return [(self._analysis.span(node), node) for node in found]

    def _chain(self, node: cst.CSTNode) -> list[cst.FunctionDef | cst.ClassDef]:
        """The definitions around a node, outermost first; a function is around itself."""
        span = self._analysis.span(node)
        return [definition for around, definition in self._definitions if around.contains(span)]

    def function_around(self, node: cst.CSTNode) -> cst.CSTNode:
        functions = [d for d in self._chain(node) if isinstance(d, cst.FunctionDef)]
        return functions[-1] if functions else self._analysis.module

    def name(self, node: cst.CSTNode) -> str:
        """``Trainer.fit`` for a node in that method; empty at module level."""
        return ".".join(definition.name.value for definition in self._chain(node))

    def spans_row(self, node: cst.CSTNode, row: int) -> bool:
        """The row lies in the node; in a notebook, that row of the node's cell does."""
        span, source = self._analysis.span(node), self._analysis.source
        return source.location(span.start).row <= row <= source.location(max(span.start, span.end - 1)).row

    def first_line(self, node: cst.CSTNode) -> Span:
        """A compound statement without its body: the line that a reader knows it by."""
        span = self._analysis.span(node)
        body = getattr(node, "body", None)
        end = self._analysis.span(body).start if isinstance(body, cst.BaseSuite) else span.end
        text = self._analysis.source.text
        line_end = text.find("\n", span.start)
        return Span(span.start, min(max(end, span.start + 1), line_end if line_end > 0 else len(text)))


class _Tracer:
    """Tells one loop."""

    def __init__(
        self, analysis: Analysis, places: _Places, loop: _TrainingLoop, loops: Iterable[_TrainingLoop]
    ) -> None:
        self._analysis = analysis
        self._places = places
        self._training = loop
        self._loop = loop.loop
        self._others = [other.loop for other in loops if other is not loop]
        self._function = places.function_around(loop.loop.node)
        self._window = window_of(analysis, loop.backwards, loop.loop)
        self._rates = Rates(analysis, loop.loop, tuple(self._outer_loops()), loop.inner)
        self._begins = min((e.order for e in analysis.events if self._is_inside(e.context)), default=0)

    def trace(self) -> model.LoopTrace:
        metrics = tuple(self._metrics())
        return model.LoopTrace(
            at=self._places.first_line(self._loop.node),
            function=self._places.name(self._loop.node),
            around=tuple(self._places.first_line(loop.node) for loop in self._outer_loops()),
            scale=self._loop.count,
            turn=self._turn,
            called=isinstance(self._loop.node, cst.FunctionDef),
            window=self._window.window,
            steps=self._window.has_step,
            losses=tuple(self._losses()),
            counters=tuple(self._counters(metrics)),
            metrics=metrics,
            reports=tuple(self._direct_reports()),
            events=tuple(self._happenings()),
        )

    # -- what belongs to the loop ----------------------------------------------------------------------------

    def _outer_loops(self) -> Iterator[Loop]:
        """Loops of the text around this one: functions that the outside world calls are none."""
        for loop in self._training.around:
            if isinstance(loop.node, (cst.For, cst.While)):
                yield loop

    def _is_inside(self, context: Context) -> bool:
        return self._loop in context.frames

    def _is_near(self, node: cst.CSTNode, context: Context) -> bool:
        """In the loop, or beside it in the same function and in no other training loop."""
        if self._is_inside(context):
            return True
        if any(other in context.frames for other in self._others):
            return False
        return self._places.function_around(node) is self._function

    # -- losses ----------------------------------------------------------------------------------------------

    def _losses(self) -> Iterator[model.Loss]:
        groups: list[tuple[set[object], list[Event]]] = []
        for event in _once(self._training.backwards):
            keys = {birth.key for birth in self._births(event.value)}
            for known, events in groups:
                if known & keys:
                    known |= keys
                    events.append(event)
                    break
            else:
                groups.append((keys, [event]))
        for _, events in groups:
            yield self._loss(events)

    def _births(self, number: Number | None) -> list[Birth]:
        births = number.births if number is not None else frozenset()
        return [birth for birth in births if birth.key in self._analysis.losses]

    def _loss(self, events: list[Event]) -> model.Loss:
        value = events[0].value or Number()
        changes = [e for event in events if event.value for e in self._analysis.divisions_of(event.value)]
        changes = sorted(_once(changes), key=lambda event: event.order)
        born = changes[0].before if changes and changes[0].before is not None else value
        births = {self._analysis.span(b.node): b for event in events for b in self._births(event.value)}
        return model.Loss(
            min((self._name(event) for event in events), key=len),
            tuple(model.Birth(span, born.scale.without("S"), born.reduction) for span in sorted(births)),
            tuple(self._change(event) for event in changes),
            tuple(self._backward(event) for event in events),
        )

    def _name(self, event: Event) -> str:
        """What is backpropagated, as the program calls it: ``loss`` in ``scaler.scale(loss)``."""
        node = event.operand
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and len(node.args) == 1:
            node = node.args[0].value
        leaf = loss_leaf(node) if node is not None else None
        return shortened(self._analysis.text(leaf or node or event.node))

    def _change(self, event: Event) -> model.Change:
        return model.Change(
            self._analysis.span(event.node),
            shortened(self._analysis.text(event.by)) if event.by is not None else "N",
            event.before.scale if event.before is not None else UNKNOWN,
            event.value.scale if event.value is not None else UNKNOWN,
            tuple(place[1] for place, _ in event.aliases),
        )

    def _backward(self, event: Event) -> model.Backward:
        scale = event.value.scale if event.value is not None else UNKNOWN
        seen = scale.without("S") / event.framework_divides * self._window.size
        known = event.framework_divides == ONE or event.framework_known
        return model.Backward(self._analysis.span(event.node), scale, event.framework_divides, known, seen)

    # -- counters --------------------------------------------------------------------------------------------

    def _counters(self, metrics: Iterable[model.Metric]) -> Iterator[model.Counter]:
        index = self._index()
        if index is not None:
            yield index
        by_place: dict[object, list[Add]] = {}
        for add in self._analysis.counted:
            if add.kind == "sum" and add.target is not None and self._is_near(add.statement, add.context):
                by_place.setdefault(add.metric, []).append(add)
        sums = {metric.place for metric in self._analysis.metrics}
        for place, adds in by_place.items():
            counter = self._counter(adds)
            if counter.scale.known and place not in sums:
                yield counter

    def _index(self) -> model.Counter | None:
        """What ``for i, batch in enumerate(loader)`` counts."""
        node = self._loop.node
        if not isinstance(node, cst.For):
            return None
        calls = [part for part in descendants(node.iter) if isinstance(part, cst.Call)]
        names = {call.func.value for call in calls if isinstance(call.func, cst.Name)}
        target: cst.BaseExpression | None = None
        if "enumerate" in names and isinstance(node.target, cst.Tuple) and node.target.elements:
            target = node.target.elements[0].value
        elif names & {"range", "trange"}:
            target = node.target
        if not isinstance(target, cst.Name) or target.value.strip("_") == "":
            return None
        scale = self._loop.count
        where = (model.Increment(self._places.first_line(node), "1", f"every {self._turn}"),)
        return model.Counter(target.value, scale, unit(scale), where) if scale.known else None

    @property
    def _turn(self) -> str:
        return "micro-batch" if self._training.inner is None else "window"

    def _counter(self, adds: list[Add]) -> model.Counter:
        adds = list({id(add.statement): add for add in adds}.values())
        scale = join(*(add.value.scale * self._times(add) for add in adds))
        increments = tuple(
            model.Increment(
                self._analysis.span(add.statement),
                shortened(self._analysis.text(add.operand)),
                self._rates.of(add.context, before=add.order < self._begins),
            )
            for add in adds
        )
        target = adds[0].target
        name = shortened(self._analysis.text(target)) if target is not None else adds[0].metric[1]
        return model.Counter(name, scale, unit(scale), increments)

    def _times(self, add: Add) -> Scale:
        """How often the addition runs in one run of the loop, or since the counter was set."""
        if self._is_inside(add.context):
            return relative_rate(add.context, self._training.outside)
        return UNKNOWN if add.starts is None else relative_rate(add.context, add.starts)

    # -- metrics and reports ---------------------------------------------------------------------------------

    def _metrics(self) -> Iterator[model.Metric]:
        for metric in self._analysis.metrics:
            adds = [add for add in metric.adds if self._is_inside(add.context)]
            if adds:
                yield self._metric(metric, list({id(add.statement): add for add in adds}.values()))

    def _metric(self, metric: FlowMetric, adds: list[Add]) -> model.Metric:
        resets = _once(self._analysis.resets_of(metric.place))
        return model.Metric(
            name=shortened(metric.text),
            resets=tuple(
                model.Reset(self._analysis.span(e.node), self._rates.of(e.context, before=e.order < self._begins))
                for e in resets
            ),
            additions=tuple(
                model.Addition(
                    self._analysis.span(add.statement),
                    shortened(self._analysis.text(add.operand)),
                    add.value.scale,
                    add.kind,
                    self._rates.of(add.context),
                )
                for add in adds
            ),
            reports=tuple(self._report(report) for report in metric.reports),
        )

    def _direct_reports(self) -> Iterator[model.Report]:
        """Where the loss of one micro-batch leaves, without a sum."""
        for report in self._analysis.reports:
            if not report.adds and self._is_near(report.sink.call, report.sink.context):
                yield self._report(report)

    def _report(self, report: FlowReport) -> model.Report:
        return model.Report(
            at=self._analysis.span(report.sink.node),
            how=_how(report),
            label=shortened(report.sink.label),
            scale=report.scale,
            factors=tuple(self._factor(divisor) for divisor in report.divisors),
            verdict=report.verdict,
            arithmetic=arithmetic(report),
            why=why_unknown(self._analysis, report),
        )

    def _factor(self, divisor: Divisor) -> model.Factor:
        text = shortened(self._analysis.text(divisor.node))
        return model.Factor(self._analysis.span(divisor.node), text, divisor.scale, unit(divisor.scale), divisor.power)

    # -- events ----------------------------------------------------------------------------------------------

    def _happenings(self) -> Iterator[model.Happening]:
        for event in _once(self._analysis.events):
            if event.kind in HAPPENINGS and self._is_near(event.node, event.context):
                rate = self._rates.of(event.context, before=event.order < self._begins)
                yield model.Happening(self._analysis.span(event.node), event.kind, rate)


def _how(report: FlowReport) -> str:
    call = report.sink.call
    if isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value == "print":
        return "printed"
    return _HOW.get(report.sink.how, "logged")


def _once(events: Iterable[Event]) -> list[Event]:
    """Each event of the text once, though a function with it may be called several times."""
    return list({(id(event.node), event.kind): event for event in events}.values())
