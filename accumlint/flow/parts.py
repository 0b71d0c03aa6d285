"""Reading: what a name, an attribute, an entry or an element holds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.arguments import Arguments
from accumlint.flow.context import Context, Guard, relative_rate
from accumlint.flow.program import is_property
from accumlint.flow.spelling import dotted, subscript_key
from accumlint.flow.state import Bound
from accumlint.flow.value import (
    Accumulated,
    Birth,
    Definition,
    Flag,
    Items,
    Iterable,
    Library,
    Nothing,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    constant,
)
from accumlint.frameworks import Role, constructed_role
from accumlint.frameworks.meters import COUNT_ATTRIBUTES, LAST_ATTRIBUTES, MEAN_ATTRIBUTES, SUM_ATTRIBUTES
from accumlint.scale import ONE, UNKNOWN, B, N, join

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


FACTORY = "[factory]"
"""The place that says what a defaultdict makes of an entry that is missing."""


def read_name(machine: Machine, node: cst.Name) -> Value:
    name = node.value
    bound = machine.read_name(name)
    if bound is not None:
        return _read(machine, bound.value, bound.context)
    if name == "None":
        return Nothing()
    program = machine.scope.program
    if name in program.functions:
        return Definition(program.functions[name])
    if name in program.classes:
        return Definition(program.classes[name].node)
    if name in program.imports:
        return Library(program.imports[name])
    if name in _BUILTINS:
        return Library(name)
    return Opaque(Birth(("global", name), node), name)


_BUILTINS = frozenset(
    [
        "abs",
        "bool",
        "dict",
        "enumerate",
        "filter",
        "float",
        "format",
        "getattr",
        "hasattr",
        "int",
        "isinstance",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "print",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "tuple",
        "zip",
        "True",
        "False",
        "super",
        "type",
    ]
)


def _read(machine: Machine, value: Value, context: Context) -> Value:
    """A number that was copied from a sum remembers when: ``last = s`` and later ``s - last``.

    A sum that is set back in a guard, and read where that guard is not passed, is read while it still grows.
    """
    if isinstance(value, Accumulated) and _is_growing(machine, value):
        return replace(machine.number(value), scale=UNKNOWN)
    if isinstance(value, Number) and value.metric is not None and not value.divisors:
        return replace(value, starts=context)
    return value


def _is_growing(machine: Machine, value: Accumulated) -> bool:
    here, starts = machine.context, value.starts
    if starts is None or not any(add.value.births for add in value.adds):
        return False
    guards = [frame for frame in starts.frames if isinstance(frame, Guard) and frame.is_read]
    passed_by = [guard for guard in guards if guard not in here.frames]
    more_often = here.rate / starts.rate
    return starts.innermost_loop in here.frames and any(more_often == guard.fraction**-1 for guard in passed_by)


def read_attribute(machine: Machine, node: cst.Attribute) -> Value:
    base = machine.evaluate(node.value)
    name = node.attr.value
    match base:
        case Library():
            return Library(f"{base.name}.{name}")
        case Ref():
            return _part_of_ref(machine, base, name, node)
        case Opaque():
            bound = machine.state.get((base.birth.key, name))
            if bound is not None:
                return _read(machine, bound.value, bound.context)
            if name == "sync_gradients":
                return Flag(N**-1, node=node)
            if name in ("data", "real") and base.computed:
                return replace(machine.number(base), history=False)
            return _part(machine, base, name, node)
        case Number() | Accumulated():
            number = machine.number(base)
            if name == "data":
                return replace(number, history=False)
            return Opaque(Birth((machine.scope.owner, node), node), computed=True)
        case Definition(node=cst.ClassDef()):
            bound = machine.state.get((base.node, name))
            if bound is not None:
                return bound.value
    return Opaque(Birth((machine.scope.owner, dotted(node) or node), node), dotted(node), computed=False)


def _part(machine: Machine, base: Opaque, name: str, node: cst.CSTNode) -> Opaque:
    path = f"{base.path}.{name}" if base.path else name if base.computed else ""
    machine.made_of((base.birth.key, name), base.birth.key)
    return Opaque(
        Birth((base.birth.key, name), node),
        path,
        base.history,
        base.reduction,
        computed=base.computed,
        element=base.element,
    )


def _part_of_ref(machine: Machine, base: Ref, name: str, node: cst.Attribute) -> Value:
    bound = machine.state.get((base.key, name))
    if bound is not None:
        return _read(machine, bound.value, bound.context)
    if base.role in (Role.METER, Role.SUM_METER):
        return read_meter(machine, base, name)
    if base.role is Role.METERS:
        return Ref((base.key, name), "library", Role.METER)
    if base.role is Role.ACCELERATOR and name == "sync_gradients":
        return Flag(N**-1, node=node)
    if base.class_ is not None:
        info = machine.class_of(base.class_)
        if info is not None and name in info.methods:
            method = info.methods[name]
            function = Definition(method, base)
            return _property(machine, function, node) if is_property(method) else function
    path = f"self.{name}" if base.kind == "instance" else name
    return Opaque(Birth((base.key, name), node), path)


def _property(machine: Machine, function: Definition, node: cst.Attribute) -> Value:
    return machine.call(function, Arguments(), node)


def read_meter(machine: Machine, meter: Ref, name: str) -> Value:
    """``meter.avg``: the mean of what it was fed; ``meter.sum``: the sum."""
    bound = machine.state.get((meter.key, "[]"))
    if bound is None or not isinstance(bound.value, Accumulated):
        return Number()
    if name in SUM_ATTRIBUTES:
        return bound.value.total()
    if name in COUNT_ATTRIBUTES:
        return count_items(bound.value)
    if name in MEAN_ATTRIBUTES or name in LAST_ATTRIBUTES:
        return element_of(bound.value)
    return Number()


def element_of(items: Accumulated) -> Number:
    """One element of a list, or the mean of them: the common scale of what was put in."""
    total = items.total()
    scales = [add.value.scale for add in items.adds]
    if items.base.births:
        scales.append(items.base.scale)
    return replace(total, scale=join(*scales) if scales else UNKNOWN)


def count_items(items: Accumulated) -> Number:
    """How many elements were put in since it was emptied, or as many as it keeps."""
    if items.limit is not None:
        return Number(items.limit, metric=items.metric)
    if items.starts is None or not items.adds:
        return Number()
    rates = [relative_rate(add.context, items.starts) for add in items.adds]
    return Number(join(*rates), metric=items.metric)


def read_entry(machine: Machine, node: cst.Subscript) -> Value:
    base = machine.evaluate(node.value)
    key = subscript_key(node)
    for element in node.slice:
        if isinstance(element.slice, cst.Index) and key == "[*]":
            machine.evaluate(element.slice.value)
    sliced = len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Slice)
    match base:
        case Ref(kind="list" | "deque"):
            cell = machine.state.get((base.key, key))
            if cell is not None and not sliced:
                return _read(machine, cell.value, cell.context)
            return _last_of(machine, base, node) if sliced else _list_element(machine, base)
        case Ref():
            return _entry(machine, base, key, node)
        case Items():
            return _item(machine, base, key, node)
        case Accumulated():
            return element_of(base)
        case Number():
            cells = machine.location(node.value) if not any(_is_slice(part) for part in node.slice) else None
            bound = machine.state.get((cells, key)) if cells is not None else None
            return base if bound is None else _read(machine, bound.value, bound.context)
        case Opaque():
            bound = machine.state.get((base.birth.key, key))
            if bound is not None:
                return _read(machine, bound.value, bound.context)
            if key.startswith("['") and base.element:
                machine.beliefs.text_keyed.add(base.birth.key)
            if key == "[0]" and base.path.rpartition(".")[2] == "shape":
                return Number(B, length_of=_whole_of_shape(base))
            if sliced:
                birth = Birth((base.birth.key, node), node)
                machine.beliefs.slices[birth.key] = base.birth.key
                return replace(base, birth=birth, path=base.path + key)
            return _part(machine, base, key, node)
        case Iterable(inner=inner) if inner is not None and not sliced:
            return inner
    return Opaque(Birth((machine.scope.owner, node), node), computed=True)


def _last_of(machine: Machine, items: Ref, node: cst.Subscript) -> Value:
    """``losses[-n:]``: the last n of them; another slice is taken for the whole."""
    bound = machine.state.get((items.key, "[]"))
    match node.slice[0].slice:
        case cst.Slice(lower=cst.UnaryOperation(operator=cst.Minus(), expression=last), upper=None, step=None):
            count = machine.number(machine.evaluate(last)).scale
            if count.known and count != ONE and bound is not None and isinstance(bound.value, Accumulated):
                return replace(bound.value, limit=count)
    return items


def _is_slice(part: cst.SubscriptElement) -> bool:
    return isinstance(part.slice, cst.Slice)


def _whole_of_shape(shape: Opaque) -> Hashable:
    """The batch whose ``.shape`` this is."""
    key = shape.birth.key
    return key[0] if isinstance(key, tuple) and len(key) == 2 and key[1] == "shape" else None


def _list_element(machine: Machine, items: Ref) -> Value:
    bound = machine.state.get((items.key, "[]"))
    if bound is not None and isinstance(bound.value, Accumulated):
        return element_of(bound.value)
    return bound.value if bound is not None else Number()


def entry_of(machine: Machine, base: Ref, key: str) -> Bound | None:
    """What a dict holds under a key, or under one that is put together and may be it."""
    for candidate in (key, "[*]"):
        bound = machine.state.get((base.key, candidate))
        if bound is not None:
            return bound
    for (_, name), bound in machine.state.owned_by(base.key):
        if "*" in name and fnmatchcase(key[1:-1], name[1:-1]):
            return bound
    return None


def _entry(machine: Machine, base: Ref, key: str, node: cst.BaseExpression) -> Value:
    bound = entry_of(machine, base, key)
    if bound is not None:
        return _read(machine, bound.value, bound.context)
    if key == "[*]" and base.kind == "dict":
        held = [bound.value for (_, name), bound in machine.state.owned_by(base.key) if name != "[new]"]
        losses = [value for value in held if machine.number(value).births]
        if losses:  # one of them, whichever
            several = one_of_several(machine, losses[0]) if len(losses) > 1 else losses[0]
            return one_of(machine, several, held)
    fresh = machine.state.get((base.key, "[new]"))
    made = _made_by_factory(machine, base, key)
    if made is not None:
        return made
    if fresh is not None:
        return fresh.value
    if base.role is Role.METERS:
        return Ref((base.key, key), "library", Role.METER)
    return Opaque(Birth((base.key, key), node), key, computed=False)


def one_of_several(machine: Machine, value: Value) -> Value:
    """A loss that stands for others, too: what else holds it does not hold them."""
    number = machine.number(value) if isinstance(value, (Number, Opaque)) else Number()
    return replace(number, origin=None) if number.births and number.scale.known and not number.adds else value


def one_of(machine: Machine, value: Value, held: Sequence[Value]) -> Value:
    """``totals[k] / n`` for every k, ``v`` of every ``k, v``: a loss, or a sum, that stands for all that is held."""
    if len(held) < 2 or not isinstance(value, (Number, Accumulated)):
        return value
    number, others = machine.number(value), [machine.number(other) for other in held]
    if not number.births or any(add.kind != "sum" for add in number.adds):
        return value
    unlike = any(not other.births or other.scale != number.scale for other in others)
    return replace(number, several=bool(number.adds), unlike=unlike)


def _made_by_factory(machine: Machine, base: Ref, key: str) -> Ref | None:
    """``defaultdict(list)`` and ``defaultdict(AverageMeter)``: an entry that is missing is made when it is read."""
    factory = machine.state.get((base.key, FACTORY))
    if factory is not None and isinstance(factory.value, Ref):
        return _made_like(machine, factory.value, (base.key, key), factory.context)
    if factory is None or not isinstance(factory.value, Library):
        return None
    return make_with(machine, factory.value.name, (base.key, key), factory.context)


def _made_like(machine: Machine, first: Ref, place: Place, context: Context) -> Ref:
    """Another object that is what this one was when it was new."""
    made = replace(first, key=("at", place))
    for (_, name), bound in machine.state.owned_by(first.key):
        machine.state.set((made.key, name), bound.value, bound.context)
    machine.state.set(place, made, context)
    return made


def make_with(machine: Machine, factory: str, place: Place, context: Context) -> Ref | None:
    """What ``list`` or ``AverageMeter`` makes, at this place; None of another factory."""
    name = machine.scope.program.qualified(factory)
    role = constructed_role(name)
    if name.rpartition(".")[2] not in ("list", "deque") and role not in (Role.METER, Role.SUM_METER):
        return None
    made = Ref(("at", place), "list") if role is None else Ref(("at", place), "library", role)
    machine.state.set((made.key, "[]"), constant(0), context)
    machine.state.set(place, made, context)
    return made


def _item(machine: Machine, base: Items, key: str, node: cst.BaseExpression) -> Value:
    if base.keys and key[1:-1].strip("'\"") in base.keys:
        return base.values[base.keys.index(key[1:-1].strip("'\""))]
    index = key[1:-1]
    if index.isdigit() and int(index) < len(base.values):
        return base.values[int(index)]
    return Opaque(Birth((machine.scope.owner, node), node), computed=True)


def part_of(machine: Machine, value: Value, index: int, element: cst.BaseElement) -> Value:
    """One of the targets that an opaque value is unpacked into."""
    if isinstance(value, Opaque):
        part = _part(machine, value, f"[{index}]", element.value)
        return replace(part, path=dotted(element.value)) if not value.path else part
    if isinstance(value, Ref):
        return _entry(machine, value, f"[{index}]", element.value)
    return Number()
