"""What known library calls do to a loss, as data.

Each module of this package describes one library with the same few tables; :func:`lookup` and the functions
beside it are all the analysis asks. Adding a meter or a trainer library is a table entry and an example.

``CONSTRUCTORS``  qualified name (``*`` matches) → the :class:`Role` of what it returns
``METHODS``       (role, method name; ``*`` matches) → :class:`Call`; role ``Role.ANY`` holds for every receiver
``FUNCTIONS``     qualified name (``*`` matches) → :class:`Call`
``NAMES``         how people call such an object, where its construction is out of sight: pattern → Role
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pkgutil import iter_modules


class Role(Enum):
    """The part an object plays in a training loop."""

    ANY = "any"
    TENSOR = "tensor"
    OPTIMIZER = "optimizer"
    SCHEDULER = "scheduler"
    EPOCH_SCHEDULER = "epoch scheduler"
    """A scheduler stepped with a metric or once per epoch by its nature."""
    GRAD_SCALER = "gradient scaler"
    LOSS_SCALER = "loss scaler"
    """A callable that scales, runs backward and steps: ``loss_scaler(loss, optimizer, update_grad=…)``."""
    ACCELERATOR = "accelerator"
    FABRIC = "fabric"
    ENGINE = "engine"
    """A DeepSpeed engine: divides in backward, counts micro-batches in step."""
    LIGHTNING = "lightning module"
    METER = "meter"
    """Something that averages what it is fed."""
    METERS = "meters"
    """A family of meters addressed by keyword: ``logger.update(loss=…)``."""
    SUM_METER = "sum meter"
    LOGGER = "logger"
    CRITERION = "criterion"
    LOADER = "loader"
    PROGRESS = "progress bar"


class Effect(Enum):
    """What a call does."""

    BACKWARD = "backward"
    STEP = "optimizer step"
    ZERO_GRAD = "zero grad"
    SCHEDULER_STEP = "scheduler step"
    CLIP = "clip"
    UNSCALE = "unscale"
    SCALE = "scale"
    """Returns its argument times the loss scale S."""
    ITEM = "item"
    """A Python number: frozen, no history."""
    DETACH = "detach"
    """No history, same memory."""
    FRESH = "fresh"
    """The same number in new memory, history kept."""
    SAME = "same"
    """The same number in the same memory."""
    MEAN = "mean"
    SUM = "sum"
    DIVIDE = "divide"
    MULTIPLY = "multiply"
    DIVIDE_IN_PLACE = "divide in place"
    MULTIPLY_IN_PLACE = "multiply in place"
    ADD = "add"
    ADD_IN_PLACE = "add in place"
    ZERO = "zero in place"
    FEED = "feed a mean"
    FEED_FIELDS = "feed means by keyword"
    READ_MEAN = "read the mean"
    READ_SUM = "read the sum"
    RESET = "reset"
    REPORT = "report"
    SAVE = "save"
    """Kept to go on from: a mean in it is reported, a sum in it is not finished yet."""
    SIZE = "batch size"
    STACK = "stack"
    NO_GRAD = "no grad"
    WRAP = "wraps an iterable"
    ENUMERATE = "enumerate"
    ACCUMULATE = "accumulation context"
    GRADIENT_BOUNDARY = "true at the boundary"
    WINDOW = "the accumulation count"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Call:
    """One known call: its effect, and which argument it works on (None: the receiver)."""

    effect: Effect
    argument: int | None = None
    divides: bool = False
    """backward() divides by the library's own accumulation steps."""
    returns_divided: bool = False
    steps: bool = False
    """It also steps the optimizer (and clears gradients)."""
    weight: int | str | None = None
    """The argument that weighs what is fed."""


@cache
def _tables() -> tuple[
    dict[str, Role], dict[tuple[Role, str], Call], dict[str, Call], list[tuple[re.Pattern[str], Role]]
]:
    constructors: dict[str, Role] = {}
    methods: dict[tuple[Role, str], Call] = {}
    functions: dict[str, Call] = {}
    names: list[tuple[re.Pattern[str], Role]] = []
    for info in sorted(iter_modules(__path__), key=lambda info: info.name):
        module = import_module(f"{__name__}.{info.name}")
        constructors.update(getattr(module, "CONSTRUCTORS", {}))
        methods.update(getattr(module, "METHODS", {}))
        functions.update(getattr(module, "FUNCTIONS", {}))
        names.extend((re.compile(p, re.IGNORECASE), role) for p, role in getattr(module, "NAMES", {}).items())
    return constructors, methods, functions, names


def _match(name: str, table: dict[str, object]) -> object | None:
    if name in table:
        return table[name]
    return next((value for pattern, value in table.items() if "*" in pattern and fnmatchcase(name, pattern)), None)


@cache
def constructed_role(name: str) -> Role | None:
    """The role of what the constructor of this qualified name returns."""
    found = _match(name, dict(_tables()[0]))
    return found if isinstance(found, Role) else None


@cache
def telling_constructors() -> frozenset[str]:
    """The last names of the constructors whose arguments, or whose kind, say more than a variable's name does."""
    telling = {Role.ACCELERATOR, Role.CRITERION, Role.METER, Role.METERS, Role.SUM_METER}
    return frozenset(name.rpartition(".")[2] for name, role in _tables()[0].items() if role in telling)


@cache
def describes(name: str) -> bool:
    """True for a class that is described under its full name: its code, where it is in sight, says no more."""
    return name in _tables()[0]


@cache
def known_function(name: str) -> Call | None:
    """What the function of this qualified name does."""
    found = _match(name, dict(_tables()[2]))
    return found if isinstance(found, Call) else None


@cache
def known_method(role: Role | None, name: str) -> Call | None:
    """What the method does on a receiver of this role, or on any receiver."""
    methods = _tables()[1]
    exact = methods.get((role or Role.ANY, name)) or methods.get((Role.ANY, name))
    found = exact or _match(name, {pattern: call for (owner, pattern), call in methods.items() if owner is role})
    return found if isinstance(found, Call) else None


_NUMERIC = frozenset({"torch", "numpy", "math", "cmath", "jax", "scipy", "cupy", "tensorflow", "sympy"})
"""Libraries in which log is a logarithm."""


@cache
def reporting_method(name: str) -> Call | None:
    """What ``logger.log_metrics`` does, where the logger is imported: report, if anything."""
    library, _, method = name.rpartition(".")
    known = known_method(None, method) if library.partition(".")[0] not in _NUMERIC else None
    return known if known is not None and known.effect is Effect.REPORT else None


@cache
def reports_by_name(name: str) -> bool:
    """A function of the project that shows what it is given: ``print0``, ``rank0_print``, ``log_string``."""
    from accumlint.frameworks.loggers import REPORTING_FUNCTIONS

    return re.search(REPORTING_FUNCTIONS, name) is not None


@cache
def role_by_name(name: str) -> Role | None:
    """The role that a variable of this name plays, where its construction is out of sight."""
    return next((role for pattern, role in _tables()[3] if pattern.search(name)), None)
