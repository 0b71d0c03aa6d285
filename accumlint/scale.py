"""Scale: the dimension of a number in a training loop, as an immutable product of named factors.

A mean loss has scale ``ℓ``, the same loss divided for gradient accumulation ``ℓ/N``, a counter that grows
with every micro-batch ``m``, one that grows with every optimizer step ``m/N``. Multiplying numbers
multiplies their scales, so a reported quotient says by itself how it depends on N:

>>> LOSS / N * M / M
Scale('ℓ/N')
>>> (LOSS * M / (M / N)).exponent("N")
1

As with units in physics, a factor whose exponent is zero vanishes and sums need equal scales
(:func:`join`). ``UNKNOWN`` is absorbing: it spreads, and it never supports a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A product of named factors with integer exponents; factors sorted, no zero exponent.

    ``factors`` is None for the unknown scale. Names may carry an identity after ``@`` (``m@train_loader``):
    two loops over different loaders count different things though both are written ``m``.
    """

    factors: tuple[tuple[str, int], ...] | None

    @classmethod
    def of(cls, *names: str, **exponents: int) -> Scale:
        if len(names) == 1 and not exponents:  # most are
            return cls(((names[0], 1),))
        powers = dict.fromkeys(names, 1) | exponents
        return cls._make(powers.items())

    @classmethod
    def _make(cls, powers: Iterable[tuple[str, int]]) -> Scale:
        return cls(tuple(sorted((name, power) for name, power in powers if power)))

    @property
    def known(self) -> bool:
        return self.factors is not None

    def exponent(self, name: str) -> int:
        """The exponent of a factor; 0 where it does not occur. Raises ValueError for UNKNOWN."""
        if self.factors is None:
            raise ValueError("the unknown scale has no exponents")
        return dict(self.factors).get(name, 0)

    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.factors or ())

    def without(self, *names: str) -> Scale:
        """The scale with these factors left out."""
        if self.factors is None:
            return self
        return Scale(tuple(f for f in self.factors if f[0] not in names))

    def only(self, *names: str) -> Scale:
        """The scale with no other factors than these."""
        if self.factors is None:
            return self
        return Scale(tuple(f for f in self.factors if f[0] in names))

    def renamed(self, old: str, new: Scale) -> Scale:
        """Every ``old`` factor replaced by the scale it stands for."""
        return self if self.factors is None else self.without(old) * new ** self.exponent(old)

    def contains(self, other: Scale) -> bool:
        """Every exponent of the other lies between zero and the exponent here. False where either is unknown."""
        if self.factors is None or other.factors is None:
            return False
        powers = [(self.exponent(name), other.exponent(name)) for name in {*self.names(), *other.names()}]
        return all(min(0, whole) <= part <= max(0, whole) for whole, part in powers)

    def __mul__(self, other: Scale) -> Scale:
        if self.factors is None or other.factors is None:
            return UNKNOWN
        powers = dict(self.factors)
        for name, power in other.factors:
            powers[name] = powers.get(name, 0) + power
        return Scale._make(powers.items())

    def __truediv__(self, other: Scale) -> Scale:
        return self * other**-1

    def __pow__(self, power: int) -> Scale:
        if self.factors is None:
            return UNKNOWN
        return Scale._make((name, exponent * power) for name, exponent in self.factors)

    def __str__(self) -> str:
        if self.factors is None:
            return "?"
        over = [_power(name, power) for name, power in self.factors if power > 0]
        under = [_power(name, -power) for name, power in self.factors if power < 0]
        over.sort(key=_reading_order)
        under.sort(key=_reading_order)
        top = "·".join(over) or "1"
        if not under:
            return top
        bottom = "·".join(under)
        return f"{top}/{bottom}" if len(under) == 1 else f"{top}/({bottom})"

    def __repr__(self) -> str:
        return f"Scale({str(self)!r})"


def _power(name: str, power: int) -> str:
    shown = name.partition("@")[0]
    return shown if power == 1 else f"{shown}^{power}"


def _reading_order(factor: str) -> tuple[int, str]:
    """ℓ, then b, m and N, then everything else: the order in which one says it."""
    head = factor.partition("^")[0]
    order = "ℓbmN"
    return (order.index(head) if len(head) == 1 and head in order else len(order), factor)


def join(*scales: Scale) -> Scale:
    """The scale of a sum or of a place reached on several paths: the common scale, else UNKNOWN."""
    first, *rest = scales
    return first if all(scale == first for scale in rest) else UNKNOWN


UNKNOWN = Scale(None)
ONE = Scale(())
LOSS = Scale.of("ℓ")
N = Scale.of("N")
B = Scale.of("b")
M = Scale.of("m")
