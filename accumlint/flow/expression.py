"""Transfer functions: what an expression is worth, given what its parts are worth."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst
from libcst.helpers import get_full_name_for_node

from accumlint.flow.context import Context, relative_rate
from accumlint.flow.events import Kind
from accumlint.flow.names import suggests_accumulation
from accumlint.flow.program import statements_of
from accumlint.flow.state import Bound, join_numbers
from accumlint.flow.tree import descendants, same
from accumlint.flow.value import (
    Accumulated,
    Add,
    Birth,
    Definition,
    Division,
    Divisor,
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
    is_zero,
)
from accumlint.frameworks import Role
from accumlint.frameworks.meters import COUNT_ATTRIBUTES, LAST_ATTRIBUTES, MEAN_ATTRIBUTES, SUM_ATTRIBUTES
from accumlint.scale import ONE, UNKNOWN, B, N, Scale, join

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine, Scope


@dataclass(frozen=True)
class Arguments:
    """A call's arguments, each evaluated once."""

    positional: tuple[Value, ...] = ()
    nodes: tuple[cst.BaseExpression, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    keyword_nodes: dict[str, cst.BaseExpression] = field(default_factory=dict)

    def get(self, index: int | str, default: Value | None = None) -> Value | None:
        if isinstance(index, str):
            return self.keywords.get(index, default)
        return self.positional[index] if index < len(self.positional) else default


def evaluate(machine: Machine, node: cst.BaseExpression) -> Value:
    """The value of an expression. Effects of calls in it happen; evaluate once."""
    match node:
        case cst.Name():
            return _name(machine, node)
        case cst.Attribute():
            return _attribute(machine, node)
        case cst.Subscript():
            return _subscript(machine, node)
        case cst.Integer():
            return _integer(machine, node)
        case cst.Float():
            return constant(float(node.value.replace("_", "")))
        case cst.Call():
            from accumlint.flow import calls

            return calls.call(machine, node)
        case cst.BinaryOperation():
            return _binary(machine, node)
        case cst.UnaryOperation():
            return _unary(machine, node)
        case cst.Comparison() | cst.BooleanOperation():
            return _condition(machine, node)
        case cst.IfExp():
            return _if_expression(machine, node)
        case cst.List(elements=[]):
            return new_list(machine, ("new", machine.scope.owner, node))
        case cst.Dict(elements=[]):
            return new_list(machine, ("new", machine.scope.owner, node), "dict")
        case cst.List() if all(_starts_empty(element.value) for element in node.elements):
            return _list_of_sums(machine, node)
        case cst.Tuple() | cst.List() | cst.Set():
            elements = [element.value for element in node.elements]
            return Items(tuple(evaluate(machine, e) for e in elements), tuple(elements))
        case cst.Dict():
            return _dict(machine, node)
        case cst.FormattedString():
            return _formatted(machine, node)
        case cst.SimpleString() | cst.ConcatenatedString():
            return Items(())
        case cst.GeneratorExp() | cst.ListComp() | cst.SetComp():
            return _comprehension(machine, node)
        case cst.Lambda():
            return Definition(node, frame=machine.scope.owner)
        case cst.NamedExpr():
            value = evaluate(machine, node.value)
            machine.assign(node.target, value, node)
            return value
        case cst.Await():
            return evaluate(machine, node.expression)
        case cst.StarredElement():
            return evaluate(machine, node.value)
    return Opaque(Birth((machine.scope.owner, node), node), computed=True)


def _starts_empty(node: cst.BaseExpression) -> bool:
    """0, 0.0 or an empty list: what a sum or a history starts from."""
    match node:
        case cst.Integer(value=value) | cst.Float(value=value):
            return (
                float(value.replace("_", "")) == 0
                if len(value) < 20 and value.isascii() and "x" not in value
                else False
            )
        case cst.List(elements=elements):
            return not elements
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


# -- names and parts -----------------------------------------------------------------------------------------


def _name(machine: Machine, node: cst.Name) -> Value:
    name = node.value
    bound = machine.read_name(name)
    if bound is not None:
        return _read(bound.value, bound.context)
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


def _read(value: Value, context: Context) -> Value:
    """A number that was copied from a sum remembers when: ``last = s`` and later ``s - last``."""
    if isinstance(value, Number) and value.metric is not None and not value.divisors:
        return replace(value, starts=context)
    return value


def dotted(node: cst.BaseExpression) -> str:
    """``self.args.accum`` as text, or the empty string for anything but names and attributes."""
    if isinstance(node, (cst.Name, cst.Attribute)):
        return get_full_name_for_node(node) or ""
    return ""


def _attribute(machine: Machine, node: cst.Attribute) -> Value:
    base = evaluate(machine, node.value)
    name = node.attr.value
    match base:
        case Library():
            return Library(f"{base.name}.{name}")
        case Ref():
            return _part_of_ref(machine, base, name, node)
        case Opaque():
            bound = machine.state.get((base.birth.key, name))
            if bound is not None:
                return _read(bound.value, bound.context)
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
        return _read(bound.value, bound.context)
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


def is_property(method: cst.FunctionDef) -> bool:
    return any(dotted(d.decorator).rpartition(".")[2] in ("property", "cached_property") for d in method.decorators)


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
        return _count(bound.value)
    if name in MEAN_ATTRIBUTES or name in LAST_ATTRIBUTES:
        return element_of(bound.value)
    return Number()


def element_of(items: Accumulated) -> Number:
    """One element of a list, or the mean of them: the common scale of what was put in."""
    total = items.total()
    scales = [add.value.scale for add in items.adds]
    return replace(total, scale=join(*scales) if scales else UNKNOWN)


def _count(items: Accumulated) -> Number:
    """How many elements were put in since it was emptied."""
    if items.starts is None or not items.adds:
        return Number()
    rates = [relative_rate(add.context, items.starts) for add in items.adds]
    return Number(join(*rates), metric=items.metric)


def subscript_key(node: cst.Subscript) -> str:
    """The key of an entry as text; ``[*]`` for what is not constant in it."""
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        index = node.slice[0].slice.value
        if isinstance(index, (cst.FormattedString, cst.BinaryOperation)):
            return f"['{pattern}']" if (pattern := _pattern(index)).strip("*") else "[*]"
        if isinstance(index, cst.SimpleString):
            return f"[{index.evaluated_value!r}]"
        if isinstance(index, cst.Integer):
            return f"[{index.value}]"
        if isinstance(index, cst.UnaryOperation):
            return "[-]"
    return "[*]"


def _pattern(node: cst.BaseExpression) -> str:
    """A text that is put together, a star for each part that is not in sight: ``grad_norm_*``."""
    match node:
        case cst.FormattedString():
            return "".join(part.value if isinstance(part, cst.FormattedStringText) else "*" for part in node.parts)
        case cst.BinaryOperation(operator=cst.Add()):
            return _pattern(node.left) + _pattern(node.right)
    return _text_of(node) or "*"


def _subscript(machine: Machine, node: cst.Subscript) -> Value:
    base = evaluate(machine, node.value)
    key = subscript_key(node)
    for element in node.slice:
        if isinstance(element.slice, cst.Index) and key == "[*]":
            evaluate(machine, element.slice.value)
    sliced = len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Slice)
    match base:
        case Ref(kind="list" | "deque"):
            cell = machine.state.get((base.key, key))
            if cell is not None and not sliced:
                return _read(cell.value, cell.context)
            return base if sliced else _list_element(machine, base)
        case Ref():
            return _entry(machine, base, key, node)
        case Items():
            return _item(machine, base, key, node)
        case Accumulated():
            return element_of(base)
        case Number():
            cells = machine.location(node.value)
            bound = machine.state.get((cells, key)) if cells is not None else None
            return base if bound is None else _read(bound.value, bound.context)
        case Opaque():
            bound = machine.state.get((base.birth.key, key))
            if bound is not None:
                return _read(bound.value, bound.context)
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
        return _read(bound.value, bound.context)
    fresh = machine.state.get((base.key, "[new]"))
    if fresh is not None:
        return fresh.value
    if base.role is Role.METERS:
        return Ref((base.key, key), "library", Role.METER)
    return Opaque(Birth((base.key, key), node), key, computed=False)


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


# -- constants, arithmetic -----------------------------------------------------------------------------------


def _integer(machine: Machine, node: cst.Integer) -> Number:
    value = float(int(node.value.replace("_", ""), 0)) if len(node.value) < 40 else float("inf")
    if value in machine.beliefs.literals:
        return Number(machine.symbol(f"{value:g}"), const=value)
    return constant(value)


def count_of(machine: Machine, node: cst.BaseExpression) -> Number | None:
    """A modulus or range as a count with a symbol of its own; None when it has no scale."""
    number = machine.number(evaluate(machine, node))
    if isinstance(node, cst.Integer):
        value = float(int(node.value.replace("_", ""), 0)) if len(node.value) < 40 else 0
        if value < 2:
            return None
        machine.beliefs.literals.add(value)
        return Number(machine.symbol(f"{value:g}"), const=value)
    if not number.scale.known or number.scale == ONE:
        return None
    machine.beliefs.counts.update(number.scale.names())
    return number


def _binary(machine: Machine, node: cst.BinaryOperation) -> Value:
    left, right = evaluate(machine, node.left), evaluate(machine, node.right)
    if isinstance(left, Items) or isinstance(right, Items):
        return _concatenated(left, right, node)
    if isinstance(left, Ref) or isinstance(right, Ref):
        return left if isinstance(left, Ref) else right
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
    text = _text_of(node.left)
    return Items(tuple(values), tuple(nodes), tuple(text for _ in values) if text else ())


def _text_of(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) else ""
    return ""


def arithmetic(
    machine: Machine,
    node: cst.BaseExpression,
    operator: cst.BaseBinaryOp,
    left: Value,
    right: Value,
    left_node: cst.BaseExpression,
    right_node: cst.BaseExpression,
) -> Number:
    """The number that a binary operator makes of two values."""
    one, other = machine.number(left), machine.number(right)
    match operator:
        case cst.Add() | cst.Subtract():
            if isinstance(operator, cst.Subtract):
                difference = _prefix_difference(one, other)
                if difference is not None:
                    return difference
            return add_numbers(machine, node, one, other, isinstance(operator, cst.Subtract))
        case cst.Divide() | cst.FloorDivide():
            return multiply(machine, node, _numerator(left, one), other, left_node, right_node, -1)
        case cst.Multiply():
            if (_is_loss(other) and not _is_loss(one)) or (other.births and not one.births):
                return multiply(machine, node, other, one, right_node, left_node, 1)
            return multiply(machine, node, one, other, left_node, right_node, 1)
        case cst.Modulo():
            return Number(other.scale)
    return machine.born(node, Number(UNKNOWN, one.births | other.births, one.history or other.history, certain=False))


def _is_loss(number: Number) -> bool:
    return number.scale.known and number.scale.exponent("ℓ") == 1


def _numerator(value: Value, number: Number) -> Number:
    """What is divided may be a loss, whatever it is called."""
    if isinstance(value, Opaque) and not number.births:
        return replace(number, births=frozenset({value.birth}), history=value.history)
    return number


def _prefix_difference(one: Number, other: Number) -> Number | None:
    """``s - last`` where last is a copy of s: what was added since the copy was made."""
    if one.metric is None or one.metric != other.metric or other.starts is None or not one.adds:
        return None
    since = Accumulated(one.metric, constant(0), one.adds, other.starts)
    return replace(since.total(), divisions=one.divisions)


def add_numbers(machine: Machine, node: cst.BaseExpression, one: Number, other: Number, subtract: bool) -> Number:
    const = None
    if one.const is not None and other.const is not None:
        const = one.const - other.const if subtract else one.const + other.const
    for number, addend in ((one, other), (other, one)):
        if not addend.births and addend.scale == ONE:
            return replace(number, const=const, origin=(machine.scope.owner, node))
    if not one.births and not other.births:
        return Number(_common_count(one.scale, other.scale), const=const)
    for number, addend in ((one, other), (other, one)):
        if not addend.births and (not addend.scale.known or not machine.is_count(addend.scale)):
            return replace(number, const=None, storage=None, origin=(machine.scope.owner, node))
    scale = join(_plain(machine, one.scale), _plain(machine, other.scale))
    total = join_numbers(one, other)
    total = replace(
        total,
        scale=scale,
        history=one.history or other.history,
        storage=None,
        const=None,
        origin=(machine.scope.owner, node),
    )
    return total if scale.known else machine.born(node, replace(total, certain=False))


def _plain(machine: Machine, scale: Scale) -> Scale:
    """A loss's scale without the weights of its terms."""
    if not scale.known or scale.exponent("ℓ") != 1:
        return scale
    weights = [name for name in scale.names() if name not in ("ℓ", "S") and not machine.is_count(Scale.of(name))]
    return scale.without(*weights)


def _common_count(one: Scale, other: Scale) -> Scale:
    """``epoch * len(loader) + i`` counts what i counts."""
    if one == other or not (one.known and other.known):
        return join(one, other)
    for larger, smaller in ((one, other), (other, one)):
        rest = larger / smaller
        if all(power > 0 for _, power in rest.factors or ()):
            return smaller
    return UNKNOWN


def multiply(
    machine: Machine,
    node: cst.BaseExpression,
    number: Number,
    factor: Number,
    number_node: cst.BaseExpression,
    factor_node: cst.BaseExpression,
    power: int,
    in_place: bool = False,
) -> Number:
    """A number times (power 1) or over (power -1) a factor; a division by N is an event."""
    const = None
    if number.const is not None and factor.const is not None and (power == 1 or factor.const):
        const = number.const * factor.const if power == 1 else number.const / factor.const
    if power == -1 and number.length_of is not None and factor.length_of is not None:
        share = _share_of_batch(machine, number, factor)
        if share is not None:
            return share
    if factor.births and _is_plain_factor(factor, power):
        factor = replace(factor, births=frozenset())
    if factor.births and number.births:
        births = number.births | (factor.births if power == 1 else frozenset())
        reduction = number.reduction if power == -1 else None
        unknown = Number(UNKNOWN, births, number.history or factor.history, certain=False, reduction=reduction)
        if power == -1 and _is_loss(number) and _is_loss(factor):
            return Number(number.scale / factor.scale)
        if factor.adds and not _is_loss(factor):
            scale = number.scale * factor.scale**power
            return _divided_sum(replace(number, scale=scale), node, factor_node, factor, power)
        return machine.born(node, unknown)
    scale = number.scale * factor.scale**power
    result = replace(
        number,
        scale=scale,
        const=const,
        storage=number.storage if in_place else (machine.scope.owner, node) if number.history else None,
        certain=number.certain and factor.certain,
        varies=number.varies or (factor.varies and "N" in factor.scale.names()),
        origin=number.origin if factor.scale in (N, N**-1) else (machine.scope.owner, node),
    )
    if not number.births:
        return replace(result, divisions=number.divisions + factor.divisions, varies=number.varies or factor.varies)
    if number.adds:
        return _divided_sum(result, node, factor_node, factor, power)
    if not factor.scale.known:
        return machine.born(node, replace(result, scale=UNKNOWN, certain=False))
    if _is_weight(machine, factor.scale):
        return machine.born(node, replace(result, certain=False))
    if factor.scale.known and abs(factor.scale.exponent("N")) == 1:
        return _divided(machine, node, result, number, number_node, factor, factor_node, power, in_place)
    return result


def _share_of_batch(machine: Machine, part: Number, whole: Number) -> Number | None:
    """``len(chunk) / len(batch)`` in a loop over chunks: these shares sum to one, like 1/N of N chunks."""
    loop = machine.context.innermost_loop
    if loop is None or machine.beliefs.slices.get(part.length_of) != whole.length_of:
        return None
    return Number(loop.count**-1, varies=True)


def _is_plain_factor(factor: Number, power: int) -> bool:
    """A count or a weight that a call gave, ``world_size = get_world_size()``, and no loss."""
    if not factor.scale.known or _is_loss(factor) or factor.adds:
        return False
    return power == -1 or factor.scale in (ONE, N, N**-1, B)


def _is_weight(machine: Machine, scale: Scale) -> bool:
    """A factor of one loss that is not about accumulation: a weight, a number of tasks, a temperature."""
    around = {name for loop in machine.context.loops for name in loop.count.names()}
    return any(name not in ("N", "b", "S") and name not in around for name in scale.names())


def _divided_sum(
    result: Number, node: cst.BaseExpression, by: cst.BaseExpression, factor: Number, power: int
) -> Number:
    if factor.scale == ONE:
        return result
    divisor = Divisor(by, factor.scale, power, node, factor.metric)
    return replace(result, divisors=(*result.divisors, divisor))


def _divided(
    machine: Machine,
    node: cst.BaseExpression,
    result: Number,
    number: Number,
    number_node: cst.BaseExpression,
    factor: Number,
    factor_node: cst.BaseExpression,
    power: int,
    in_place: bool,
) -> Number:
    place = machine.place_of(number_node) if isinstance(number_node, (cst.Name, cst.Attribute, cst.Subscript)) else None
    division = Division(
        node,
        number_node,
        factor_node,
        factor.scale**power,
        place,
        factor.varies,
        in_place,
        machine.scope.node,
    )
    result = replace(result, divisions=(*number.divisions, division))
    if division.scale == N**-1 and not number.certain:
        # What was multiplied in before weighs the loss; it is no second 1/N, though it may be a batch size.
        result = replace(result, certain=factor.certain, reduction=None)
    machine.events.append(
        machine.event(
            Kind.DIVIDE,
            node,
            value=result,
            operand=number_node,
            operand_place=place,
            by=factor_node,
            before=number,
        )
    )
    return result


def _unary(machine: Machine, node: cst.UnaryOperation) -> Value:
    if isinstance(node.operator, cst.Not):
        return _condition(machine, node)
    value = evaluate(machine, node.expression)
    number = machine.number(value)
    if isinstance(value, Items):
        return value
    const = -number.const if number.const is not None and isinstance(node.operator, cst.Minus) else number.const
    return replace(number, const=const)


def _condition(machine: Machine, node: cst.BaseExpression) -> Value:
    from accumlint.flow import guards

    flag = guards.test(machine, node)
    if flag.fraction.known or flag.always is not None:
        return replace(flag, node=node) if flag.always is None else flag
    return flag


def _if_expression(machine: Machine, node: cst.IfExp) -> Value:
    from accumlint.flow import guards

    flag = guards.test(machine, node.test)
    if flag.always is not None:
        return evaluate(machine, node.body if flag.always else node.orelse)
    body, orelse = evaluate(machine, node.body), evaluate(machine, node.orelse)
    joined = machine.state.join(
        _bound(machine, body),
        _bound(machine, orelse),
    )
    return joined.value if joined is not None else body


def _bound(machine: Machine, value: Value) -> Bound:
    return Bound(value, machine.context)


def _dict(machine: Machine, node: cst.Dict) -> Items:
    values: list[Value] = []
    nodes: list[cst.BaseExpression] = []
    keys: list[str] = []
    for element in node.elements:
        value = evaluate(machine, element.value)
        if isinstance(element, cst.DictElement):
            values.append(value)
            nodes.append(element.value)
            keys.append(_text_of(element.key) or _label_text(element.key))
        elif isinstance(value, Items):
            values.extend(value.values)
            nodes.extend(value.nodes or tuple(element.value for _ in value.values))
            keys.extend(value.keys or tuple("" for _ in value.values))
    return Items(tuple(values), tuple(nodes), tuple(keys) or ("",) * len(values))


def _label_text(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.FormattedString):
        return "".join(part.value for part in node.parts if isinstance(part, cst.FormattedStringText))
    return ""


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
            values.append(evaluate(machine, part.expression))
            nodes.append(part.expression)
            labels.append(text.strip(" :=,|([{"))
            text = ""
    return Items(tuple(values), tuple(nodes), tuple(labels))


def _comprehension(machine: Machine, node: cst.GeneratorExp | cst.ListComp | cst.SetComp) -> Value:
    """A list made of another one's elements keeps its additions; anything else is born here."""
    iterated = evaluate(machine, node.for_in.iter)
    if isinstance(iterated, Items) and iterated.values and not node.for_in.ifs and not node.for_in.inner_for_in:
        return Items(tuple(_element_for(machine, node, item) for item in iterated.values))
    opaque = Opaque(Birth((machine.scope.owner, node), node), computed=True, history=not machine.no_grad)
    iterable_ = iterable(machine, iterated, node.for_in.iter)
    outer = machine.context
    from accumlint.flow.context import Loop

    with machine.inside(Loop(node, iterable_.count)):
        bind_loop_target(machine, node.for_in, node.for_in.target, iterable_)
        element = evaluate(machine, node.elt)
    source = _items(machine, iterated)
    number = machine.number(element)
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
        )
        return Accumulated(addition.metric, constant(0), (addition,), outer)
    if number.scale == element_of(source).scale:
        return source
    adds = tuple(replace(add, value=replace(add.value, scale=number.scale)) for add in source.adds)
    return replace(source, adds=adds)


def _element_for(machine: Machine, node: cst.GeneratorExp | cst.ListComp | cst.SetComp, item: Value) -> Value:
    """``[f"{name}: {loss}" for name, loss in losses]`` with losses written out: one item after the other."""
    machine.assign(node.for_in.target, item, node)
    return evaluate(machine, node.elt)


def _items(machine: Machine, value: Value) -> Accumulated | None:
    if isinstance(value, Accumulated):
        return value
    if isinstance(value, Ref):
        bound = machine.state.get((value.key, "[]"))
        if bound is not None and isinstance(bound.value, Accumulated):
            return bound.value
    return None


# -- statements that are expressions at heart ----------------------------------------------------------------


def named(machine: Machine, target: cst.BaseExpression, value: Value) -> Value:
    """What a value becomes by being given a name: counts get a symbol, displays a location."""
    name = label_of(target)
    place = machine.place_of(target)
    if isinstance(value, Items) and place is not None:
        return _located(machine, value, place)
    if isinstance(value, Ref) and value.kind in ("list", "deque", "dict") and _is_new(value):
        return _moved(machine, value, place)
    if isinstance(value, Opaque) and not value.path and name.isidentifier():
        return replace(value, path=name)
    if isinstance(value, Iterable) and not value.text:
        return replace(value, text=name)
    if isinstance(value, Accumulated) and place is not None and place != value.metric and value.metric[1] != "[]":
        value = value.total()
    if isinstance(value, Number) and name:
        return _named_count(machine, name, value)
    return value


def _named_count(machine: Machine, name: str, value: Number) -> Number:
    if value.births or value.divisors:
        return value
    integral = value.const is not None and value.const >= 2 and value.const == int(value.const)
    known = machine.symbol(name)
    if suggests_accumulation(name) or name in machine.accumulation_names:
        if value.const == 0 or "ℓ" in value.scale.names():
            return value
        return replace(value, scale=N, varies=value.varies)
    if integral and value.scale == ONE:
        return replace(value, scale=known)
    if (
        value.scale.known
        and value.scale != ONE
        and not any(factor.startswith("m@") or factor in ("ℓ", "N", "S", "b") for factor in value.scale.names())
    ):
        single = len(value.scale.names()) == 1 and value.scale.exponent(value.scale.names()[0]) == 1
        return value if single else replace(value, scale=known, const=None)
    return value


def _is_new(value: Ref) -> bool:
    return isinstance(value.key, tuple) and bool(value.key) and value.key[0] == "new"


def _located(machine: Machine, value: Items, place: Place) -> Value:
    """A list or dict display that is given a name lives there, so that setting it anew empties it."""
    if not value.nodes and not value.keys and not value.values:
        return value
    if value.keys:
        ref = Ref(("at", place), "dict")
        empty(machine, ref)
        for key, item in zip(value.keys, value.values, strict=True):
            child = (ref.key, f"[{key!r}]")
            if isinstance(item, Items) and not item.values:
                item = new_list(machine, ("at", child))
            machine.state.set(child, item, machine.context)
        return ref
    return value


def new_list(machine: Machine, key: Hashable, kind: str = "list") -> Ref:
    ref = Ref(key, kind)
    empty(machine, ref)
    return ref


def empty(machine: Machine, ref: Ref) -> None:
    """Everything in a container is zero from here on, a list that lives elsewhere and is only named in it excepted."""
    for place, bound in machine.state.owned_by(ref.key):
        if not isinstance(bound.value, Ref):
            machine.state.set(place, constant(0), machine.context)
        elif bound.value.key == ("at", place):
            empty(machine, bound.value)
    machine.state.set(
        (ref.key, "[]" if ref.kind in ("list", "deque") or ref.role else "[new]"), constant(0), machine.context
    )


def _moved(machine: Machine, value: Ref, place: Place | None) -> Ref:
    if place is None:
        return value
    moved = replace(value, key=("at", place))
    empty(machine, moved)
    for (_, name), bound in machine.state.owned_by(value.key):
        machine.state.set((moved.key, name), bound.value, machine.context)
    return moved


def label_of(target: cst.BaseExpression) -> str:
    """What a target is called, for "is this field a loss"."""
    if isinstance(target, cst.Subscript):
        return subscript_key(target).strip("[]'\"")
    return dotted(target).rpartition(".")[2]


def augmented(machine: Machine, node: cst.AugAssign) -> None:
    """``s += x``, ``loss /= N`` and their kin."""
    target = node.target
    place = machine.place_of(target)
    value = evaluate(machine, node.value)
    if place is None:
        return
    if isinstance(node.operator, (cst.AddAssign, cst.SubtractAssign)):
        current = evaluate(machine, target)
        if _mentions(node.value, target) and _feed_mean(machine, place, node.value, target, node):
            return
        if isinstance(current, (Items, Ref)) or isinstance(value, (Items, Ref)):
            _extend(machine, current, value, place, node)
            return
        _ensure(machine, place, current)
        machine.add(place, node, node.value, machine.number(value), target, share=_cells(machine, target))
        return
    operators = {
        cst.DivideAssign: cst.Divide(),
        cst.FloorDivideAssign: cst.FloorDivide(),
        cst.MultiplyAssign: cst.Multiply(),
    }
    operator = operators.get(type(node.operator))
    if operator is None:
        machine.state.set(place, Number(), machine.context)
        return
    scale_in_place(
        machine,
        target,
        place,
        node,
        machine.number(value),
        node.value,
        -1 if operator != operators[cst.MultiplyAssign] else 1,
    )


def _cells(machine: Machine, target: cst.BaseExpression) -> Scale:
    """``history[epoch] += x``: each cell gets the additions of one value of the index."""
    if not isinstance(target, cst.Subscript) or subscript_key(target) != "[*]" or len(target.slice) != 1:
        return ONE
    index = target.slice[0].slice
    value = evaluate(machine, index.value) if isinstance(index, cst.Index) else None
    if isinstance(value, Number) and not value.births and value.scale.known:
        return value.scale
    return ONE


def _ensure(machine: Machine, place: Place, current: Value) -> None:
    """A place that is added to before we saw it set holds what reading it gave."""
    if machine.state.get(place) is None:
        start = constant(0) if isinstance(current, (Number, Accumulated)) and is_zero(current) else current
        context = machine.made.get(place[0], Context())
        fresh = machine.state.get((place[0], "[new]")) or _cells_of(machine, place)
        if fresh is not None and is_zero(start):
            context = fresh.context
        if isinstance(start, Opaque) and not start.computed and start.birth.key not in machine.beliefs.losses:
            start = constant(0)
        machine.state.set(place, start, context)


def _cells_of(machine: Machine, place: Place) -> Bound | None:
    """The tensor of zeros whose cell this is."""
    owner = place[0]
    return machine.state.get(owner[1]) if isinstance(owner, tuple) and owner[0] == "cells" else None


def _extend(machine: Machine, current: Value, value: Value, place: Place, node: cst.AugAssign) -> None:
    if isinstance(current, Items) and current.values == () and not isinstance(value, Ref):
        return
    if isinstance(current, Ref) and current.kind in ("list", "deque") and isinstance(value, Items):
        for item in value.values:
            machine.add((current.key, "[]"), node, node.value, machine.number(item), node.target, kind="item")


def scale_in_place(
    machine: Machine,
    target: cst.BaseExpression,
    place: Place,
    node: cst.CSTNode,
    factor: Number,
    factor_node: cst.BaseExpression,
    power: int,
) -> None:
    """``x /= k`` and ``x *= k``: every tensor that shares the memory changes."""
    before = machine.number(evaluate(machine, target))
    if isinstance(machine.state.get(place), type(None)) or not before.births:
        source = evaluate(machine, target)
        before = _numerator(source, before) if power == -1 else before
    after = multiply(machine, node, before, factor, target, factor_node, power, in_place=True)  # type: ignore[arg-type]
    aliases = []
    if before.storage is not None and not before.adds:
        for other, bound in machine.state:
            if isinstance(bound.value, Accumulated):
                divided = _divided_elements(bound.value, before.storage, after)
                if divided is not None:
                    aliases.append((other, before))
                    machine.state.set(other, divided, bound.context)
            if other == place or not isinstance(bound.value, (Number, Opaque)):
                continue
            number = machine.number(bound.value)
            if number.storage == before.storage and number.births:
                aliases.append((other, number))
                scaled = replace(number, scale=number.scale * factor.scale**power, divisions=after.divisions)
                machine.state.set(other, scaled, bound.context)
        home = before.storage
        if _is_part(home, before) and home != place and machine.state.get(home) is None:
            aliases.append((home, before))  # outputs["loss"], of which the name is another name
            machine.state.set(home, after, machine.context)
    event = machine.events[-1] if machine.events else None
    if event is not None and event.node is node and event.kind is Kind.DIVIDE:
        machine.events[-1] = replace(event, aliases=tuple(aliases))
    if not isinstance(target, cst.Name) and after.divisors:
        machine.sink(node, target, "store", after, label_of(target))
    machine.state.set(place, after, machine.context)


def _divided_elements(items: Accumulated, storage: Hashable, after: Number) -> Accumulated | None:
    """A list in which the tensor of this memory was put before it was divided in place; None for any other."""
    shared = [add for add in items.adds if add.kind == "item" and add.value.storage == storage]
    if not shared:
        return None
    adds = tuple(
        replace(add, value=replace(after, history=add.value.history)) if add in shared else add for add in items.adds
    )
    return replace(items, adds=adds)


def _is_part(storage: Hashable, number: Number) -> TypeGuard[Place]:
    """The memory is that of an attribute or entry that the program has read and not set."""
    keyed = isinstance(storage, tuple) and len(storage) == 2 and isinstance(storage[1], str)
    return keyed and any(birth.key == storage for birth in number.births)


def rebinding_sum(machine: Machine, target: cst.BaseExpression, value: cst.BaseExpression, node: cst.Assign) -> bool:
    """``s = s + x`` and what means the same; True when it was one.

    The sum is recognised by the coefficient of ``s`` on the right: exactly 1 adds, anything else
    (``0.9 * s + 0.1 * x``, ``s + (x - s) / k``, ``(s * i + x) / (i + 1)``) is a mean of what it is fed.
    """
    if not isinstance(target, (cst.Name, cst.Attribute, cst.Subscript)):
        return False
    value = _with_copies_read(machine, value, target)
    place = machine.place_of(target)
    if place is None or not _mentions(value, target):
        return False
    if isinstance(value, cst.IfExp):
        return _started_sum(machine, target, place, value, node)
    terms = _terms(value)
    own = [term for term, sign in terms if sign > 0 and (same(term, target) or _is_get(term, target))]
    others = [term for term, _ in terms if term not in own]
    if len(own) == 1 and others and not any(_mentions(term, target) for term in others):
        if isinstance(evaluate(machine, own[0]), (Items, Ref)):
            return False
        _ensure(machine, place, evaluate(machine, own[0]))
        share = _cells(machine, target)
        for term in others:
            machine.add(place, node, term, machine.number(evaluate(machine, term)), target, share=share)
        return True
    return _adds_up(value) and _feed_mean(machine, place, value, target, node)


def _feed_mean(
    machine: Machine, place: Place, value: cst.BaseExpression, target: cst.BaseExpression, node: cst.CSTNode
) -> bool:
    """``s = 0.9 * s + 0.1 * x``, ``s += (x - s) / k``: a mean of what it is fed."""
    fed = _fed(machine, value, target)
    if fed is None:
        return False
    number = machine.number(evaluate(machine, fed))
    if not number.births:
        return False
    weighed = _weighs_by_n(machine, value, fed)
    number = replace(number, scale=UNKNOWN if weighed else number.scale.without("b"))
    bound = machine.state.get(place)
    starts = bound.context if bound is not None else Context()
    machine.state.set(place, constant(0), starts)
    total = machine.add(place, node, fed, number, target, kind="mean")
    mean = replace(element_of(total), starts=None)
    if isinstance(target, cst.Attribute):  # kept by an object, as in a meter
        machine.sink(node, fed, "meter", replace(mean, adds=total.adds[-1:], scale=number.scale), label_of(target))
    machine.state.set(place, mean, starts)
    return True


def _weighs_by_n(machine: Machine, value: cst.BaseExpression, fed: cst.BaseExpression) -> bool:
    """``s * (1 - 1 / N) + loss``: what is divided, and by how much, is then for the weights to say."""
    within = set(map(id, descendants(fed)))
    outside = [
        node for node in descendants(value) if isinstance(node, (cst.Name, cst.Attribute)) and id(node) not in within
    ]
    numbers = [machine.number(evaluate(machine, node)) for node in outside]
    return any(number.scale in (N, N**-1) and not number.births for number in numbers)


def _started_sum(
    machine: Machine, target: cst.BaseExpression, place: Place, value: cst.IfExp, node: cst.Assign
) -> bool:
    """``s = x if s is None else s + x``: the first x is added like the others."""
    for branch, start in ((value.body, value.orelse), (value.orelse, value.body)):
        if _mentions(branch, target) and rebinding_sum(machine, target, branch, node):
            bound = machine.state.get(place)
            first = machine.number(evaluate(machine, start))
            if bound is not None and isinstance(bound.value, Number) and first.births:
                adds = tuple(replace(a, arms=(start,)) if a.statement is node else a for a in bound.value.adds)
                machine.state.set(place, replace(bound.value, adds=adds), bound.context)
            if bound is None or not isinstance(bound.value, Accumulated):
                return True
            total = bound.value
            if first.const is None and any(first.scale != add.value.scale for add in total.adds):
                unknown = Number(UNKNOWN, total.total().births, adds=total.adds, metric=total.metric)
                machine.state.set(place, unknown, bound.context)
            elif first.births:
                adds = tuple(replace(a, arms=(start,)) if a.statement is node else a for a in total.adds)
                machine.state.set(place, replace(total, adds=adds), bound.context)
            return True
    return False


def _with_copies_read(machine: Machine, value: cst.BaseExpression, target: cst.BaseExpression) -> cst.BaseExpression:
    """``old + x`` as ``d[k] + x`` where old is what was just read from ``d[k]``."""
    if not isinstance(value, cst.BinaryOperation) or not isinstance(value.operator, cst.Add):
        return value
    for side in ("left", "right"):
        name = getattr(value, side)
        read = machine.copied.get((machine.scope.owner, name.value)) if isinstance(name, cst.Name) else None
        if read is not None and not same(name, target) and (same(read, target) or _is_get(read, target)):
            return value.with_changes(**{side: read})
    return value


def rebinding_sums(machine: Machine, target: cst.BaseExpression, value: cst.BaseExpression, node: cst.Assign) -> bool:
    """``s, n = s + x, n + 1``."""
    if not isinstance(target, cst.Tuple) or not isinstance(value, cst.Tuple):
        return False
    pairs = list(zip(target.elements, value.elements, strict=False))
    if len(target.elements) != len(value.elements) or not any(_mentions(v.value, t.value) for t, v in pairs):
        return False
    if any(_mentions(v.value, t.value) for i, (_, v) in enumerate(pairs) for j, (t, _) in enumerate(pairs) if i != j):
        return False
    for to, from_ in pairs:
        if not rebinding_sum(machine, to.value, from_.value, node):
            machine.assign(to.value, evaluate(machine, from_.value), node)
    return True


def _mentions(node: cst.CSTNode, target: cst.BaseExpression) -> bool:
    return any(
        (type(part) is type(target) and same(part, target)) or (isinstance(part, cst.Call) and _is_get(part, target))
        for part in descendants(node)
    )


def _terms(node: cst.BaseExpression, sign: int = 1) -> list[tuple[cst.BaseExpression, int]]:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, (cst.Add, cst.Subtract)):
        right = sign if isinstance(node.operator, cst.Add) else -sign
        return _terms(node.left, sign) + _terms(node.right, right)
    return [(node, sign)]


def _is_get(term: cst.CSTNode, target: cst.BaseExpression) -> bool:
    """``d.get(k, 0)`` reads the entry that ``d[k] = …`` writes."""
    return (
        isinstance(target, cst.Subscript)
        and isinstance(term, cst.Call)
        and isinstance(term.func, cst.Attribute)
        and term.func.attr.value == "get"
        and same(term.func.value, target.value)
    )


def _adds_up(value: cst.BaseExpression) -> bool:
    return any(
        isinstance(node, cst.BinaryOperation) and isinstance(node.operator, (cst.Add, cst.Subtract))
        for node in descendants(value)
    )


def _fed(machine: Machine, value: cst.BaseExpression, target: cst.BaseExpression) -> cst.BaseExpression | None:
    """The loss that a running mean is fed: the smallest factor or term without the mean in it, with a loss in it."""
    candidates: list[cst.BaseExpression] = []

    def visit(node: cst.BaseExpression) -> None:
        if not _mentions(node, target):
            candidates.append(node)
        elif isinstance(node, cst.BinaryOperation):
            visit(node.left)
            visit(node.right)

    visit(value)
    for node in candidates:
        leaf = loss_leaf(node)
        if leaf is not None and machine.number(evaluate(machine, leaf)).births:
            return node
    return None


_VALUE_METHODS = frozenset(
    ["item", "detach", "cpu", "numpy", "tolist", "float", "double", "clone", "mean", "data", "squeeze", "to"]
)


def loss_leaf(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The place inside an operand: ``raw`` in ``float(raw.detach().item()) * n``; None when there are several."""
    match node:
        case cst.Name() | cst.Subscript():
            return node
        case cst.Attribute():
            return loss_leaf(node.value) if node.attr.value == "data" else node
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value=name))) if name in _VALUE_METHODS:
            return loss_leaf(inner)
        case cst.Call(func=cst.Name(), args=[argument]):
            return loss_leaf(argument.value)
        case cst.BinaryOperation(operator=cst.Multiply() | cst.Divide()):
            left = loss_leaf(node.left)
            return left if left is not None else loss_leaf(node.right)
    return None


# -- loops and calls -----------------------------------------------------------------------------------------


def iterable(machine: Machine, value: Value, node: cst.BaseExpression) -> Iterable:
    """A value as something to loop over."""
    match value:
        case Iterable():
            return value
        case Opaque():
            name = value.path or machine.serial(value.birth.key)
            if value.element:
                machine.beliefs.looped_over.add(value.birth.key)
            element = Opaque(Birth((value.birth.key, "item"), node), computed=True, element=True)
            return Iterable(machine.symbol(f"m@{name}"), name, inner=element)
        case Library(name=name):
            element = Opaque(Birth((name, "item"), node), computed=True, element=True)
            return Iterable(machine.symbol(f"m@{name}"), name, inner=element)
        case Ref(role=Role.LOADER):
            element = Opaque(Birth((value.key, "item"), node), computed=True, element=True)
            return Iterable(machine.symbol(f"m@{machine.serial(value.key)}"), inner=element)
        case Ref(kind="list" | "deque"):
            bound = machine.state.get((value.key, "[]"))
            if bound is not None and isinstance(bound.value, Accumulated):
                count = _count(bound.value)
                scale = count.scale if count.scale.known else machine.symbol(f"m@{machine.serial(value.key)}")
                return Iterable(scale, inner=element_of(bound.value))
        case Accumulated():
            return Iterable(_count(value).scale, inner=element_of(value))
        case Items() if value.values:
            return Iterable(
                Scale.of(f"items@{machine.serial(node)}"),
                inner=value.values[0] if len(set(map(type, value.values))) == 1 else None,
            )
    element = Opaque(Birth((machine.scope.owner, node, "item"), node), computed=True, element=True)
    return Iterable(machine.symbol(f"m@{machine.serial(node)}"), inner=element)


def bind_loop_target(machine: Machine, node: cst.CSTNode, target: cst.BaseExpression, over: Iterable) -> None:
    inner: Value = over.inner or Opaque(Birth((machine.scope.owner, node, "item"), node), computed=True, element=True)
    if not over.index:
        if over.start is not None:
            inner = Number(over.count, const=over.start if machine.first_pass else None)
        machine.assign(target, inner, node)
        return
    index = Number(over.count, const=over.start if machine.first_pass else None)
    if isinstance(target, cst.Tuple) and len(target.elements) == 2:
        machine.assign(target.elements[0].value, index, node)
        machine.assign(target.elements[1].value, inner, node)


@dataclass(frozen=True)
class Entered:
    """What a ``with`` item means for the statements in it."""

    no_grad: int = 0
    virtual: Scale | None = None


def enter(machine: Machine, item: cst.WithItem) -> Entered:
    from accumlint.flow import calls

    value = evaluate(machine, item.item)
    if item.asname is not None:
        machine.assign(item.asname.name, value, item)
    if isinstance(item.item, cst.Call):
        return calls.entered(machine, item.item)
    return Entered()


def runs_without_grad(machine: Machine, definition: cst.FunctionDef) -> int:
    """1 for a function decorated with no_grad or inference_mode."""
    for decorator in definition.decorators:
        node = decorator.decorator
        name = dotted(node.func if isinstance(node, cst.Call) else node).rpartition(".")[2]
        if name in ("no_grad", "inference_mode"):
            return 1
    return 0


def is_generator(definition: cst.FunctionDef) -> bool:
    return any(isinstance(node, cst.Yield) for node in descendants(definition.body))


def is_elided(definition: cst.FunctionDef) -> bool:
    """A body that is only ``...``: a stub, or one that the screen left out."""
    statements = list(statements_of(definition.body.body))
    return (
        len(statements) == 1
        and isinstance(statements[0], cst.Expr)
        and isinstance(statements[0].value, (cst.Ellipsis, cst.Integer))
    )


def bind_parameters(
    machine: Machine, definition: cst.FunctionDef, arguments: Arguments, caller: Scope
) -> list[tuple[str, Value]]:
    """Pairs of parameter name and value: what is passed, else the default, else opaque."""
    scope = machine.scope
    parameters = definition.params
    plain = [*parameters.posonly_params, *parameters.params]
    is_static = any(dotted(d.decorator) == "staticmethod" for d in definition.decorators)
    bound: list[tuple[str, Value]] = []
    if scope.self_ref is not None and plain and not is_static:
        bound.append((plain[0].name.value, scope.self_ref))
        plain = plain[1:]
    positional = list(arguments.positional)
    for parameter in [*plain, *parameters.kwonly_params]:
        name = parameter.name.value
        if parameter in plain and positional:
            value: Value = positional.pop(0)
        elif name in arguments.keywords:
            value = arguments.keywords[name]
        else:
            value = _default(machine, definition, parameter, called=scope.depth > 0)
        if isinstance(value, Number):
            value = _named_count(machine, name, value)
        bound.append((name, value))
    if isinstance(parameters.star_kwarg, cst.Param):
        taken = {name for name, _ in bound}
        others = {name: value for name, value in arguments.keywords.items() if name not in taken}
        if others:
            place = (scope.owner, parameters.star_kwarg.name.value)
            display = Items(tuple(others.values()), keys=tuple(others))
            bound.append((place[1], _located(machine, display, place)))
    return bound


def passed_nodes(definition: cst.FunctionDef, arguments: Arguments, *, method: bool) -> dict[str, cst.BaseExpression]:
    """What the caller wrote for each parameter."""
    names = [parameter.name.value for parameter in (*definition.params.posonly_params, *definition.params.params)]
    passed = dict(zip(names[1:] if method else names, arguments.nodes, strict=False))
    return {**passed, **arguments.keyword_nodes}


def _default(machine: Machine, definition: cst.FunctionDef, parameter: cst.Param, *, called: bool) -> Value:
    name = parameter.name.value
    opaque = Opaque(Birth((definition, name), parameter), name)
    if not called or parameter.default is None:
        return opaque
    if isinstance(parameter.default, cst.Name) and parameter.default.value == "None":
        return Nothing()
    if isinstance(parameter.default, (cst.Integer, cst.Float)):
        return evaluate(machine, parameter.default)
    return opaque
