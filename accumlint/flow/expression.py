"""Transfer functions: what an expression is worth, given what its parts are worth."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from accumlint.flow import arrays, binding, branches, calls, doubt, guards
from accumlint.flow.arithmetic import arithmetic, written_number
from accumlint.flow.binding import bind_loop_target
from accumlint.flow.containers import entries_of, items_of, new_list
from accumlint.flow.context import Loop
from accumlint.flow.iteration import iterable
from accumlint.flow.parts import FACTORY, element_of, one_of, one_of_several, read_attribute, read_entry, read_name
from accumlint.flow.spelling import text_of
from accumlint.flow.state import Bound, join_numbers
from accumlint.flow.tree import descendants
from accumlint.flow.value import (
    Accumulated,
    Add,
    Birth,
    Definition,
    Items,
    Iterable,
    Number,
    Opaque,
    Ref,
    Value,
    constant,
    is_zero,
)
from accumlint.scale import ONE

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


def evaluate(machine: Machine, node: cst.BaseExpression) -> Value:
    """The value of an expression. Effects of calls in it happen; evaluate once."""
    transfer = _TRANSFER.get(type(node))
    if transfer is None:
        return Opaque(Birth((machine.scope.owner, node), node), computed=True)
    return transfer(machine, node)


def _boolean(machine: Machine, node: cst.BooleanOperation) -> Value:
    if isinstance(node.operator, cst.Or) and _is_plain(node.left) and _is_plain(node.right):
        return _alternative(machine, node)
    return _condition(machine, node)


def _list(machine: Machine, node: cst.List) -> Value:
    if not node.elements:
        return new_list(machine, ("new", machine.scope.owner, node))
    if all(_starts_empty(machine, element.value) for element in node.elements):
        return _list_of_sums(machine, node)
    return _elements(machine, node)


def _elements(machine: Machine, node: cst.Tuple | cst.List | cst.Set) -> Items:
    elements = [element.value for element in node.elements]
    return Items(tuple(evaluate(machine, element) for element in elements), tuple(elements))


def _lambda(machine: Machine, node: cst.Lambda) -> Definition:
    return Definition(node, frame=machine.scope.owner)


def _named(machine: Machine, node: cst.NamedExpr) -> Value:
    value = evaluate(machine, node.value)
    binding.assign(machine, node.target, value, node)
    return value


def _is_of_zeros(node: cst.ListComp) -> bool:
    """``[0.0 for _ in range(n)]``."""
    is_plain = not node.for_in.ifs and node.for_in.inner_for_in is None
    return is_plain and isinstance(node.elt, (cst.Integer, cst.Float)) and node.elt.value in ("0", "0.0", "0.")


def _starts_empty(machine: Machine, node: cst.BaseExpression) -> bool:
    """0, 0.0, None, a tensor of zero or an empty list: what a sum or a history starts from."""
    match node:
        case cst.Integer(value=value) | cst.Float(value=value):
            return (
                float(value.replace("_", "")) == 0
                if len(value) < 20 and value.isascii() and "x" not in value
                else False
            )
        case cst.List(elements=elements):
            return not elements
        case cst.Name(value=name):
            return name == "None"
        case cst.Call(args=[cst.Arg(value=cst.Integer() | cst.Float() | cst.Tuple(elements=[]))]):
            return is_zero(machine.evaluate(node))
    return False


def _list_of_sums(machine: Machine, node: cst.List) -> Ref:
    """``[0.0]`` and ``[[], []]``: each element is a place of its own."""
    ref = Ref(("new", machine.scope.owner, node), "list")
    for index, element in enumerate(node.elements):
        place = (ref.key, f"[{index}]")
        if isinstance(element.value, cst.List):
            machine.state.set(place, new_list(machine, ("at", place)), machine.context)
        else:
            machine.state.set(place, constant(0), machine.context)
    return ref


def _binary(machine: Machine, node: cst.BinaryOperation) -> Value:
    left, right = machine.evaluate(node.left), machine.evaluate(node.right)
    if isinstance(left, Items) or isinstance(right, Items):
        return _concatenated(left, right, node)
    elements = arrays.elementwise(machine, node, left, right)
    if elements is not None:
        return elements
    if isinstance(left, Ref) or isinstance(right, Ref):
        container, other = (left, right) if isinstance(left, Ref) else (right, left)
        if isinstance(node.operator, cst.Multiply) and isinstance(container, Ref):
            arrays.repeat(machine, container, other)
        return container
    return arithmetic(machine, node, node.operator, left, right, node.left, node.right)


def _concatenated(left: Value, right: Value, node: cst.BinaryOperation) -> Items:
    """Text that is glued or formatted: the numbers in it."""
    values: list[Value] = []
    nodes: list[cst.BaseExpression] = []
    for value, part in ((left, node.left), (right, node.right)):
        if isinstance(value, Items):
            values.extend(value.values)
            nodes.extend(value.nodes or tuple(part for _ in value.values))
        else:
            values.append(value)
            nodes.append(part)
    text = text_of(node.left)
    return Items(tuple(values), tuple(nodes), tuple(text for _ in values) if text else ())


def _unary(machine: Machine, node: cst.UnaryOperation) -> Value:
    if isinstance(node.operator, cst.Not):
        return _condition(machine, node)
    value = machine.evaluate(node.expression)
    number = machine.number(value)
    if isinstance(value, Items):
        return value
    const = -number.const if number.const is not None and isinstance(node.operator, cst.Minus) else number.const
    return replace(number, const=const)


def _condition(machine: Machine, node: cst.BaseExpression) -> Value:
    flag = guards.test(machine, node)
    if flag.fraction.known or flag.always is not None:
        return replace(flag, node=node) if flag.always is None else flag
    return flag


def _alternative(machine: Machine, node: cst.BooleanOperation) -> Value:
    """``len(loader) % N or N`` is a number, as is ``steps or 1``; ``boundary or last`` is a condition."""
    value = machine.evaluate(node.left)
    left, right = machine.number(value), machine.number(machine.evaluate(node.right))
    if isinstance(value, Opaque) and not value.computed and right.const is not None and right.const >= 1:
        return value  # accum_steps or 1
    joined = left if right.const is not None else join_numbers(left, right)
    return joined if machine.is_count(joined.scale) and joined.scale != ONE else _condition(machine, node)


def _is_plain(node: cst.BaseExpression) -> bool:
    """Evaluating it twice does nothing twice."""
    effects = (cst.Call, cst.NamedExpr, cst.Comparison, cst.BooleanOperation)
    return all(not isinstance(part, effects) or _is_length(part) for part in descendants(node))


def _is_length(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "len"


def _if_expression(machine: Machine, node: cst.IfExp) -> Value:
    flag = guards.test(machine, node.test)
    if flag.always is not None:
        value = machine.evaluate(node.body if flag.always else node.orelse)
        return branches.here_only(value) if flag.setting and isinstance(value, Number) else value
    body, orelse = machine.evaluate(node.body), machine.evaluate(node.orelse)
    joined = machine.state.join(
        _bound(machine, body),
        _bound(machine, orelse),
    )
    return joined.value if joined is not None else body


def _bound(machine: Machine, value: Value) -> Bound:
    return Bound(value, machine.context)


def _dict(machine: Machine, node: cst.Dict) -> Value:
    if not node.elements:
        return new_list(machine, ("new", machine.scope.owner, node), "dict")
    values: list[Value] = []
    nodes: list[cst.BaseExpression] = []
    keys: list[str] = []
    for element in node.elements:
        value = machine.evaluate(element.value)
        if isinstance(element, cst.DictElement):
            key = text_of(element.key) or _label_text(element.key)
            values.append(machine.named_count(key, value) if key.isidentifier() else value)
            nodes.append(element.value)
            keys.append(key)
        elif isinstance(value, Items):
            values.extend(value.values)
            nodes.extend(value.nodes or tuple(element.value for _ in value.values))
            keys.extend(value.keys or tuple("" for _ in value.values))
        elif isinstance(value, Ref):
            for key, held in entries_of(machine, value):
                values.append(held)
                nodes.append(element.value)
                keys.append(key)
    return Items(tuple(values), tuple(nodes), tuple(keys) or ("",) * len(values))


def _comprehended(machine: Machine, node: cst.DictComp | cst.GeneratorExp | cst.ListComp | cst.SetComp) -> Value:
    with _names_of_its_own(machine, node):
        return _dict_comprehension(machine, node) if isinstance(node, cst.DictComp) else _comprehension(machine, node)


@contextlib.contextmanager
def _names_of_its_own(machine: Machine, node: cst.BaseComp) -> Iterator[None]:
    """The names that a comprehension gives to elements mean nothing behind it."""
    names = [part.value for part in descendants(node.for_in.target) if isinstance(part, cst.Name)]
    before = {(machine.scope.owner, name): machine.state.get((machine.scope.owner, name)) for name in names}
    yield
    for place, bound in before.items():
        if bound is None:
            machine.state.forget(place)
        else:
            machine.state.set(place, bound.value, bound.context)


def _dict_comprehension(machine: Machine, node: cst.DictComp) -> Ref | Items:
    """``{k: v / n for k, v in losses.items()}``: entry by entry where they are known, else one for all of them."""
    entries = _entries_of(machine, node.for_in.iter) if not node.for_in.ifs else []
    if not entries:
        over = iterable(machine, machine.evaluate(node.for_in.iter), node.for_in.iter)
        bind_loop_target(machine, node.for_in, node.for_in.target, over)
        value = machine.evaluate(node.value)
        return _made_alike(machine, node, value) or Items((value,), (node.value,), ("*",))
    values: list[Value] = []
    for _, value in entries:
        each = one_of_several(machine, value) if len(entries) > 1 else value
        each = one_of(machine, each, [other for _, other in entries])
        binding.assign(machine, node.for_in.target, Items((Items(()), each)), node)
        values.append(machine.evaluate(node.value))
    return Items(tuple(values), tuple(node.value for _ in values), tuple(name for name, _ in entries))


def _made_alike(machine: Machine, node: cst.DictComp, value: Value) -> Ref | None:
    """``{k: AverageMeter() for k in names}``: each entry is an object of its own; None of what is no new object."""
    made_here = (machine.scope.owner, node.value)
    if not isinstance(value, Ref) or value.key not in (made_here, ("new", *made_here)):
        return None
    made = new_list(machine, ("new", machine.scope.owner, node), "dict")
    machine.state.set((made.key, FACTORY), value, machine.context)
    return made


def _entries_of(machine: Machine, node: cst.BaseExpression) -> list[tuple[str, Value]]:
    """The names and values of a dict whose ``items()`` these are."""
    match node:
        case cst.Call(func=cst.Attribute(value=of, attr=cst.Name(value="items")), args=[]):
            value = machine.evaluate(of)
            if isinstance(value, Items):
                return list(zip(value.keys, value.values, strict=False))
            if isinstance(value, Ref):
                return entries_of(machine, value)
    return []


def _label_text(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.FormattedString):
        return "".join(part.value for part in node.parts if isinstance(part, cst.FormattedStringText))
    return ""


def _joined_text(machine: Machine, node: cst.ConcatenatedString) -> Items:
    """Adjacent strings: what each of them shows."""
    left, right = machine.evaluate(node.left), machine.evaluate(node.right)
    parts = [part for part in (left, right) if isinstance(part, Items)]
    return Items(
        tuple(value for part in parts for value in part.values),
        tuple(at for part in parts for at in part.nodes),
        tuple(key for part in parts for key in part.keys),
    )


def _formatted(machine: Machine, node: cst.FormattedString) -> Items:
    """An f-string: the numbers in it, each labelled with the text before it."""
    values: list[Value] = []
    nodes: list[cst.BaseExpression] = []
    labels: list[str] = []
    text = ""
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            text = part.value
        elif isinstance(part, cst.FormattedStringExpression):
            values.append(machine.evaluate(part.expression))
            nodes.append(part.expression)
            labels.append(text.strip(" :=,|([{"))
            text = ""
    return Items(tuple(values), tuple(nodes), tuple(labels))


def _comprehension(machine: Machine, node: cst.GeneratorExp | cst.ListComp | cst.SetComp) -> Value:
    """A list made of another one's elements keeps its additions; anything else is born here."""
    entries = _entries_of(machine, node.for_in.iter) if _is_text(node.elt) and not node.for_in.ifs else []
    if entries:
        values = [value for _, value in entries]
        each = [one_of(machine, value, values) for value in values]
        shown = tuple(_element_for(machine, node, Items((Items(()), value))) for value in each)
        return Items(shown, tuple(node.elt for _ in shown), tuple(name for name, _ in entries))
    iterated = machine.evaluate(node.for_in.iter)
    if isinstance(iterated, Items) and iterated.values and not node.for_in.ifs and not node.for_in.inner_for_in:
        return Items(tuple(_element_for(machine, node, item) for item in iterated.values))
    if isinstance(node, cst.ListComp) and _is_of_zeros(node):
        return arrays.zeros(machine, node, iterable(machine, iterated, node.for_in.iter).count)
    opaque = Opaque(Birth((machine.scope.owner, node), node), computed=True, history=not machine.no_grad)
    iterable_ = iterable(machine, iterated, node.for_in.iter)
    doubt.note(machine, (machine.scope.owner, node.for_in, "item"), iterated)
    outer = machine.context
    with machine.inside(Loop(node, iterable_.count)):
        bind_loop_target(machine, node.for_in, node.for_in.target, iterable_)
        element = machine.evaluate(node.elt)
    doubt.note(machine, opaque.birth.key, iterated, element)
    source = items_of(machine, iterated)
    number = machine.number(element)
    if isinstance(node, cst.ListComp) and isinstance(iterated, Iterable) and _is_fetched(node, element):
        return Iterable(iterable_.count, inner=element)  # the micro-batches of a window, fetched before they are used
    if source is None or not number.births:
        if not number.births or not number.scale.known or node.for_in.ifs:
            return opaque
        addition = Add(
            (machine.scope.owner, "comprehension"),
            node,
            node.elt,
            number,
            outer + Loop(node, iterable_.count),
            machine.tick(),
            kind="item",
        )
        return Accumulated(addition.metric, constant(0), (addition,), outer)
    if number.scale == element_of(source).scale:
        return source
    return arrays.with_elements(source, number)


def _is_text(node: cst.BaseExpression) -> bool:
    """``f"{name}: {loss}"``, ``"{}: {}".format(name, loss)``."""
    is_format = isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "format"
    return is_format or isinstance(node, (cst.FormattedString, cst.ConcatenatedString))


def _is_fetched(node: cst.ListComp, element: Value) -> bool:
    """``[next(batches) for _ in range(n)]``: n micro-batches."""
    is_plain = not node.for_in.ifs and node.for_in.inner_for_in is None
    return is_plain and isinstance(element, Opaque) and element.element


def _element_for(machine: Machine, node: cst.GeneratorExp | cst.ListComp | cst.SetComp, item: Value) -> Value:
    """``[f"{name}: {loss}" for name, loss in losses]`` with losses written out: one item after the other."""
    binding.assign(machine, node.for_in.target, item, node)
    return machine.evaluate(node.elt)


_TRANSFER: dict[type[cst.CSTNode], Callable[[Machine, Any], Value]] = {
    cst.Name: read_name,
    cst.Attribute: read_attribute,
    cst.Subscript: read_entry,
    cst.Integer: written_number,
    cst.Float: written_number,
    cst.Call: calls.call,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _condition,
    cst.IfExp: _if_expression,
    cst.Tuple: _elements,
    cst.List: _list,
    cst.Set: _elements,
    cst.Dict: _dict,
    cst.DictComp: _comprehended,
    cst.FormattedString: _formatted,
    cst.SimpleString: lambda machine, node: Items(()),
    cst.ConcatenatedString: _joined_text,
    cst.GeneratorExp: _comprehended,
    cst.ListComp: _comprehended,
    cst.SetComp: _comprehended,
    cst.Lambda: _lambda,
    cst.NamedExpr: _named,
    cst.Await: lambda machine, node: evaluate(machine, node.expression),
    cst.StarredElement: lambda machine, node: evaluate(machine, node.value),
}
"""By kind of node; ``match`` would ask one kind after the other, and libcst's abstract base makes each answer slow."""
