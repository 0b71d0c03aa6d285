"""Lists and dicts: where they live, what is put into them and what comes out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import recording
from accumlint.flow.arguments import Arguments, opaque
from accumlint.flow.parts import FACTORY, entry_of, one_of, one_of_several
from accumlint.flow.spelling import dotted, subscript_key
from accumlint.flow.tree import names_in
from accumlint.flow.value import (
    Accumulated,
    Definition,
    Items,
    Iterable,
    Library,
    Number,
    Opaque,
    Place,
    Ref,
    Value,
    constant,
    is_zero,
)
from accumlint.scale import ONE

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine

_ADDS = "[adds]"
"""The place that says of a dict that its ``update`` adds: a Counter."""
SAYINGS = frozenset({"[new]", FACTORY, _ADDS})
"""What is said of a dict, and is no entry."""


def new_list(machine: Machine, key: Hashable, kind: str = "list") -> Ref:
    ref = Ref(key, kind)
    empty(machine, ref)
    return ref


def empty(machine: Machine, ref: Ref) -> None:
    """Everything in a container is zero from here on, a list that lives elsewhere and is only named in it excepted."""
    for place, bound in machine.state.owned_by(ref.key):
        if not isinstance(bound.value, Ref):
            machine.state.set(place, constant(0), machine.context)
            for cell in cells_of(machine, place):
                machine.state.forget(cell)
        elif bound.value.key == ("at", place):
            empty(machine, bound.value)
    machine.state.set(
        (ref.key, "[]" if ref.kind in ("list", "deque") or ref.role else "[new]"), constant(0), machine.context
    )


def entries_of(machine: Machine, entries: Ref) -> list[tuple[str, Value]]:
    """The names and values of what a dict holds."""
    held = machine.state.owned_by(entries.key)
    return [(key.strip("[]'"), bound.value) for (_, key), bound in held if key.startswith("['")]


def rewritten(machine: Machine, items: Value) -> bool:
    """Elements of a list were changed where they are kept: what it holds is unknown, and what is made of it in doubt.

    False where it holds nothing.
    """
    held = machine.state.get((items.key, "[]")) if isinstance(items, Ref) else None
    if held is None or not isinstance(items, Ref) or not isinstance(held.value, Accumulated):
        return False
    machine.beliefs.divided.add(items.key)
    machine.state.set((items.key, "[]"), Number(births=held.value.total().births), held.context)
    return True


def elements_changed(machine: Machine, target: cst.BaseExpression) -> None:
    """``for loss in losses: loss /= n`` changes the elements where they are kept."""
    loop = machine.context.innermost_loop
    if loop is None or not isinstance(loop.node, cst.For) or not isinstance(target, cst.Name):
        return
    for home in _gone_through(loop.node.iter) if target.value in names_in(loop.node.target) else ():
        changed(machine, home)


def changed(machine: Machine, home: cst.BaseExpression) -> None:
    """What is kept there was changed, nobody knows how much of it: it is unknown, or in doubt where it was before."""
    held, place = machine.evaluate(home), machine.home_of(home)
    if isinstance(held, Opaque):
        machine.beliefs.divided.add(held.birth.key)
    elif isinstance(held, Items) and place is not None:
        unknown = tuple(Number(births=machine.number(value).births) for value in held.values)
        machine.state.set(place, replace(held, values=unknown), machine.context)
    elif isinstance(held, Ref) and held.kind == "dict":
        machine.beliefs.divided.add(held.key)
        for entry, bound in machine.state.owned_by(held.key):
            if births := machine.number(bound.value).births:
                machine.state.set(entry, Number(births=births), bound.context)
    else:
        rewritten(machine, held)


def _gone_through(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """``losses`` of ``losses.values()`` and of ``enumerate(losses)``."""
    match node:
        case cst.Call(func=cst.Attribute(value=home, attr=cst.Name(value="items" | "values"))):
            yield home
        case cst.Call(func=cst.Name(value="enumerate" | "zip" | "list" | "reversed"), args=args):
            for each in args:
                yield from _gone_through(each.value)
        case cst.Name() | cst.Attribute() | cst.Subscript():
            yield node


def cells_of(machine: Machine, place: Place) -> list[Place]:
    """The elements of an array that were set or added to one by one: ``totals[0] += loss.item()``."""
    return [cell for cell, _ in machine.state.owned_by(("cells", place))]


def is_new(value: Ref) -> bool:
    return isinstance(value.key, tuple) and bool(value.key) and value.key[0] == "new"


def located(machine: Machine, value: Items, place: Place) -> Value:
    """A list or dict display that is given a name lives there, so that setting it anew empties it."""
    if not value.nodes and not value.keys and not value.values:
        return value
    if value.keys:
        ref = Ref(("at", place), "dict")
        empty(machine, ref)
        for key, item in zip(value.keys, value.values, strict=True):
            child = (ref.key, f"[{key!r}]" if key != "*" else "[*]")  # a comprehension's: one for all
            if isinstance(item, Ref) and is_new(item):
                item = moved(machine, item, child)
            machine.state.set(child, item, machine.context)
        return ref
    return value


def moved(machine: Machine, value: Ref, place: Place | None) -> Ref:
    if place is None:
        return value
    there = replace(value, key=("at", place))
    empty(machine, there)
    for inner, bound in machine.state.owned_by(value.key):
        content, home = bound.value, (there.key, inner[1])
        if isinstance(content, Ref) and content.key == ("at", inner):  # a list in a list
            content = moved(machine, content, home)
        machine.state.set(home, content, machine.context)
    return there


def items_of(machine: Machine, value: Value) -> Accumulated | None:
    if isinstance(value, Accumulated):
        return value
    if isinstance(value, Ref):
        bound = machine.state.get((value.key, "[]"))
        if bound is not None and isinstance(bound.value, Accumulated):
            return bound.value
    return None


def container(machine: Machine, node: cst.Call, name: str, arguments: Arguments) -> Value:
    kind = "deque" if name == "deque" else "list" if name == "list" else "dict"
    if name == "list" and arguments.positional:
        return arguments.positional[0]
    ref = new_list(machine, ("new", machine.scope.owner, node), kind)
    factory = arguments.get(0) if name == "defaultdict" else None
    if isinstance(factory, Definition) and isinstance(factory.node, cst.ClassDef):
        factory = machine.call(factory, Arguments(), node)
    if isinstance(factory, (Library, Ref)):
        machine.state.set((ref.key, FACTORY), factory, machine.context)
    if name == "Counter":
        machine.state.set((ref.key, _ADDS), constant(0), machine.context)
    limit = arguments.get("maxlen") or (arguments.get(1) if kind == "deque" else None)
    if kind == "deque" and limit is not None:
        machine.state.set((ref.key, "maxlen"), machine.number(limit), machine.context)
    for key, value in arguments.keywords.items():
        if kind == "dict":
            machine.state.set((ref.key, f"[{key!r}]"), machine.named_count(key, value), machine.context)
    return ref


def container_method(
    machine: Machine, node: cst.Call, func: cst.Attribute, receiver: Ref, name: str, arguments: Arguments
) -> Value | None:
    if receiver.kind == "dict":
        return _dict_method(machine, node, receiver, name, arguments)
    if name in ("append", "appendleft", "push") and arguments.nodes:
        value = arguments.positional[0]
        number = machine.number(value)
        if isinstance(value, Opaque) and value.element:
            machine.state.set((receiver.key, "[item]"), value, machine.context)
        if isinstance(value, (Items, Ref)):
            if isinstance(value, Items):
                _append_record(machine, node, arguments.nodes[0], value, dotted(func.value))
            return constant(0)
        if number.divisors:
            recording.sink(machine, node, arguments.nodes[0], "store", value, dotted(func.value))
        total = recording.add(machine, (receiver.key, "[]"), node, arguments.nodes[0], number, func.value, kind="item")
        limit = machine.state.get((receiver.key, "maxlen"))
        if limit is not None and total.limit != machine.number(limit.value).scale:
            bound = machine.state.get((receiver.key, "[]"))
            kept = replace(total, limit=machine.number(limit.value).scale)
            machine.state.set((receiver.key, "[]"), kept, bound.context if bound is not None else machine.context)
        return constant(0)
    if name == "clear":
        empty(machine, receiver)
        return constant(0)
    if name in ("pop", "popleft"):
        return opaque(machine, node)
    return None


def _append_record(machine: Machine, node: cst.Call, at: cst.BaseExpression, record: Items, history: str) -> None:
    """``history.append({"step": i, "loss": loss.item()})``: what each field shows."""
    nodes = record.nodes or tuple(at for _ in record.values)
    keys = record.keys or tuple("" for _ in record.values)
    for item, item_node, key in zip(record.values, nodes, keys, strict=True):
        number = machine.number(item)
        if number.births and (number.divisors or (not number.adds and number.frozen)):
            recording.sink(machine, node, item_node, "store" if number.divisors else "history", item, key or history)


def _dict_method(machine: Machine, node: cst.Call, receiver: Ref, name: str, arguments: Arguments) -> Value | None:
    if name == "get" and arguments.nodes:
        bound = entry_of(machine, receiver, subscript_key(_entry_named(arguments.nodes[0])))
        if bound is not None:
            return bound.value
        return arguments.positional[1] if len(arguments.positional) > 1 else opaque(machine, node)
    if name == "setdefault" and len(arguments.nodes) == 2:
        return _set_default(machine, receiver, subscript_key(_entry_named(arguments.nodes[0])), arguments.positional[1])
    if name == "clear":
        empty(machine, receiver)
        return constant(0)
    if name == "update":
        first = arguments.get(0)
        given = list(zip(first.keys, first.values, strict=False)) if isinstance(first, Items) else []
        if machine.state.get((receiver.key, _ADDS)) is not None:
            return _count(machine, node, receiver, first, given)
        for field, value in (*arguments.keywords.items(), *given):
            machine.state.set((receiver.key, f"[{field!r}]"), value, machine.context)
        if isinstance(first, Ref) and first.key != receiver.key:
            for (_, entry), held in machine.state.owned_by(first.key):
                if entry not in SAYINGS:
                    machine.state.set((receiver.key, entry), held.value, machine.context)
        return constant(0)
    if name == "items":
        return pairs(machine, [b.value for (_, k), b in machine.state.owned_by(receiver.key) if k not in SAYINGS])
    if name == "pop" and arguments.nodes:
        popped = _dict_method(machine, node, receiver, "get", arguments)
        place = (receiver.key, subscript_key(_entry_named(arguments.nodes[0])))
        if machine.state.get(place) is not None:
            machine.state.set(place, constant(0), machine.context)
        return popped if popped is not None else opaque(machine, node)
    if name == "values":
        values = tuple(b.value for (_, k), b in machine.state.owned_by(receiver.key) if k not in SAYINGS)
        return Items(values)
    return None


def _set_default(machine: Machine, receiver: Ref, key: str, default: Value) -> Value:
    """``logs.setdefault("loss", [])``: what is there, else the default, which is there as long as the dict is."""
    bound = entry_of(machine, receiver, key)
    if bound is not None and not (isinstance(default, Ref) and is_zero(bound.value)):
        return bound.value
    new, place = machine.state.get((receiver.key, "[new]")), (receiver.key, key)
    context = machine.context if new is None else new.context
    if isinstance(default, Ref) and is_new(default):
        default = Ref(("at", place), default.kind)
        machine.state.set((default.key, "[]"), constant(0), context)
    machine.state.set(place, default, context)
    return default


def _count(
    machine: Machine, node: cst.Call, counter: Ref, first: Value | None, given: Sequence[tuple[str, Value]]
) -> Value:
    """``counter.update({"loss": loss.item()})`` adds to the entry; what is counted otherwise is unknown."""
    nodes = first.nodes if isinstance(first, Items) and first.nodes else tuple(arg.value for arg in node.args[:1])
    new = machine.state.get((counter.key, "[new]"))
    for (field, value), at in zip(given, nodes, strict=False):
        place = (counter.key, f"[{field!r}]")
        if machine.state.get(place) is None:
            machine.state.set(place, constant(0), machine.context if new is None else new.context)
        recording.add(machine, place, node, at, machine.number(value), None)
    if isinstance(first, Ref):
        for field, _ in entries_of(machine, first):
            machine.state.set((counter.key, f"[{field!r}]"), Number(), machine.context)
    return constant(0)


def _entry_named(key: cst.BaseExpression) -> cst.Subscript:
    return cst.Subscript(cst.Name("d"), [cst.SubscriptElement(cst.Index(key))])


def pairs(machine: Machine, values: Sequence[Value]) -> Iterable:
    """``.items()``: one of the pairs, that of a loss if there is one."""
    numbers = [(value, machine.number(value)) for value in values]
    losses = [value for value, number in numbers if number.births and number.scale.known and number.scale.exponent("ℓ")]
    born = [value for value, number in numbers if number.births]
    inner = next(iter([*losses, *born, *values]), Number())
    inner = one_of_several(machine, inner) if len(born) > 1 else inner
    inner = one_of(machine, inner, values)
    return Iterable(ONE, inner=Items((Items(()), inner)))


def extend(machine: Machine, current: Value, value: Value, place: Place, node: cst.AugAssign) -> None:
    if isinstance(current, Items) and current.values == () and not isinstance(value, Ref):
        return
    if isinstance(current, Ref) and current.kind in ("list", "deque") and isinstance(value, Items):
        for item in value.values:
            recording.add(
                machine, (current.key, "[]"), node, node.value, machine.number(item), node.target, kind="item"
            )
