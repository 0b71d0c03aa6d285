"""What functions of libraries, and Python's own, give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from accumlint import frameworks
from accumlint.flow.arguments import Arguments, opaque
from accumlint.flow.arithmetic import count_of
from accumlint.flow.backward import backward_on
from accumlint.flow.containers import container, rewritten
from accumlint.flow.effects import perform
from accumlint.flow.iteration import chunks_of, enumerated, length_of, range_of, wrapped, zipped
from accumlint.flow.names import is_called, suggests_same_number, suggests_world_size
from accumlint.flow.value import Birth, Items, Library, Number, Opaque, Ref, Value, constant
from accumlint.frameworks import Call, Effect, Role
from accumlint.frameworks.torch import MEAN_FUNCTIONALS
from accumlint.scale import ONE, B, N

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


_RECORD = "a named tuple"


def call_library(machine: Machine, node: cst.Call, name: str, arguments: Arguments) -> Value:
    _write_out(machine, arguments)
    builtin = _BUILTIN.get(name)
    if builtin is not None:
        return builtin(machine, node, arguments)
    if name in MEAN_FUNCTIONALS:
        return opaque(machine, node, reduction_of(node, "mean"))
    role = Role.METER if is_called(name, machine.meters) else frameworks.constructed_role(name)
    if role is not None:
        return constructed(machine, node, role, arguments)
    known = frameworks.known_function(name)
    if known is not None:
        return perform(machine, node, known, None, arguments, node.func)
    last = name.rpartition(".")[2]
    if last in ("list", "deque", "defaultdict", "OrderedDict", "Counter", "dict"):
        return container(machine, node, last, arguments)
    if last in ("tqdm", "trange", "track", "progress_bar", "islice", "prefetch", "MpDeviceLoader", "ParallelLoader"):
        if last == "trange":
            return range_of(machine, node, arguments)
        return wrapped(machine, node, arguments)
    if last == "no_grad" or last == "inference_mode":
        return Library(name)
    tracked = frameworks.known_method(None, last) if isinstance(node.func, cst.Attribute) else None
    if tracked is not None and tracked.effect is Effect.REPORT:  # an imported logger
        return perform(machine, node, tracked, None, arguments, node.func)
    return call_unknown(machine, node, Opaque(Birth(name, node), name), arguments)


def _write_out(machine: Machine, arguments: Arguments) -> None:
    """``np.multiply(losses, n, out=losses)``: what was in there is gone."""
    target = arguments.keyword_nodes.get("out")
    if target is None or rewritten(machine, arguments.keywords["out"]):
        return
    place = machine.place_of(target)
    if place is not None:
        machine.state.set(place, Number(), machine.context)


def call_unknown(machine: Machine, node: cst.Call, function: Opaque, arguments: Arguments) -> Value:
    """An unknown function: a number handed through, a backward under another name, or a new value."""
    name = function.path.rpartition(".")[2]
    if suggests_world_size(name.removeprefix("get_")):
        return Number(ONE)
    if ("backward" in name.lower() or "backprop" in name.lower()) and arguments.positional:
        return backward_on(machine, node, arguments, 0, Call(Effect.BACKWARD, 0), "")
    built = frameworks.constructed_role(f".{name}") if name[:1].isupper() else None
    if built is not None:  # a class of a star import
        return constructed(machine, node, built, arguments)
    if frameworks.reports_by_name(name) and _is_a_record(arguments):
        return perform(machine, node, Call(Effect.REPORT), None, arguments, node.func)
    role = frameworks.role_by_name(function.path)
    known = frameworks.known_method(role, "__call__") if role in (Role.LOSS_SCALER, Role.METER) else None
    if known is not None:
        return perform(machine, node, known, function, arguments, node.func)
    same = handed_through(machine, name, arguments)
    return same if same is not None else opaque(machine, node)


def _is_a_record(arguments: Arguments) -> bool:
    """A text, a dict or fields by name: ``log(x)`` of a number is its logarithm."""
    listed = any(isinstance(v, Items) or (isinstance(v, Ref) and v.kind == "dict") for v in arguments.positional)
    return listed or bool(arguments.keywords)


def handed_through(machine: Machine, name: str, arguments: Arguments) -> Value | None:
    """``reduce_tensor(loss, world_size)`` is the loss, averaged over ranks."""
    if not arguments.positional or not suggests_same_number(name):
        return None
    first = arguments.positional[0]
    if isinstance(first, Items) and len(first.values) == 1:
        first = first.values[0]
    number = machine.number(first)
    return replace(number, storage=None) if number.births else None


def _learn_n(machine: Machine, node: cst.BaseExpression) -> None:
    """What a library is told its accumulation steps are."""
    count = count_of(machine, node)
    if count is not None and len(count.scale.names()) == 1 and count.scale.names()[0] not in ("N", "b"):
        machine.beliefs.meaning.setdefault(count.scale.names()[0], N)


def reduction_of(node: cst.Call, default: str | None) -> str | None:
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


def constructed(machine: Machine, node: cst.Call, role: Role, arguments: Arguments) -> Ref:
    ref = Ref((machine.scope.owner, node), "library", role, call=node)
    if role in (Role.METER, Role.SUM_METER):
        machine.state.set((ref.key, "[]"), constant(0), machine.context)
    if role is Role.SCHEDULER:
        for argument in (*arguments.positional, *arguments.keywords.values()):
            length = machine.number(argument)
            if length.scale.known and any(name.startswith("m@") for name in length.scale.names()):
                machine.state.set((ref.key, "[length]"), Number(length.scale), machine.context)
    told = arguments.keywords.get("gradient_accumulation_steps") if role is Role.ACCELERATOR else None
    if told is not None:
        _learn_n(machine, arguments.keyword_nodes["gradient_accumulation_steps"])
    if role is Role.LOADER and "batch_size" in arguments.keywords:
        size = machine.number(arguments.keywords["batch_size"]).scale
        if size.known and len(size.names()) == 1 and size.names()[0] not in ("N", "b"):
            machine.beliefs.meaning.setdefault(size.names()[0], B)
    if role is Role.LOADER:
        data = arguments.get(0) or arguments.get("dataset")
        if isinstance(data, Opaque) and data.path:
            one = machine.number(arguments.keywords.get("batch_size", Number())).const == 1  # then samples are batches
            samples = machine.symbol(f"m@{machine.serial(ref.key)}").without("N") * (ONE if one else B)
            machine.beliefs.meaning.setdefault(f"m@{data.path}", samples)
    return ref


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


def _exponential(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """The perplexity, ``math.exp(total / len(loader))``, is as right as the mean loss it is made of."""
    number = machine.number(arguments.positional[0]) if arguments.positional else Number()
    return number if number.adds and number.divisors and not number.history else opaque(machine, node)


def _text(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    return Items(arguments.positional, arguments.nodes)


def _formatted(machine: Machine, node: cst.Call, arguments: Arguments) -> Value:
    """``format(loss, ".4f")``."""
    return Items(arguments.positional[:1], arguments.nodes[:1])


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
    "range": range_of,
    "torch.chunk": chunks_of,
    "torch.tensor_split": chunks_of,
    "numpy.array_split": chunks_of,
    "len": length_of,
    **dict.fromkeys(("math.exp", "numpy.exp", "torch.exp"), _exponential),
    "max": _largest,
    "min": _largest,
    "zip": zipped,
    "enumerate": enumerated,
    "str": _text,
    "repr": _text,
    "format": _formatted,
    "next": _next,
    "dict": lambda machine, node, arguments: container(machine, node, "dict", arguments),
    "list": lambda machine, node, arguments: container(machine, node, "list", arguments),
}
