"""Branches: what each of two ways does, and what holds where they meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.context import Frame
from accumlint.flow.events import Event, Kind
from accumlint.flow.state import Writes
from accumlint.flow.value import Number, Place, Way
from accumlint.scale import LOSS, N

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


@dataclass(frozen=True)
class Branch:
    """One way through a condition, walked and undone."""

    reaches_end: bool
    writes: Writes
    events: Sequence[Event]
    carried: frozenset[Place]
    """Places that at its end still hold what they held at the end of an earlier iteration."""
    accumulates: bool = False
    """It is the way of a run that was given its accumulation steps: ``if accum_steps is not None``."""

    @property
    def trains(self) -> bool:
        return any(event.kind is Kind.BACKWARD for event in self.events)


def walk(machine: Machine, frames: tuple[Frame, ...], body: Callable[[], bool], way: Way) -> Branch:
    """Walk one way, and be back where it began."""
    carried, begun = set(machine.carried), len(machine.events)
    machine.state.snapshot()
    machine.ways.append(way)
    with machine.inside(*frames):
        reaches_end = body()
    machine.ways.pop()
    branch = Branch(reaches_end, machine.state.restore(), machine.events[begun:], frozenset(machine.carried))
    machine.carried = carried
    return branch


def follow(machine: Machine, branch: Branch) -> None:
    """The only way that goes on."""
    machine.state.replay(branch.writes)
    machine.carried = set(branch.carried)


def join(machine: Machine, taken: Branch, other: Branch, test: cst.BaseExpression | None) -> None:
    """The way that is taken where a condition holds and the other way meet here; None: it holds now and then."""
    if_not, if_so = ((test, False), (test, True)) if test is not None else (None, None)
    writes = _completed(machine, taken, other, if_not), _completed(machine, other, taken, if_so)
    machine.state.merge(*writes)
    machine.carried = set(taken.carried | other.carried)


def _completed(machine: Machine, branch: Branch, other: Branch, there: Way | None) -> Writes:
    """What a way leaves behind; where the ways disagree by N about one loss, the other one may know better.

    It does where it trains and this one does not: ``if training: loss = loss / N; loss.backward()``. The other
    way is then evaluation (of the same loss, or without gradients), or a run without accumulation, in which the divided
    and the undivided loss agree. And it does where this one still has the loss of an earlier iteration:
    ``if kind == "a": loss = …`` with no ``else``.
    """
    completed = dict(branch.writes)
    knows = (other.trains and not branch.trains) or (other.accumulates and not branch.accumulates)
    for place, bound in other.writes.items():
        stale = place in branch.carried and place not in other.carried
        old = branch.writes.get(place, machine.state.get(place)) if stale or knows else None
        if bound is None or old is None:
            continue
        ours, theirs = machine.number(old.value), machine.number(bound.value)
        if not _differ_by_n(ours, theirs):
            if there is not None and knows and other.trains and _evaluates(ours, theirs):
                completed[place] = replace(bound, value=here_only(theirs, there))
        elif stale:
            completed[place] = bound
        elif ours.origin is not None and ours.origin == theirs.origin:
            completed[place] = replace(bound, value=here_only(theirs, there))
    return completed


def _evaluates(ours: Number, theirs: Number) -> bool:
    """``with torch.no_grad(): loss = …`` on this way, and the divided loss that is trained on the other."""
    divided = theirs.scale == LOSS / N and theirs.history and theirs.certain
    return divided and bool(ours.births) and not ours.history and not ours.frozen and not ours.scale.known


def here_only(number: Number, only: Way | None = None) -> Number:
    """Divided on one way only: behind it no fix may multiply by N, which would be wrong for the other way."""
    divided = (replace(division, varies=True, only=only) for division in number.divisions)
    return replace(number, divisions=tuple(divided))


def _differ_by_n(one: Number, other: Number) -> bool:
    return one.scale.known and other.scale.known and one.scale / other.scale in (N, N**-1)
