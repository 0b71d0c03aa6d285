"""Where a statement runs, and how often: loops and guards, and the rate they give.

The *rate* of a program point is the number of times it runs per run of the outermost statement, as a Scale:
a loop multiplies it by its count, a guard such as ``(i + 1) % N == 0`` by ``1/N``. A place that starts at
one context and grows at another holds ``value · rate(grows) / rate(starts)``; see :func:`relative_rate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst

from accumlint.scale import ONE, Scale


@dataclass(frozen=True)
class Loop:
    """One loop around a program point; ``count`` is its number of iterations."""

    node: cst.CSTNode
    count: Scale = field(compare=False)
    """What is believed of it may change from pass to pass; the loop stays the same."""
    bound: cst.BaseExpression | None = field(default=None, compare=False)
    """What it counts to, where it is a range."""


@dataclass(frozen=True)
class Guard:
    """A condition around a program point that holds in a known (or named) fraction of the cases."""

    node: cst.CSTNode
    fraction: Scale = field(compare=False)
    modulus: cst.BaseExpression | None = field(default=None, compare=False)

    @property
    def is_read(self) -> bool:
        """It is known how often the condition holds."""
        return self.fraction.known and not any("@" in name for name in self.fraction.names())


Frame = Loop | Guard


@dataclass(frozen=True)
class Context:
    """The loops and guards around a program point, outermost first."""

    frames: tuple[Frame, ...] = ()

    def __add__(self, frame: Frame) -> Context:
        return Context((*self.frames, frame))

    @cached_property
    def rate(self) -> Scale:
        """How often the point runs: the product of loop counts and guard fractions."""
        return _product(self.frames)

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        return tuple(frame for frame in self.frames if isinstance(frame, Loop))

    @property
    def innermost_loop(self) -> Loop | None:
        return self.loops[-1] if self.loops else None

    def extends(self, other: Context) -> bool:
        """True when this point lies inside (or at) the other one."""
        return self.frames[: len(other.frames)] == other.frames

    def within(self, node: cst.CSTNode) -> bool:
        return any(frame.node is node for frame in self.frames)

    def around_loop(self) -> Context:
        """Where the innermost loop stands."""
        loop = self.innermost_loop
        return self if loop is None else Context(self.frames[: len(self.frames) - 1 - self.frames[::-1].index(loop)])

    def since_loop(self) -> tuple[Frame, ...]:
        """The guards inside the innermost loop."""
        frames: list[Frame] = []
        for frame in reversed(self.frames):
            if isinstance(frame, Loop):
                break
            frames.insert(0, frame)
        return tuple(frames)


def _product(frames: tuple[Frame, ...]) -> Scale:
    scale = ONE
    for frame in frames:
        scale = scale * (frame.count if isinstance(frame, Loop) else frame.fraction)
    return scale


def relative_rate(grows: Context, starts: Context) -> Scale:
    """How often ``grows`` runs per run of ``starts``.

    Guards that only stand between the two, with no loop around them, say *whether* the addition happens
    in this run, not how often: they count 1.
    """
    shared = 0
    for left, right in zip(grows.frames, starts.frames, strict=False):
        if left != right:
            break
        shared += 1
    inner, outer = grows.frames[shared:], starts.frames[shared:]
    if not outer:
        while inner and isinstance(inner[0], Guard):
            inner = inner[1:]
    return _product(inner) / _product(outer)


def deeper(left: Context, right: Context) -> Context | None:
    """The inner of two contexts of which one contains the other, else None."""
    if left.extends(right):
        return left
    return right if right.extends(left) else None
