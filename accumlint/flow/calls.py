"""Calls: functions of the text are run, known library calls do what :mod:`accumlint.frameworks` says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint import frameworks
from accumlint.flow.events import Kind
from accumlint.flow.expression import (
    Arguments,
    Entered,
    dotted,
    element_of,
    empty,
    entry_of,
    evaluate,
    is_property,
    iterable,
    multiply,
    new_list,
    read_meter,
    scale_in_place,
)
from accumlint.flow.expression import _count as count_items
from accumlint.flow.expression import _items as items_of
from accumlint.flow.names import suggests_loss, suggests_same_number
from accumlint.flow.state import MEAN
from accumlint.flow.value import (
    Accumulated,
    Birth,
    Definition,
    Flag,
    Items,
    Iterable,
    Library,
    Number,
    Opaque,
    Ref,
    Value,
    constant,
)
from accumlint.frameworks import Call, Effect, Role
from accumlint.frameworks.torch import MEAN_FUNCTIONALS
from accumlint.scale import ONE, UNKNOWN, B, N, Scale

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine
    from accumlint.flow.program import Program

LOSS_SCALE = Scale.of("S")
_RECORD = "a named tuple"


def call(machine: Machine, node: cst.Call) -> Value:
    """The value of a call, its effects recorded."""
    if isinstance(node.func, cst.Name) and node.func.value == "reveal_scale" and node.args:
        value = evaluate(machine, node.args[0].value)
        machine.reveals.append((node, machine.number(value).scale))
        return value
    if isinstance(node.func, cst.Attribute):
        return _method(machine, node, node.func)
    function = evaluate(machine, node.func)
    arguments = evaluate_arguments(machine, node)
    if isinstance(function, Ref):
        known = frameworks.known_method(function.role, "__call__") if function.role else None
        if known is not None:
            return _effect(machine, node, known, function, arguments, node.func)
    return _apply(machine, node, function, arguments)


def evaluate_arguments(machine: Machine, node: cst.Call) -> Arguments:
    positional: list[Value] = []
    nodes: list[cst.BaseExpression] = []
    keywords: dict[str, Value] = {}
    keyword_nodes: dict[str, cst.BaseExpression] = {}
    for argument in node.args:
        value = evaluate(machine, argument.value)
        if argument.keyword is not None:
            keywords[argument.keyword.value] = value
            keyword_nodes[argument.keyword.value] = argument.value
        elif argument.star == "**":
            if isinstance(value, Items):
                for key, item in zip(value.keys, value.values, strict=False):
                    keywords[key] = item
                    keyword_nodes[key] = argument.value
        else:
            positional.append(value)
            nodes.append(argument.value)
    return Arguments(tuple(positional), tuple(nodes), keywords, keyword_nodes)


def _opaque(machine: Machine, node: cst.Call, reduction: str | None = None) -> Opaque:
    birth = Birth((machine.scope.owner, node), node)
    machine.make(birth.key)
    return Opaque(birth, history=not machine.no_grad, computed=True, reduction=reduction)


def _apply(machine: Machine, node: cst.Call, function: Value, arguments: Arguments) -> Value:
    """Call a value that is no method."""
    if isinstance(function, Library) and not frameworks.describes(machine.scope.program.qualified(function.name)):
        function = machine.imported(function) or function
    match function:
        case Definition(node=cst.FunctionDef()):
            return machine.call(function, arguments, node)
        case Definition(node=cst.ClassDef() as class_):
            return _instantiate(machine, class_, function.program, arguments, node)
        case Definition(node=cst.Lambda()):
            return _opaque(machine, node)
        case Library():
            return _library(machine, node, machine.scope.program.qualified(function.name), arguments)
        case Opaque():
            return _call_opaque(machine, node, function, arguments)
        case Ref(role=Role.CRITERION, call=cst.Call() as built):
            return _opaque(machine, node, _reduction(built, "mean"))
        case Ref() if function.class_ is not None:
            info = machine.class_of(function.class_)
            method = info.methods.get("__call__") if info is not None else None
            if method is not None:
                return machine.call(Definition(method, function), arguments, node)
    return _opaque(machine, node)


def _call_opaque(machine: Machine, node: cst.Call, function: Opaque, arguments: Arguments) -> Value:
    """An unknown function: a number handed through, a backward under another name, or a new value."""
    name = function.path.rpartition(".")[2]
    if ("backward" in name.lower() or "backprop" in name.lower()) and arguments.positional:
        return _backward(machine, node, arguments, 0, Call(Effect.BACKWARD, 0), "")
    built = frameworks.constructed_role(f".{name}") if name[:1].isupper() else None
    if built is not None:  # a class of a star import
        return _constructed(machine, node, built, arguments)
    role = frameworks.role_by_name(function.path)
    known = frameworks.known_method(role, "__call__") if role in (Role.LOSS_SCALER, Role.METER) else None
    if known is not None:
        return _effect(machine, node, known, function, arguments, node.func)
    same = _handed_through(machine, name, arguments)
    return same if same is not None else _opaque(machine, node)


def _handed_through(machine: Machine, name: str, arguments: Arguments) -> Value | None:
    """``reduce_tensor(loss, world_size)`` is the loss, averaged over ranks."""
    if not arguments.positional or not suggests_same_number(name):
        return None
    first = arguments.positional[0]
    if isinstance(first, Items) and len(first.values) == 1:
        first = first.values[0]
    number = machine.number(first)
    return replace(number, storage=None) if number.births else None


def _instantiate(
    machine: Machine, class_: cst.ClassDef, program: Program | None, arguments: Arguments, node: cst.Call
) -> Ref:
    info = machine.class_of(class_)
    ref = Ref((machine.scope.owner, node), "instance", None, class_, node)
    if info is not None and "__init__" in info.methods:
        machine.call(Definition(info.methods["__init__"], ref, program=program), arguments, node)
    return ref


# -- library functions ---------------------------------------------------------------------------------------


def _library(machine: Machine, node: cst.Call, name: str, arguments: Arguments) -> Value:
    builtin = _BUILTIN.get(name)
    if builtin is not None:
        return builtin(machine, node, arguments)
    if name in MEAN_FUNCTIONALS:
        return _opaque(machine, node, _reduction(node, "mean"))
    role = Role.METER if name.rpartition(".")[2] in machine.meters else frameworks.constructed_role(name)
    if role is not None:
        return _constructed(machine, node, role, arguments)
    known = frameworks.known_function(name)
    if known is not None:
        return _effect(machine, node, known, None, arguments, node.func)
    last = name.rpartition(".")[2]
    if last in ("list", "deque", "defaultdict", "OrderedDict", "Counter", "dict"):
        return _container(machine, node, last, arguments)
    if last in ("tqdm", "trange", "track", "progress_bar", "islice", "prefetch", "MpDeviceLoader", "ParallelLoader"):
        if last == "trange":
            return _range(machine, node, arguments)
        return _wrapped(machine, node, arguments)
    if last == "no_grad" or last == "inference_mode":
        return Library(name)
    tracked = frameworks.known_method(None, last) if isinstance(node.func, cst.Attribute) else None
    if tracked is not None and tracked.effect is Effect.REPORT:  # an imported logger
        return _effect(machine, node, tracked, None, arguments, node.func)
    return _call_opaque(machine, node, Opaque(Birth(name, node), name), arguments)


def _reduction(node: cst.Call, default: str | None) -> str | None:
    """What a criterion does over the batch, from its reduction argument."""
    for argument in node.args:
        if argument.keyword is None:
            continue
        value = argument.value
        if argument.keyword.value == "reduction":
            text = value.evaluated_value if isinstance(value, cst.SimpleString) else None
            return text if text in ("mean", "sum", "none") else None
        if argument.keyword.value == "size_average" and isinstance(value, cst.Name):
            return "sum" if value.value == "False" else default
        if argument.keyword.value == "reduce":
            return None
        if argument.keyword.value == "ignore_index":
            default = "token mean"
    return default


def _constructed(machine: Machine, node: cst.Call, role: Role, arguments: Arguments) -> Ref:
    ref = Ref((machine.scope.owner, node), "library", role, call=node)
    if role in (Role.METER, Role.SUM_METER):
        machine.state.set((ref.key, "[]"), constant(0), machine.context)
    if role is Role.SCHEDULER:
        for argument in (*arguments.positional, *arguments.keywords.values()):
            length = machine.number(argument)
            if length.scale.known and any(name.startswith("m@") for name in length.scale.names()):
                machine.state.set((ref.key, "[length]"), Number(length.scale), machine.context)
    if role is Role.LOADER and "batch_size" in arguments.keywords:
        size = machine.number(arguments.keywords["batch_size"]).scale
        if size.known and len(size.names()) == 1 and size.names()[0] not in ("N", "b"):
            machine.beliefs.meaning.setdefault(size.names()[0], B)
    if role is Role.LOADER:
        data = arguments.get(0) or arguments.get("dataset")
        if isinstance(data, Opaque) and data.path:
            samples = machine.symbol(f"m@{machine.serial(ref.key)}") * B
            machine.beliefs.meaning.setdefault(f"m@{data.path}", samples)
    return ref


def _container(machine: Machine, node: cst.Call, name: str, arguments: Arguments) -> Value:
    kind = "deque" if name == "deque" else "list" if name == "list" else "dict"
    if name == "list" and arguments.positional:
        return arguments.positional[0]
    ref = new_list(machine, ("new", machine.scope.owner, node), kind)
    limit = arguments.get("maxlen") or (arguments.get(1) if kind == "deque" else None)
    if kind == "deque" and limit is not None:
        machine.state.set((ref.key, "maxlen"), machine.number(limit), machine.context)
    for key, value in arguments.keywords.items():
        if kind == "dict":
            machine.state.set((ref.key, f"[{key!r}]"), value, machine.context)
    return ref


def _range(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    from accumlint.flow.expression import count_of

    if not arguments.positional:
        return Iterable(UNKNOWN)
    bound = arguments.nodes[1 if len(arguments.nodes) > 1 else 0]
    number = count_of(machine, bound)
    start = machine.number(arguments.positional[0]).const if len(arguments.positional) > 1 else 0.0
    stepped = len(arguments.nodes) > 2
    counted = number is not None and not stepped
    scale = number.scale if number is not None and counted else machine.symbol(f"m@range {machine.serial(node)}")
    return Iterable(scale, start=start, bound=bound)


def _length(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    value = arguments.get(0)
    items = items_of(machine, value) if isinstance(value, (Ref, Accumulated)) else None
    if items is not None and items.limit is not None:
        return Number(items.limit, metric=items.metric)
    if items is not None:
        return count_items(items)
    match value:
        case Opaque(element=True) if value.birth.key not in machine.beliefs.looped_over:
            if value.birth.key in machine.beliefs.text_keyed:
                return Number(ONE)
            return Number(B, length_of=value.birth.key)
        case Opaque(path=path) if path:
            last = path.rpartition(".")[2]
            if last in ("dataset", "sampler") and "." in path:
                return Number(machine.symbol(f"m@{path.rpartition('.')[0]}") * B)
            return Number(machine.symbol(f"m@{path}"))
        case Opaque() | Iterable() | Library() | Ref(role=Role.LOADER):
            return Number(iterable(machine, value, node).count)
    return Number()


def _largest(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """``max(n, 1)`` is n; ``min(N, what is left)`` is the size of a window that varies."""
    numbers = [machine.number(value) for value in arguments.positional]
    if len(numbers) != 2:
        return Number()
    for one, other in (numbers, numbers[::-1]):
        if other.const is not None and other.scale == ONE:
            return one
    for one, other in (numbers, numbers[::-1]):
        if one.scale == N and other.scale != N:
            return replace(one, varies=True)
    one, other = numbers
    return one if one.scale == other.scale else Number()


def _zip(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    if not arguments.positional:
        return Iterable(UNKNOWN)
    parts = [iterable(machine, value, node) for value in arguments.positional]
    inner = Items(tuple(part.inner or Number() for part in parts))
    return Iterable(parts[0].count, parts[0].text, inner=inner)


def _wrapped(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    first = arguments.get(0) or arguments.get("iterable")
    if first is None or isinstance(first, (Number, Items)):
        return Ref((machine.scope.owner, node), "library", Role.PROGRESS)
    over = iterable(machine, first, node)
    cut = dotted(node.func).rpartition(".")[2] == "islice" and len(arguments.nodes) > 1
    return replace(over, bound=arguments.nodes[-1]) if cut else over


def _enumerated(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return Iterable(UNKNOWN)
    start = arguments.get(1) or arguments.get("start")
    begins = machine.number(start).const if start is not None else 0.0
    over = iterable(machine, first, node)
    if over.start is not None and over.inner is None:
        over = replace(over, inner=Number(over.count, const=over.start))
    return replace(over, index=True, start=begins)


def _text(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    return Items(arguments.positional, arguments.nodes)


def _next(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    return Opaque(Birth((machine.scope.owner, node), node), computed=True, element=True)


def _record(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """A named tuple: its fields, in order."""
    named = tuple(arguments.keywords.values()), tuple(arguments.keyword_nodes.values())
    return Items(arguments.positional + named[0], arguments.nodes + named[1])


_BUILTIN: dict[str, Callable[[Machine, cst.Call, Arguments], Value]] = {
    "collections.namedtuple": lambda machine, node, arguments: Library(_RECORD),
    "typing.NamedTuple": lambda machine, node, arguments: Library(_RECORD),
    _RECORD: _record,
    "range": _range,
    "len": _length,
    "max": _largest,
    "min": _largest,
    "zip": _zip,
    "enumerate": _enumerated,
    "str": _text,
    "next": _next,
    "dict": lambda machine, node, arguments: _container(machine, node, "dict", arguments),
    "list": lambda machine, node, arguments: _container(machine, node, "list", arguments),
}


# -- methods -------------------------------------------------------------------------------------------------


def _method(machine: Machine, node: cst.Call, func: cst.Attribute) -> Value:
    name = func.attr.value
    if isinstance(func.value, cst.Call) and dotted(func.value.func) == "super":
        return _super(machine, node, name)
    receiver = evaluate(machine, func.value)
    if isinstance(receiver, Library):
        arguments = evaluate_arguments(machine, node)
        defined = machine.imported(Library(f"{receiver.name}.{name}"))
        if defined is not None:
            return _apply(machine, node, defined, arguments)
        if isinstance(receiver.name, str) and receiver.name.startswith("super"):
            return _opaque(machine, node)
        full = f"{machine.scope.program.qualified(receiver.name)}.{name}"
        reports = frameworks.reporting_method(full)
        if reports is not None:
            return _effect(machine, node, reports, receiver, arguments, func.value)
        role = frameworks.role_by_name(receiver.name.rpartition(".")[2])
        known = frameworks.known_method(role, name) if role is not None else None
        if known is not None and frameworks.known_function(full) is None:
            return _effect(machine, node, known, receiver, arguments, func.value, role)
        if name == "append":
            return _tensor_method(machine, node, func, receiver, name, arguments)
        return _library(machine, node, full, arguments)
    if isinstance(receiver, Ref) and receiver.class_ is not None:
        info = machine.class_of(receiver.class_)
        method = info.methods.get(name) if info is not None else None
        bound = machine.state.get((receiver.key, name))
        if method is not None and bound is None:
            function = Definition(method, receiver)
            if is_property(method):
                return _apply(
                    machine, node, machine.call(function, Arguments(), func), evaluate_arguments(machine, node)
                )
            return machine.call(function, evaluate_arguments(machine, node), node)
        if bound is not None:
            return _apply(machine, node, bound.value, evaluate_arguments(machine, node))
    if isinstance(receiver, Items) and not receiver.keys and name in ("append", "extend"):
        place = (
            machine.place_of(func.value) if isinstance(func.value, (cst.Name, cst.Attribute, cst.Subscript)) else None
        )
        if place is not None:
            ref = Ref(("at", place), "list")
            bound = machine.state.get(place)
            with_context = bound.context if bound is not None else machine.context
            machine.state.set((ref.key, "[]"), constant(0), with_context)
            machine.state.set(place, ref, with_context)
            receiver = ref
    arguments = evaluate_arguments(machine, node)
    if isinstance(receiver, Ref) and receiver.kind in ("list", "deque", "dict"):
        value = _container_method(machine, node, func, receiver, name, arguments)
        if value is not None:
            return value
    if isinstance(receiver, Items) and name == "items":
        return _pairs(machine, receiver.values)
    if isinstance(receiver, Items) and name in ("format", "join"):
        return Items(receiver.values + arguments.positional, receiver.nodes + arguments.nodes)
    if isinstance(receiver, Opaque) and name == "items":
        entries = [b.value for (_, key), b in machine.state.owned_by(receiver.birth.key) if key.startswith("[")]
        if entries:
            return _pairs(machine, entries)
    if isinstance(receiver, Items):
        return _opaque(machine, node)
    text = dotted(func.value)
    if isinstance(receiver, Opaque) and receiver.path and "." in receiver.path and not text.startswith("self."):
        text = receiver.path
    role = machine.library_role(receiver, text)
    known = frameworks.known_method(role, name)
    if known is None and name == "step" and not node.args and role is None:
        known = Call(Effect.ACCUMULATE) if f"{text}.backward" in machine_backwards(machine) else None
    if known is not None and known.effect is Effect.REPORT and not node.args:
        known = None  # the logarithm of a tensor
    if known is not None and not _is_size(name):
        return _effect(machine, node, known, receiver, arguments, func.value, role)
    return _tensor_method(machine, node, func, receiver, name, arguments)


def machine_backwards(machine: Machine) -> set[str]:
    return {f"{event.receiver}.backward" for event in machine.events if event.kind is Kind.BACKWARD and event.receiver}


def _is_size(name: str) -> bool:
    return name in ("size",)


def _super(machine: Machine, node: cst.Call, name: str) -> Value:
    arguments = evaluate_arguments(machine, node)
    scope = machine.scope
    if scope.self_ref is not None and scope.self_ref.class_ is not None:
        info = machine.class_of(scope.self_ref.class_)
        for base in info.bases if info is not None else ():
            parent = machine.scope.program.classes.get(base)
            if parent is not None and name in parent.methods and parent.methods[name] is not scope.node:
                return machine.call(Definition(parent.methods[name], scope.self_ref), arguments, node)
    return _opaque(machine, node)


def _container_method(
    machine: Machine, node: cst.Call, func: cst.Attribute, receiver: Ref, name: str, arguments: Arguments
) -> Value | None:
    if receiver.kind == "dict":
        return _dict_method(machine, node, receiver, name, arguments)
    if name in ("append", "appendleft", "push") and arguments.nodes:
        value = arguments.positional[0]
        number = machine.number(value)
        if isinstance(value, (Items, Ref)):
            for item in value.values if isinstance(value, Items) else ():
                if machine.number(item).births and machine.number(item).divisors:
                    machine.sink(node, arguments.nodes[0], "store", item, dotted(func.value))
            return constant(0)
        if number.divisors:
            machine.sink(node, arguments.nodes[0], "store", value, dotted(func.value))
        total = machine.add((receiver.key, "[]"), node, arguments.nodes[0], number, func.value, kind="item")
        limit = machine.state.get((receiver.key, "maxlen"))
        if limit is not None and total.limit is None:
            bound = machine.state.get((receiver.key, "[]"))
            kept = replace(total, limit=machine.number(limit.value).scale)
            machine.state.set((receiver.key, "[]"), kept, bound.context if bound is not None else machine.context)
        return constant(0)
    if name == "clear":
        empty(machine, receiver)
        return constant(0)
    if name in ("pop", "popleft"):
        return _opaque(machine, node)
    return None


def _dict_method(machine: Machine, node: cst.Call, receiver: Ref, name: str, arguments: Arguments) -> Value | None:
    if name == "get" and arguments.nodes:
        key = cst.Subscript(cst.Name("d"), [cst.SubscriptElement(cst.Index(arguments.nodes[0]))])
        from accumlint.flow.expression import subscript_key

        bound = entry_of(machine, receiver, subscript_key(key))
        if bound is not None:
            return bound.value
        return arguments.positional[1] if len(arguments.positional) > 1 else _opaque(machine, node)
    if name == "clear":
        empty(machine, receiver)
        return constant(0)
    if name == "update":
        first = arguments.get(0)
        given = zip(first.keys, first.values, strict=False) if isinstance(first, Items) else ()
        for field, value in (*arguments.keywords.items(), *given):
            machine.state.set((receiver.key, f"[{field!r}]"), value, machine.context)
        if isinstance(first, Ref) and first.key != receiver.key:
            for (_, entry), held in machine.state.owned_by(first.key):
                if entry != "[new]":
                    machine.state.set((receiver.key, entry), held.value, machine.context)
        return constant(0)
    if name == "items":
        return _pairs(machine, [b.value for (_, k), b in machine.state.owned_by(receiver.key) if k != "[new]"])
    if name == "pop" and arguments.nodes:
        popped = _dict_method(machine, node, receiver, "get", arguments)
        return popped if popped is not None else _opaque(machine, node)
    if name == "values":
        values = tuple(b.value for (_, k), b in machine.state.owned_by(receiver.key) if k != "[new]")
        return Items(values)
    return None


def _pairs(machine: Machine, values: Sequence[Value]) -> Iterable:
    """``.items()``: one of the pairs, that of a loss if there is one."""
    numbers = [(value, machine.number(value)) for value in values]
    losses = [value for value, number in numbers if number.births and number.scale.known and number.scale.exponent("ℓ")]
    born = [value for value, number in numbers if number.births]
    inner = next(iter([*losses, *born, *values]), Number())
    return Iterable(ONE, inner=Items((Items(()), inner)))


def _tensor_method(
    machine: Machine, node: cst.Call, func: cst.Attribute, receiver: Value, name: str, arguments: Arguments
) -> Value:
    if name == "size" and isinstance(receiver, Opaque) and arguments.nodes:
        first = machine.number(arguments.positional[0]).const
        return Number(B, length_of=receiver.birth.key) if receiver.element and first == 0 else Number()
    if name == "chunk" and arguments.nodes:
        number = machine.number(arguments.positional[0])
        part = Opaque(Birth((machine.scope.owner, node), node), computed=True, element=True)
        if isinstance(receiver, Opaque):
            machine.beliefs.slices[part.birth.key] = receiver.birth.key
        return Iterable(number.scale, inner=part)
    if name == "append" and arguments.nodes and isinstance(receiver, (Opaque, Library)):
        value = arguments.positional[0]
        how = "store" if machine.number(value).adds else "history"
        machine.sink(node, arguments.nodes[0], how, value, dotted(func.value))
        return constant(0)
    if isinstance(receiver, Opaque):
        if receiver.element:
            return replace(_opaque(machine, node), element=name in ("to", "cuda", "float", "long", "half", "double"))
        same = _handed_through(machine, name, arguments)
        if same is not None:
            return same
    if isinstance(receiver, (Number, Accumulated)) and machine.number(receiver).births:
        number = machine.number(receiver)
        plain = number.certain and not number.divisions and not number.adds
        return machine.born(node, Number(UNKNOWN, number.births, certain=plain))
    return _opaque(machine, node)


# -- effects -------------------------------------------------------------------------------------------------


def _effect(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
    role: Role | None = None,
) -> Value:
    """Do what a known call does."""
    text = dotted(receiver_node)
    match known.effect:
        case Effect.BACKWARD:
            return _backward_call(machine, node, known, receiver, arguments, receiver_node, role)
        case Effect.STEP:
            optimizer = dotted(arguments.nodes[0]) if arguments.nodes and role is Role.GRAD_SCALER else text
            machine.events.append(machine.event(Kind.OPTIMIZER_STEP, node, receiver=optimizer))
            return _opaque(machine, node)
        case Effect.ZERO_GRAD:
            machine.events.append(machine.event(Kind.ZERO_GRAD, node, receiver=text))
            return constant(0)
        case Effect.SCHEDULER_STEP:
            if not arguments.positional:
                length = _schedule_length(machine, receiver)
                machine.events.append(machine.event(Kind.SCHEDULER_STEP, node, receiver=text, value=length))
            return constant(0)
        case Effect.CLIP | Effect.UNSCALE:
            kind = Kind.CLIP if known.effect is Effect.CLIP else Kind.UNSCALE
            machine.events.append(machine.event(kind, node, receiver=text))
            return _opaque(machine, node)
        case Effect.ACCUMULATE if role is Role.ENGINE or not arguments.positional:
            _engine_step(machine, node, text)
            return constant(0)
        case Effect.WINDOW:
            return Number(N)
        case Effect.GRADIENT_BOUNDARY:
            return Flag(N**-1, node=node)
        case Effect.FEED:
            return _feed(machine, node, known, receiver, arguments, receiver_node)
        case Effect.FEED_FIELDS:
            return _feed_fields(machine, node, receiver, arguments, receiver_node)
        case Effect.READ_MEAN | Effect.READ_SUM:
            if isinstance(receiver, Ref):
                return read_meter(machine, receiver, "avg" if known.effect is Effect.READ_MEAN else "sum")
            return Number()
        case Effect.RESET:
            if isinstance(receiver, Ref):
                machine.state.set((receiver.key, "[]"), constant(0), machine.context)
            return constant(0)
        case Effect.REPORT if not node.args:  # the logarithm of a tensor
            return _opaque(machine, node)
        case Effect.REPORT:
            return _report(machine, node, arguments)
        case Effect.SAVE:
            if arguments.positional:
                machine.sink(node, arguments.nodes[0], "checkpoint", arguments.positional[0])
            return constant(0)
        case Effect.ZERO if receiver is None:
            return constant(0)
    return _number_effect(machine, node, known, receiver, arguments, receiver_node)


def _schedule_length(machine: Machine, receiver: Value | None) -> Number | None:
    """The number of steps that a scheduler was built for."""
    bound = machine.state.get((receiver.key, "[length]")) if isinstance(receiver, Ref) else None
    return bound.value if bound is not None and isinstance(bound.value, Number) else None


def _engine_step(machine: Machine, node: cst.Call, text: str) -> None:
    machine.virtual.append(N**-1)
    machine.events.append(machine.event(Kind.OPTIMIZER_STEP, node, receiver=text))
    machine.virtual.pop()


def _number_effect(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
) -> Value:
    """Effects that make a number of a number."""
    if receiver is None:
        value, value_node = arguments.get(0), arguments.nodes[0] if arguments.nodes else None
        factor_index = 1
    else:
        value, value_node, factor_index = receiver, receiver_node, 0
        if known.effect is Effect.SCALE or (known.argument == 0 and known.effect is Effect.SAME):
            value, value_node = arguments.get(0), arguments.nodes[0] if arguments.nodes else None
    if known.effect is Effect.WRAP:
        return _wrap(machine, node, receiver, arguments)
    if known.effect is Effect.NO_GRAD:
        return Library("torch.no_grad")
    if value is None or value_node is None:
        return _opaque(machine, node)
    if isinstance(value, (Ref, Items, Iterable)) or (
        isinstance(value, Accumulated) and known.effect in (Effect.MEAN, Effect.SUM, Effect.STACK)
    ):
        return _of_many(machine, node, known, value)
    number = machine.number(value)
    if isinstance(value, Opaque) and isinstance(node.func, cst.Name) and node.func.value == "int":
        return value if value.path else _opaque(machine, node)
    if isinstance(value, Opaque) and value.element and known.effect in (Effect.FRESH, Effect.SAME):
        return _moved_part(machine, node, value)
    if isinstance(value, Opaque) and not number.births and value.birth.key not in machine.beliefs.losses:
        if known.effect in (Effect.ITEM, Effect.SAME) and receiver is None:
            return value if not value.computed else number
        summed = known.effect is Effect.SUM
        return _opaque(machine, node, _tensor_sum(node, receiver, arguments) if summed else None)
    match known.effect:
        case Effect.ITEM:
            return replace(number, history=False, storage=None, frozen=True)
        case Effect.DETACH:
            return replace(number, history=False)
        case Effect.FRESH:
            return replace(number, storage=None)
        case Effect.MEAN if number.reduction == "none":
            return replace(number, reduction="mean")
        case Effect.SUM if number.reduction == "none" and not arguments.nodes[receiver is None :]:
            return replace(number, scale=number.scale * B, reduction="sum")
        case Effect.MEAN:
            return replace(number, origin=(MEAN, number.origin))
        case Effect.SAME | Effect.STACK:
            return number
        case Effect.SUM if not number.certain or not isinstance(value_node, (cst.Name, cst.Attribute, cst.Subscript)):
            return _opaque(machine, node, _tensor_sum(node, receiver, arguments))
        case Effect.SUM:
            return machine.born(node, replace(number, scale=UNKNOWN, certain=False)) if number.births else number
        case Effect.SCALE:
            return replace(number, scale=number.scale * LOSS_SCALE, storage=None)
        case Effect.DIVIDE | Effect.MULTIPLY:
            factor, factor_node = arguments.get(factor_index), arguments.nodes[factor_index : factor_index + 1]
            if factor is None:
                return number
            power = -1 if known.effect is Effect.DIVIDE else 1
            if not number.births and isinstance(value, Opaque):
                number = replace(number, births=frozenset({value.birth}))
            return multiply(machine, node, number, machine.number(factor), value_node, factor_node[0], power)
        case Effect.DIVIDE_IN_PLACE | Effect.MULTIPLY_IN_PLACE:
            place = (
                machine.place_of(value_node)
                if isinstance(value_node, (cst.Name, cst.Attribute, cst.Subscript))
                else None
            )
            if place is not None and arguments.nodes:
                power = -1 if known.effect is Effect.DIVIDE_IN_PLACE else 1
                factor = machine.number(arguments.positional[0])
                scale_in_place(machine, value_node, place, node, factor, arguments.nodes[0], power)
            return machine.number(evaluate(machine, value_node))
        case Effect.ADD_IN_PLACE:
            place = (
                machine.place_of(value_node)
                if isinstance(value_node, (cst.Name, cst.Attribute, cst.Subscript))
                else None
            )
            if place is not None and arguments.nodes:
                machine.add(place, node, arguments.nodes[0], machine.number(arguments.positional[0]), value_node)
            return number
        case Effect.ZERO:
            place = (
                machine.place_of(value_node)
                if isinstance(value_node, (cst.Name, cst.Attribute, cst.Subscript))
                else None
            )
            if place is not None:
                machine.state.set(place, constant(0), machine.context)
            return constant(0)
    return _opaque(machine, node)


def _tensor_sum(node: cst.Call, receiver: Value | None, arguments: Arguments) -> str | None:
    """``x.sum()`` and ``torch.sum(x)`` sum over samples; ``sum(parts)`` puts parts together."""
    if receiver is None and not dotted(node.func).startswith("torch."):
        return None
    return None if arguments.nodes[receiver is None :] or arguments.keywords else "sum"


def _moved_part(machine: Machine, node: cst.Call, value: Opaque) -> Opaque:
    """``x.to(device)`` of (a part of) a batch is (the same part of) the batch."""
    moved = replace(value, birth=Birth((machine.scope.owner, node), node), path="")
    whole = machine.beliefs.slices.get(value.birth.key)
    if whole is not None:
        machine.beliefs.slices[moved.birth.key] = whole
    return moved


def _wrap(machine: Machine, node: cst.Call, receiver: Value | None, arguments: Arguments) -> Value:
    if receiver is not None:
        if len(arguments.positional) == 1:
            return arguments.positional[0]
        return Items(arguments.positional, arguments.nodes)
    return _wrapped(machine, node, arguments)


def _of_many(machine: Machine, node: cst.Call, known: Call, value: Value) -> Value:
    """sum, mean and stack of a list, a generator or a tuple."""
    if isinstance(value, Items) and len(value.values) == 1:
        return machine.number(value.values[0])
    if isinstance(value, Items) and value.values and known.effect in (Effect.SUM, Effect.STACK):
        from accumlint.flow.expression import add_numbers

        numbers = [machine.number(item) for item in value.values]
        total = numbers[0]
        for number in numbers[1:]:
            total = add_numbers(machine, node, total, number, False)
        return total
    items = items_of(machine, value)
    if items is None:
        if isinstance(value, Iterable):
            return value
        return _opaque(machine, node)
    match known.effect:
        case Effect.SUM:
            return items.total()
        case Effect.MEAN:
            return element_of(items)
    return items


def _backward_call(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
    role: Role | None,
) -> Value:
    """``loss.backward()`` or ``engine.backward(loss)``."""
    text = dotted(receiver_node)
    by_argument = known.argument is not None or (
        bool(arguments.positional) and not isinstance(receiver, (Number, Accumulated)) and not suggests_loss(text)
    )
    if by_argument:
        loss = arguments.get(0) or arguments.get("loss")
        if loss is None:
            return _opaque(machine, node)
        divides, certain = _framework_division(machine, known, receiver)
        undivided = _is_false(arguments.keyword_nodes.get("scale_wrt_gas"))
        divides = ONE if undivided else divides
        result = _backward(machine, node, arguments, 0, known, text, divides, certain)
        if known.steps:
            _loss_scaler_step(machine, node, arguments, text)
        if known.returns_divided and undivided:
            return loss
        if known.returns_divided:
            number = machine.number(loss)
            return replace(number, scale=number.scale / N)
        return result
    _record_backward(machine, node, receiver, receiver_node, "", ONE, True)
    return constant(0)


def _is_false(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "False"


def _framework_division(machine: Machine, known: Call, receiver: Value | None) -> tuple[Scale, bool]:
    """What a library's backward divides by: its own accumulation steps, where its construction is in sight."""
    if not known.divides:
        return ONE, True
    if known.returns_divided:
        return N, True
    if isinstance(receiver, Ref) and receiver.call is not None:
        for argument in receiver.call.args:
            if argument.keyword is not None and argument.keyword.value in (
                "gradient_accumulation_steps",
                "gradient_accumulation_plugin",
            ):
                return N, argument.keyword.value == "gradient_accumulation_steps"
            if argument.star == "**":
                return N, False
        return ONE, True
    return N, False


def _backward(
    machine: Machine,
    node: cst.Call,
    arguments: Arguments,
    index: int,
    known: Call,
    text: str,
    divides: Scale = ONE,
    certain: bool = True,
) -> Value:
    value = arguments.positional[index] if arguments.positional else arguments.keywords["loss"]
    operand = arguments.nodes[index] if arguments.nodes else arguments.keyword_nodes["loss"]
    items = value.values if isinstance(value, Items) else (value,)
    for item in items:
        _record_backward(machine, node, item, operand, text, divides, certain)
    return constant(0)


def _record_backward(
    machine: Machine,
    node: cst.Call,
    value: Value | None,
    operand: cst.BaseExpression,
    text: str,
    divides: Scale,
    certain: bool,
) -> None:
    if value is None:
        return
    number = machine.number(value)
    machine.mark_loss(number, value)
    machine.events.append(
        machine.event(
            Kind.BACKWARD,
            node,
            value=number,
            operand=operand,
            receiver=text,
            framework_divides=divides,
            framework_known=certain,
        )
    )


def _loss_scaler_step(machine: Machine, node: cst.Call, arguments: Arguments, text: str) -> None:
    """``loss_scaler(loss, optimizer, update_grad=boundary)`` steps where the flag says so."""
    flag = arguments.get("update_grad") or arguments.get("need_update")
    if isinstance(flag, Flag) and flag.fraction.known:
        machine.virtual.append(flag.fraction)
        machine.events.append(machine.event(Kind.OPTIMIZER_STEP, node, receiver=text))
        machine.virtual.pop()
        return
    machine.events.append(machine.event(Kind.OPTIMIZER_STEP, node, receiver=text))


def _feed(
    machine: Machine,
    node: cst.Call,
    known: Call,
    receiver: Value | None,
    arguments: Arguments,
    receiver_node: cst.BaseExpression,
) -> Value:
    """A meter is fed; the mean of what it is fed leaves with it."""
    if not arguments.nodes:
        fields = [key for key in arguments.keywords if suggests_loss(key)] or list(arguments.keywords)
        if not fields:
            return constant(0)
        value, operand = arguments.keywords[fields[0]], arguments.keyword_nodes[fields[0]]
    else:
        value, operand = arguments.positional[0], arguments.nodes[0]
    if isinstance(value, Items) or (isinstance(value, Ref) and value.kind == "dict"):
        return _feed_entries(machine, node, receiver, _entries(machine, value, operand), receiver_node)
    number = machine.number(value)
    if not number.births:
        return constant(0)
    key = receiver.key if isinstance(receiver, Ref) else receiver.birth.key if isinstance(receiver, Opaque) else node
    total = machine.add((key, "[]"), node, operand, number, receiver_node, kind="mean")
    fed = replace(element_of(total), adds=total.adds[-1:], scale=number.scale)
    machine.sink(node, operand, "meter", fed, dotted(receiver_node))
    return fed


def _feed_fields(
    machine: Machine, node: cst.Call, receiver: Value | None, arguments: Arguments, receiver_node: cst.BaseExpression
) -> Value:
    fields = [(name, value, arguments.keyword_nodes[name]) for name, value in arguments.keywords.items()]
    return _feed_entries(machine, node, receiver, fields, receiver_node)


def _feed_entries(
    machine: Machine,
    node: cst.Call,
    receiver: Value | None,
    fields: list[tuple[str, Value, cst.BaseExpression]],
    receiver_node: cst.BaseExpression,
) -> Value:
    """A family of meters is fed, each by its name."""
    key = receiver.key if isinstance(receiver, Ref) else receiver.birth.key if isinstance(receiver, Opaque) else node
    for name, value, operand in fields:
        number = machine.number(value)
        if not number.births:
            continue
        total = machine.add(((key, name), "[]"), node, operand, number, receiver_node, kind="mean")
        fed = replace(element_of(total), adds=total.adds[-1:], scale=number.scale)
        machine.sink(node, operand, "meter", fed, name)
    return constant(0)


def _entries(
    machine: Machine, value: Items | Ref, node: cst.BaseExpression
) -> list[tuple[str, Value, cst.BaseExpression]]:
    """The names and values of a dict; those of one that has a name cannot be changed where it is handed on."""
    if isinstance(value, Items):
        nodes = value.nodes or tuple(node for _ in value.values)
        return [(key, item, at) for key, item, at in zip(value.keys, value.values, nodes, strict=False)]
    held = [(key, bound.value) for (_, key), bound in machine.state.owned_by(value.key) if key != "[new]"]
    numbers = [(key.strip("[]'*"), machine.number(item)) for key, item in held]
    return [(key, replace(number, divisions=(), origin=None), node) for key, number in numbers]


def _report(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """print, log, add_scalar: every number in the arguments leaves."""
    tag = ""
    for value, value_node in zip(arguments.positional, arguments.nodes, strict=True):
        if isinstance(value_node, cst.SimpleString):
            text = value_node.evaluated_value
            tag = text if isinstance(text, str) else tag
        elif isinstance(value_node, cst.FormattedString) and not isinstance(value, Items):
            tag = ""
        machine.sink(node, value_node, "log", value, tag if not isinstance(value, Items) else "")
    for key, value in arguments.keywords.items():
        machine.sink(node, arguments.keyword_nodes[key], "log", value, key)
    return constant(0)


def entered(machine: Machine, node: cst.Call) -> Entered:
    """``with torch.no_grad():``, ``with accelerator.accumulate(model):``."""
    name = dotted(node.func)
    last = name.rpartition(".")[2]
    if last in ("no_grad", "inference_mode"):
        return Entered(no_grad=1)
    if last == "set_grad_enabled" and node.args:
        argument = node.args[0].value
        return Entered(no_grad=int(isinstance(argument, cst.Name) and argument.value == "False"))
    if last == "accumulate":
        return Entered(virtual=N**-1)
    return Entered()
