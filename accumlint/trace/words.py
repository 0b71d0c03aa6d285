"""Units, rates and arithmetic in words."""

from __future__ import annotations

from collections.abc import Sequence

from accumlint.flow import Analysis, Report, Verdict
from accumlint.flow.context import Context, Guard, Loop
from accumlint.flow.value import Add
from accumlint.scale import ONE, UNKNOWN, N, Scale, join

SHORT = 40
"""Longer expressions are cut when they are quoted in the middle of a sentence."""

_UNITS = {
    (1, 0, 0): "micro-batches",
    (1, -1, 0): "optimizer steps",
    (1, 0, 1): "samples",
    (0, 1, 0): "micro-batches of a window",
    (0, 0, 1): "samples of a micro-batch",
    (0, 1, 1): "samples of a window",
}


def unit(scale: Scale) -> str:
    """What a number of this scale counts: ``m/N`` counts optimizer steps."""
    if not scale.known:
        return "?"
    counts = [name for name in scale.names() if name.startswith("m@")]
    asked = conditions(scale)
    rest = scale.without("N", "b", *counts, *asked)
    powers = (sum(scale.exponent(name) for name in counts), scale.exponent("N"), scale.exponent("b"))
    word = _UNITS.get(powers)
    if word is None:
        return str(scale)
    over = "".join(f" × {name.partition('@')[0]}" for name in rest.names() if rest.exponent(name) == 1)
    under = "".join(f" / {name.partition('@')[0]}" for name in rest.names() if rest.exponent(name) == -1)
    return word + over + under + (", as often as a condition holds" if asked else "")


def conditions(scale: Scale) -> list[str]:
    """The factors that stand for a condition of which nobody knows how often it holds."""
    return [name for name in scale.names() if name.startswith(("when@", "unless@"))]


def shortened(text: str, limit: int = SHORT) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Rates:
    """How often things happen, in words, as seen from one loop."""

    def __init__(self, analysis: Analysis, loop: Loop, around: Sequence[Loop], inner: Loop | None) -> None:
        self._analysis = analysis
        self._around = around
        self._loop = loop
        self._inner = inner
        """The loop over the micro-batches of a window, where it is another one."""

    def of(self, context: Context, *, before: bool = False) -> str:
        """``every micro-batch``, ``every N micro-batches``, ``behind the loop`` …"""
        frames = context.frames
        if self._loop not in frames:
            where = f"{'before' if before else 'behind'} {self._outermost_missed(context)}"
            return " ".join([where, *self._conditions(context.since_loop())])
        inside = frames[frames.index(self._loop) + 1 :]
        turn = "window" if self._inner is not None and self._inner not in inside else "micro-batch"
        return " ".join([self._every(inside, turn), *self._conditions(inside)])

    def _outermost_missed(self, context: Context) -> str:
        """``the loop``, or the loop around it that the point is outside of, too."""
        missed = next((loop for loop in self._around if loop not in context.frames), None)
        if missed is None:
            return "the loop"
        source = self._analysis.source
        return f"the loop in row {source.location(self._analysis.span(missed.node).start).row}"

    def _every(self, inside: tuple[Guard | Loop, ...], turn: str) -> str:
        fraction = ONE
        for frame in inside:
            if isinstance(frame, Guard) and not _is_unread(frame):
                fraction = fraction * frame.fraction
            elif isinstance(frame, Loop) and frame != self._inner:
                fraction = fraction / frame.count
        if not fraction.known:
            return "?"
        if fraction == ONE:
            return f"every {turn}"
        every = fraction**-1
        if every == N:
            return "every N micro-batches"
        if every.exponent("N") == 1:
            return f"every {every.without('N')} windows"
        if all(power < 0 for _, power in every.factors or ()):
            return f"{fraction} times every {turn}"
        return f"every {every} {_plural(turn)}"

    def _conditions(self, frames: tuple[Guard | Loop, ...]) -> list[str]:
        """What is asked besides, in conditions that the analysis does not read as a rate."""
        found = []
        for frame in frames:
            if isinstance(frame, Guard) and _is_unread(frame):
                word = "unless" if frame.fraction.names()[0].startswith("unless@") else "when"
                test = getattr(frame.node, "test", frame.node)
                found.append(f"{word} {shortened(self._analysis.text(test))}")
        return found


def _plural(turn: str) -> str:
    return "windows" if turn == "window" else "micro-batches"


def _is_unread(guard: Guard) -> bool:
    return bool(conditions(guard.fraction))


def arithmetic(report: Report) -> str:
    """``ℓ/N × m ÷ m = ℓ/N``: what is added, how often, and what it is divided by."""
    if not report.adds:
        return ""
    added = join(*(add.value.scale for add in report.adds))
    if report.is_mean_kind and not any(d.scale.known for d in report.divisors):
        return f"mean of {added} = {report.scale}" if added.known else ""
    numerator = report.scale
    for divisor in report.divisors:
        numerator = numerator * divisor.scale**-divisor.power
    if not (added.known and numerator.known):
        return ""
    times = numerator / added
    parts = [str(added), *([] if times == ONE else [f"× {_grouped(times)}"])]
    parts += [f"{'÷' if divisor.power < 0 else '×'} {_grouped(divisor.scale)}" for divisor in report.divisors]
    return f"{' '.join(parts)} = {report.scale}"


def _grouped(scale: Scale) -> str:
    text = str(scale)
    return f"({text})" if "/" in text or "·" in text else text


def why_unknown(analysis: Analysis, report: Report) -> str:
    """The first thing that the analysis does not know of a report; empty where it knows the verdict."""
    if report.verdict is not Verdict.UNKNOWN:
        return ""
    for add in report.adds:
        if not add.value.scale.known:
            return f"the scale of {shortened(analysis.text(add.operand))} is not known"
    for divisor in report.divisors:
        if not divisor.scale.known:
            return f"what {shortened(analysis.text(divisor.node))} counts is not known"
    return _why_sum(report.adds) or _left_over(report.scale)


def _why_sum(adds: tuple[Add, ...]) -> str:
    if any(add.starts is None and add.kind == "sum" for add in adds):
        return "it is set in several places"
    if adds and join(*(add.value.scale for add in adds)) == UNKNOWN:
        return "it adds losses of different scales"
    return ""


def _left_over(scale: Scale) -> str:
    if not scale.known:
        return "how it comes about is not known"
    if conditions(scale):
        return "how often a condition holds is not known"
    rest = scale.without("ℓ", "N", "b")
    return f"{rest} is left over" if rest != ONE else ""
