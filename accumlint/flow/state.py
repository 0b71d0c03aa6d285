"""What every place holds at one point of the program: snapshot, restore, merge.

A state is one mapping from places to bound values. A branch starts with :meth:`State.snapshot`; its writes are
journaled, so that :meth:`State.restore` costs what the branch wrote, and :meth:`State.merge` joins only that.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace

from accumlint.flow.context import Context, deeper
from accumlint.flow.value import (
    Accumulated,
    Birth,
    Division,
    Items,
    Iterable,
    Library,
    Nothing,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    is_zero,
)
from accumlint.scale import B, Scale

EITHER = "either"
MEAN = "mean"
"""The origin of a tensor's mean is this and the tensor's origin."""
MAX_ALTERNATIVES = 8
"""A value with more possible origins than this keeps the first ones."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A value and the context in which its place was last assigned."""

    value: Value
    context: Context


Writes = dict[Place, Bound | None]


class State:
    """Places and what they hold. ``number`` turns any value into a number (it knows which values are losses)."""

    def __init__(self, number: Callable[[Value], Number]) -> None:
        self._places: dict[Place, Bound] = {}
        self._names: dict[Hashable, dict[str, None]] = {}
        self._journals: list[Writes] = []
        """For each part of the walk that is under way, what its writes replaced."""
        self._number = number

    def get(self, place: Place) -> Bound | None:
        return self._places.get(place)

    def set(self, place: Place, value: Value, context: Context) -> None:
        self._write(place, Bound(value, context))

    def forget(self, place: Place) -> None:
        self._write(place, None)

    def owned_by(self, owner: Hashable) -> list[tuple[Place, Bound]]:
        """Every place of a frame or location."""
        return [((owner, name), self._places[owner, name]) for name in self._names.get(owner, ())]

    def __iter__(self) -> Iterator[tuple[Place, Bound]]:
        return iter(list(self._places.items()))

    # A part of the walk (a branch, a loop's body, a call) begins with snapshot(). It ends with restore(), which undoes
    # it, or with commit(), which keeps it; both return what it wrote.

    def snapshot(self) -> int:
        """Begin a part of the walk; the mark that :meth:`written_since` takes."""
        self._journals.append({})
        return len(self._journals) - 1

    def restore(self) -> Writes:
        """End a part and undo it."""
        before = self._journals.pop()
        written: Writes = {place: self._places.get(place) for place in before}
        for place, bound in before.items():
            self._put(place, bound)
        return written

    def commit(self) -> Writes:
        """End a part and keep it."""
        before = self._journals.pop()
        if self._journals:
            for place, bound in before.items():
                self._journals[-1].setdefault(place, bound)
        return {place: self._places.get(place) for place in before}

    def written_since(self, mark: int) -> Writes:
        """What has been written since a snapshot: the state of a path that leaves for its end from here."""
        return {place: self._places.get(place) for journal in self._journals[mark:] for place in journal}

    def replay(self, writes: Writes) -> None:
        """Take one branch's writes as what happened."""
        for place, bound in writes.items():
            self._write(place, bound)

    def merge(self, left: Writes, right: Writes) -> None:
        """Join two branches that began here."""
        for place in {**left, **right}:
            here = self._places.get(place)
            joined = self._join_at(place, left.get(place, here), right.get(place, here))
            self._write(place, joined)

    def rejoin(self, leaving: Writes) -> None:
        """Join a path that left the part under way early; what it did not write is what stood before the part."""
        before = self._journals[-1]
        for place in [*before, *(place for place in leaving if place not in before)]:
            there = leaving[place] if place in leaving else before[place]
            here = self._places.get(place)
            if here is not there:
                self._write(place, self._join_at(place, here, there))

    def rewind(self, leaving: Writes) -> None:
        """The end of the part under way is reached by this early path only."""
        before = self._journals[-1]
        for place in [*before, *leaving]:
            self._write(place, leaving[place] if place in leaving else before[place])

    def absorb(self, writes: Writes) -> frozenset[Place]:
        """Join what an earlier walk of the same part left behind; the places whose value it changes."""
        changed = []
        for place, bound in writes.items():
            here = self._places.get(place)
            if here is not bound:
                joined = self._join_at(place, here, bound)
                self._write(place, joined)
                if here is None or joined is None or joined.value is not here.value:
                    changed.append(place)
        return frozenset(changed)

    def _write(self, place: Place, bound: Bound | None) -> None:
        if self._journals:
            self._journals[-1].setdefault(place, self._places.get(place))
        self._put(place, bound)

    def _put(self, place: Place, bound: Bound | None) -> None:
        if bound is None:
            if self._places.pop(place, None) is not None:
                del self._names[place[0]][place[1]]
            return
        if place not in self._places:
            self._names.setdefault(place[0], {})[place[1]] = None
        self._places[place] = bound

    def _join_at(self, place: Place, left: Bound | None, right: Bound | None) -> Bound | None:
        """Entries under keys that are not in sight are several: the one that is a loss stands for them."""
        if "*" in place[1] and left is not None and right is not None:
            losses = [bound for bound in (left, right) if _is_loss(bound.value)]
            if len(losses) == 1:
                return losses[0]
        return self.join(left, right)

    def join(self, left: Bound | None, right: Bound | None) -> Bound | None:
        """What a place holds when it may hold either: see the cases below, most specific first."""
        if left is None or right is None:
            return right if left is None else left
        if left.value == right.value or (is_zero(left.value) and is_zero(right.value)):
            return Bound(left.value, deeper(left.context, right.context) or left.context)
        if is_zero(right.value):
            left, right = right, left
        if is_zero(left.value):
            return _started(left, right)
        value = self._join_values(left.value, right.value)
        return Bound(value, deeper(left.context, right.context) or left.context)

    def _join_values(self, left: Value, right: Value) -> Value:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Nothing) and isinstance(other, (Number, Opaque)):
                return replace(other, optional=True)
        if isinstance(left, Accumulated) and isinstance(right, Accumulated):
            return _join_sums(left, right)
        if isinstance(left, Opaque) and isinstance(right, Opaque):
            return _join_opaque(left, right)
        if isinstance(left, Library) or isinstance(right, Library):
            return right if isinstance(left, Library) else left
        if isinstance(left, Items) and isinstance(right, Items) and len(left.values) == len(right.values):
            pairs = zip(left.values, right.values, strict=True)
            return replace(left, values=tuple(self._join_values(a, b) if a != b else a for a, b in pairs))
        if isinstance(left, Iterable) and isinstance(right, Iterable):
            return left if left.count == right.count else replace(left, count=Scale(None))
        if isinstance(left, Ref) and isinstance(right, Ref):
            return right if self._is_empty(left) else left
        sums = [value for value in (left, right) if isinstance(value, Accumulated)]
        if sums:
            other = self._number(right if sums[0] is left else left)
            is_mean = bool(other.divisors) and other.metric == sums[0].metric  # if count > 0: total /= count
            is_term = not is_mean and any(add.value.scale == other.scale for add in sums[0].adds)
            if other.scale == sums[0].total().scale or is_term:
                return sums[0]
        if isinstance(left, (Number, Accumulated, Opaque)) and isinstance(right, (Number, Accumulated, Opaque)):
            return join_numbers(self._number(left), self._number(right))
        return left

    def _is_empty(self, container: Ref) -> bool:
        """Nothing was ever put in: ``return {}`` on a path of its own."""
        return container.kind == "dict" and not set(self._names.get(container.key, ())) - {"[new]"}


def _is_loss(value: Value) -> bool:
    return isinstance(value, Number) and value.scale.known and value.scale.exponent("ℓ") == 1


def _started(zero: Bound, other: Bound) -> Bound:
    """Zero on one path: the other path's value; a sum that is reset here lives only since then."""
    if isinstance(zero.value, Nothing) and isinstance(other.value, (Number, Opaque)):
        return Bound(replace(other.value, optional=True), other.context)
    if not isinstance(other.value, Accumulated) or other.value.starts is None:
        return other
    starts = deeper(zero.context, other.value.starts)
    return Bound(replace(other.value, starts=starts), other.context)


def _join_sums(left: Accumulated, right: Accumulated) -> Accumulated:
    statements = {id(add.statement) for add in left.adds}
    adds = left.adds + tuple(add for add in right.adds if id(add.statement) not in statements)
    starts = None
    if left.starts is not None and right.starts is not None:
        starts = deeper(left.starts, right.starts)
    base = left.base if left.base == right.base else join_numbers(left.base, right.base)
    return Accumulated(left.metric, base, adds, starts, left.limit or right.limit)


def _join_opaque(left: Opaque, right: Opaque) -> Opaque:
    keys = _alternatives(left.birth.key) | _alternatives(right.birth.key)
    if keys == _alternatives(left.birth.key) or len(keys) > MAX_ALTERNATIVES:
        return replace(left, optional=left.optional or right.optional)
    return Opaque(
        Birth((EITHER, keys), left.birth.node),
        left.path if left.path == right.path else "",
        left.history or right.history,
        left.reduction if left.reduction == right.reduction else None,
        left.computed or right.computed,
        left.element and right.element,
        left.optional or right.optional,
    )


def joined_keys(key: Hashable) -> frozenset[Hashable]:
    """The births behind a key that stands for several paths."""
    return _alternatives(key) | {key}


def _alternatives(key: Hashable) -> frozenset[Hashable]:
    if isinstance(key, tuple) and len(key) == 2 and key[0] == EITHER:
        keys: frozenset[Hashable] = key[1]
        return keys
    return frozenset({key})


def join_numbers(left: Number, right: Number) -> Number:
    """A number that is one of two: unknown unless the scales agree or differ only by a tail window's size."""
    scale, varies = _join_scales(left.scale, right.scale)
    return Number(
        scale=scale,
        births=left.births | right.births,
        history=left.history or right.history,
        storage=left.storage if left.storage == right.storage else None,
        origin=_common_origin(left.origin, right.origin),
        divisions=_joined_divisions(left.divisions, right.divisions),
        adds=left.adds + tuple(a for a in right.adds if a not in left.adds),
        divisors=left.divisors or right.divisors,
        metric=left.metric or right.metric,
        const=left.const if left.const == right.const else None,
        reduction=left.reduction if left.reduction == right.reduction else None,
        varies=left.varies or right.varies or varies,
        certain=(left.certain and right.certain) or _is_plain_on_one_path(left, right),
        starts=left.starts or right.starts,
        frozen=left.frozen and right.frozen,
        optional=left.optional or right.optional,
        several=left.several or right.several,
    )


def _joined_divisions(left: tuple[Division, ...], right: tuple[Division, ...]) -> tuple[Division, ...]:
    """The divisions on either way; one that varies on either way varies."""
    if left == right:
        return left
    varying = {id(division.node) for division in (*left, *right) if division.varies}
    each = {id(division.node): division for division in (*right, *left)}
    ordered = dict.fromkeys(id(division.node) for division in (*left, *right))
    only = {id(division.node): division.only for division in (*left, *right) if division.only is not None}
    return tuple(replace(each[key], varies=key in varying, only=only.get(key)) for key in ordered)


def _is_plain_on_one_path(left: Number, right: Number) -> bool:
    """``if distributed: loss = loss * weight / total``: what is wrong without the unknown factor is wrong."""
    return left.scale == right.scale and left.scale.known and (left.certain or right.certain)


def _common_origin(left: Hashable, right: Hashable) -> Hashable:
    """One loss on both paths, averaged over its elements on one of them: ``if n_gpu > 1: loss = loss.mean()``."""
    for one, other in ((left, right), (right, left)):
        if one == other or other == (MEAN, one):
            return other
    return None


def _join_scales(left: Scale, right: Scale) -> tuple[Scale, bool]:
    if left == right:
        return left, False
    for one, other in ((left, right), (right, left)):
        if one.known and other.known and abs(one.exponent("N")) == 1 and "N" not in other.names():
            rest = other / one.without("N")
            if len(rest.names()) == 1 and rest.exponent(rest.names()[0]) == one.exponent("N") and rest not in (B,):
                return one, True
    return Scale(None), False
