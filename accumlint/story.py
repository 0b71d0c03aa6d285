"""How a finding is told: the loss is born, divided, backpropagated, added, and divided again.

Rules say what is wrong; the labels, the line of arithmetic and the name of N are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from accumlint.diagnostic import Edit, Label, Span
from accumlint.flow import Analysis, Report
from accumlint.flow.events import Event, Kind, Sink
from accumlint.flow.spelling import loss_leaf
from accumlint.flow.tree import descendants
from accumlint.flow.value import Add, Division, Number
from accumlint.frameworks import Role, role_by_name
from accumlint.scale import N, Scale


def window_name(analysis: Analysis, number: Number | None = None) -> str:
    """How the program spells N, for messages."""
    if number is not None:
        for division in number.divisions:
            if division.by is not None and analysis.is_here(division.by) and analysis.divides(division):
                return _closed(analysis, division.by)
        for event in analysis.divisions_of(number):
            n = analysis.n_of(event)
            if n is not None and analysis.divides_by_name(event):
                return _closed(analysis, n)
    window = analysis.window
    return _closed(analysis, window) if window is not None else "N"


def _closed(analysis: Analysis, node: cst.BaseExpression) -> str:
    """As it is spelled, and one thing in what is written around it: ``(batch_size // micro_batch_size)``."""
    text = analysis.text(node)
    return f"({text})" if isinstance(node, cst.BinaryOperation) else text


def how_often(analysis: Analysis, add: Add) -> tuple[str, str]:
    """How often a loss is added, and what there are as many of."""
    for backward in analysis.backwards_of(add.value):
        together = add.context.frames[:1] == backward.context.frames[:1] != ()
        if together and add.context.rate / backward.rate == N**-1:
            return "once per optimizer step", "optimizer steps"
    return "once per micro-batch", "micro-batches"


def labels_of_add(analysis: Analysis, add: Add) -> Iterator[Label]:
    """Where the added loss is born, divided and backpropagated."""
    yield from labels_of_loss(analysis, add.value, add.leaf or add.operand)


def labels_of_loss(analysis: Analysis, number: Number, at: cst.CSTNode) -> Iterator[Label]:
    primary = analysis.span(at)
    seen = {primary}
    for label in _loss_labels(analysis, number):
        if label.span not in seen and not label.span.overlaps(primary):
            seen.add(label.span)
            yield label


def _loss_labels(analysis: Analysis, number: Number) -> Iterator[Label]:
    born = [b for b in number.births if b.key in analysis.losses and analysis.is_here(b.node)]
    births = sorted(born, key=lambda b: analysis.span(b.node))
    backwards = analysis.backwards_of(number)
    used = {each.node for one in (number, *(b.value for b in backwards)) if one is not None for each in one.divisions}
    divided = [event for event in analysis.divisions_of(number) if event.node in used]
    if births and not any(analysis.span(births[0].node) == analysis.span(event.node) for event in divided):
        what = "mean loss of one micro-batch" if len(births) == 1 else "goes into the loss of one micro-batch"
        yield Label(analysis.span(births[0].node), what)
    for event in divided[:1]:
        if event.by is not None:
            how = "divided" if analysis.divides_by_name(event) else "multiplied"
            yield Label(analysis.span(event.node), f"{how} by {analysis.text(event.by)}")
    for event in backwards[:1]:
        seen = "the divided loss" if divided and _is_divided(event) else "this loss"
        yield Label(analysis.span(event.node), f"backward() sees {seen}")


def _is_divided(event: Event) -> bool:
    return event.value is not None and event.value.scale.known and event.value.scale.exponent("N") < 0


def labels_of_report(analysis: Analysis, report: Report, name: str) -> Iterator[Label]:
    """What the sum is divided by, and where it leaves."""
    if not analysis.is_here(report.sink.node):
        return
    for divisor in filter(lambda each: analysis.is_here(each.node), report.divisors):
        what = counted(divisor.scale, name)
        verb = "multiplies by" if divisor.power > 0 else "counts" if _counts(divisor.scale) else "divides by"
        yield Label(analysis.span(divisor.node), f"{verb} {what}")
    if not report.divisors:
        how = {"return": "returned", "meter": "averaged", "store": "stored"}.get(report.sink.how, "reported")
        yield Label(analysis.span(report.sink.node), f"{how} here")


def _counts(scale: Scale) -> bool:
    """It is no number of the settings, such as N or a log interval, but the count of something that happens."""
    return any(factor.startswith("m@") for factor in scale.names())


def counted(scale: Scale, name: str) -> str:
    """A divisor in words: micro-batches, optimizer steps, samples, an interval."""
    if not scale.known:
        return "an unknown quantity"
    conditions = [factor for factor in scale.names() if factor.startswith(("when@", "unless@"))]
    if conditions:
        return f"{counted(scale.without(*conditions), name)}, as often as a condition holds"
    count = sum(power for factor, power in scale.factors or () if factor.startswith("m@"))
    powers = (count, scale.exponent("N"), scale.exponent("b"))
    others = [f.partition("@")[0] for f in scale.names() if not f.startswith("m@") and f not in ("N", "b")]
    words = {
        (1, 0, 0): "micro-batches",
        (1, -1, 0): f"optimizer steps = micro-batches / {name}",
        (1, 0, 1): "samples",
        (0, 1, 0): f"{name}, the micro-batches of one window",
        (0, 0, 1): "the samples of one micro-batch",
    }
    if others:
        return _product(scale, name)
    return words.get(powers, str(scale))


def _product(scale: Scale, name: str) -> str:
    """``log_every × accum_steps``: the names of a count, with N as the program calls it."""
    powers = {name if factor == "N" else factor.partition("@")[0]: power for factor, power in scale.factors or ()}
    over = " × ".join(factor for factor, power in powers.items() for _ in range(power)) or "1"
    under = "".join(f" / {factor}" for factor, power in powers.items() for _ in range(-power))
    return over + under


def factor_in_words(scale: Scale, name: str, batch_size: str = "batch size") -> str:
    """What a mean is multiplied with or divided by: `` × batch size``, `` / (accum_steps × batch size)``."""
    powers = [({"N": name, "b": batch_size}.get(factor, factor), power) for factor, power in scale.factors or ()]
    above = [word for word, power in powers for _ in range(power)]
    below = [word for word, power in powers for _ in range(-power)]
    under = " × ".join(below)
    return "".join(f" × {word}" for word in above) + (f" / ({under})" if below[1:] else f" / {under}" if below else "")


def divided_in_words(report: Report, name: str) -> str:
    """What is done to a sum on its way, for the line of arithmetic: ``× accum_steps ÷ micro-batches``."""
    words = []
    for divisor in report.divisors:
        what = counted(divisor.scale, name).partition(" =")[0].partition(",")[0]
        sign = "÷" if divisor.power < 0 else "×"
        words.append(f" {sign} ({what})" if " × " in what or " / " in what else f" {sign} {what}")
    return "".join(words)


def raw_or_divided_name(add: Add | Sink, scale: Scale) -> tuple[str, Number] | None:
    """A name alive at the addition that holds the very same loss, so that the sum would get this scale."""
    leaf = add.leaf.value if isinstance(add.leaf, cst.Name) else None
    summed = dict(add.alive).get(leaf, add.value) if leaf is not None else add.value
    wanted = summed.scale * scale / add.value.scale
    for name, number in add.alive:
        if number.scale == wanted and number.origin == summed.origin is not None and not number.adds:
            return name, number
    return None


def replaced_leaf(analysis: Analysis, add: Add | Sink, name: str, number: Number) -> tuple[Edit, ...]:
    """Write another name for the loss in the operand; nothing where ``.item()`` of a float would come out."""
    name += _taken_like(_leaf_value(add), number)
    edits = [_replaced(analysis, operand, name, number) for operand in (add.operand, *add.arms)]
    return tuple(edit for edit in edits if edit) if all(edits) else ()


def _leaf_value(add: Add | Sink) -> Number | None:
    """What the loss in the operand holds, before ``.item()`` and the like are called on it."""
    if isinstance(add.leaf, cst.Name):
        return dict(add.alive).get(add.leaf.value)
    return add.value if add.leaf is add.operand else None


def _taken_like(was: Number | None, number: Number) -> str:
    """How a tensor is read that comes in the place of a Python number, or of one without a graph."""
    if was is None or number.frozen:
        return ""
    if was.frozen:
        return ".item()"
    return ".detach()" if number.history and not was.history else ""


def _replaced(analysis: Analysis, operand: cst.BaseExpression, name: str, number: Number) -> Edit | None:
    leaf = loss_leaf(operand)
    if leaf is None:
        return None
    if number.frozen and leaf is not operand:
        return Edit(analysis.span(operand), name) if isinstance(operand, cst.Call) else None
    return Edit(analysis.span(leaf), name)


def without_division(analysis: Analysis, place: Add | Sink, power: int) -> Iterator[tuple[str, tuple[Edit, ...]]]:
    """Leave out a factor N (power 1) or a divisor N (power -1) that stands in what is added or shown."""
    within = set(map(id, descendants(place.operand))) if not place.arms else set()
    for division in place.value.divisions:
        written = id(division.node) in within and isinstance(division.node, cst.BinaryOperation)
        if written and division.by is not None and division.scale.exponent("N") == power:
            edit = Edit(analysis.span(division.node), analysis.text(division.operand))
            yield f"leave out {analysis.text(division.by)}", (edit,)


def numerator_only(analysis: Analysis, add: Add) -> Edit | None:
    """``x / k`` → ``x`` where the quotient is what is added."""
    match add.operand:
        case cst.BinaryOperation(left=left, operator=cst.Divide()):
            return Edit(analysis.span(add.operand), analysis.text(left))
    return None


def in_scope(division: Division, add: Add | Sink) -> bool:
    """The divisor's spelling means the same where the loss is added, and there always is a loss to multiply."""
    if division.by is None or division.varies or add.value.optional:
        return False
    return division.function is add.function or (
        isinstance(division.by, cst.Name)
        and not any(binds(function, division.by.value) for function in (division.function, add.function))
    )


def binds(function: cst.CSTNode | None, name: str) -> bool:
    """Whether a function has a parameter or a variable of this name; what it has not is the module's."""
    if not isinstance(function, (cst.FunctionDef, cst.Lambda)):
        return False
    parts = (_bound_part(node) for node in descendants(function))
    names = (each for part in parts for each in descendants(part))
    return any(isinstance(each, cst.Name) and each.value == name for each in names)


def _bound_part(node: cst.CSTNode) -> cst.CSTNode:
    if isinstance(node, cst.Param):
        return node.name
    binders = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.NamedExpr, cst.For, cst.CompFor)
    return node.target if isinstance(node, binders) else cst.Pass()


_HOLDS_N = {Role.ACCELERATOR: "gradient_accumulation_steps", Role.ENGINE: "gradient_accumulation_steps()"}
"""What a library's own object calls N."""


def n_of_library(analysis: Analysis, add: Add) -> str | None:
    """N as the object whose backward divides holds it, where that runs beside the addition."""
    for backward in analysis.backwards_of(add.value):
        held = _HOLDS_N.get(role) if (role := role_by_name(backward.receiver)) is not None else None
        divides = backward.framework_divides == N and backward.framework_known
        if held is not None and divides and backward.function is add.function and not add.value.optional:
            return f"{backward.receiver}.{held}"
    return None


def times_all(analysis: Analysis, add: Add, by: cst.BaseExpression | str, sign: str) -> tuple[Edit, ...]:
    """Scale what is added, in every arm of the addition."""
    return tuple(edit for operand in (add.operand, *add.arms) for edit in times(analysis, operand, by, sign))


def times(analysis: Analysis, operand: cst.BaseExpression, by: cst.BaseExpression | str, sign: str) -> list[Edit]:
    """``operand`` → ``operand * by`` (or ``/ by``), with the parentheses that are needed; rounded as it was."""
    operand = _before_rounding(operand)
    span = analysis.span(operand)
    text = by if isinstance(by, str) else analysis.text(by)
    if not isinstance(by, (str, cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float)):
        text = f"({text})"
    factor = f" {sign} {text}"
    if _binds_looser(operand):
        return [Edit(Span(span.start, span.start), "("), Edit(Span(span.end, span.end), f"){factor}")]
    return [Edit(Span(span.end, span.end), factor)]


def _before_rounding(node: cst.BaseExpression) -> cst.BaseExpression:
    """``loss.item()`` of ``round(loss.item(), 4)``."""
    match node:
        case cst.Call(func=cst.Name(value="round"), args=[cst.Arg(value=inner, star=""), *_]):
            return _before_rounding(inner)
    return node


def _binds_looser(node: cst.BaseExpression) -> bool:
    if node.lpar:
        return False
    if isinstance(node, cst.BinaryOperation):
        return isinstance(node.operator, (cst.Add, cst.Subtract))
    return isinstance(node, (cst.IfExp, cst.Comparison, cst.BooleanOperation, cst.Lambda, cst.NamedExpr))


def steps_once_per_window(analysis: Analysis) -> bool:
    return any(
        event.kind is Kind.OPTIMIZER_STEP and event.rate.known and event.rate.exponent("N") == -1
        for event in analysis.events
    )
