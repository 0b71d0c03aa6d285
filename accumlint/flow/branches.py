"""Branches: what each of two ways does, and what holds where they meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from accumlint.flow.context import Frame
from accumlint.flow.events import Event, Kind
from accumlint.flow.state import Writes
from accumlint.flow.value import Number, Place
from accumlint.scale import N

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


def walk(machine: Machine, frames: tuple[Frame, ...], body: Callable[[], bool]) -> Branch:
    """Walk one way, and be back where it began."""
    carried, begun = set(machine.carried), len(machine.events)
    machine.state.snapshot()
    with machine.inside(*frames):
        reaches_end = body()
    branch = Branch(reaches_end, machine.state.restore(), machine.events[begun:], frozenset(machine.carried))
    machine.carried = carried
    return branch


def follow(machine: Machine, branch: Branch) -> None:
    """The only way that goes on."""
    machine.state.replay(branch.writes)
    machine.carried = set(branch.carried)


def join(machine: Machine, left: Branch, right: Branch) -> None:
    """Both ways meet here."""
    writes = _completed(machine, left, right), _completed(machine, right, left)
    machine.state.merge(*writes)
    machine.carried = set(left.carried | right.carried)


def _completed(machine: Machine, branch: Branch, other: Branch) -> Writes:
    """What a way leaves behind; where the ways disagree by N about one loss, the other one may know better.

    It does where it trains and this one does not: ``if training: loss = loss / N; loss.backward()``. The other
    way is then evaluation, or a run without accumulation, in which the divided and the undivided loss agree. And it
    does where this one still has the loss of an earlier iteration: ``if kind == "a": loss = …`` with no ``else``.
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
            continue
        if stale:
            completed[place] = bound
        elif ours.origin is not None and ours.origin == theirs.origin:
            completed[place] = replace(bound, value=here_only(theirs))
    return completed


def here_only(number: Number) -> Number:
    """Divided on one way only: behind it no fix may multiply by N, which would be wrong for the other way."""
    return replace(number, divisions=tuple(replace(division, varies=True) for division in number.divisions))


def _differ_by_n(one: Number, other: Number) -> bool:
    return one.scale.known and other.scale.known and one.scale / other.scale in (N, N**-1)
