"""How a program is set going: a named function or method is called, or what nobody in the file calls is."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from .world import UnrunnableError, World

GUESS = "guess"


def enter(entry: str | None, text: str, namespace: dict[str, Any], world: World) -> None:
    """Calls ``function`` or ``Class.method`` with what its parameters are called; None calls nothing."""
    if entry is None:
        return
    if entry == GUESS:
        _enter_what_nobody_calls(text, namespace, world)
        return
    name, _, method = entry.partition(".")
    if method:
        call(getattr(call(namespace[name], world), method), world)
    else:
        call(namespace[name], world)


def call(function: Callable[..., Any], world: World) -> Any:
    """Arguments are found by the names of the parameters; what has a default may be missing."""
    arguments: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        try:
            arguments[parameter.name] = world.lookup(parameter.name)
        except UnrunnableError:
            if parameter.default is parameter.empty:
                raise
    return function(**arguments)


def _enter_what_nobody_calls(text: str, namespace: dict[str, Any], world: World) -> None:
    tree = ast.parse(text)
    called = {_last_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name not in called:
            call(namespace[node.name], world)
        elif isinstance(node, ast.ClassDef) and node.name not in called:
            _enter_class(node, namespace[node.name], called, world)


def _last_name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _enter_class(node: ast.ClassDef, kind: Any, called: set[str], world: World) -> None:
    """Its methods in the order of the text; a ``training_step`` once for every micro-batch."""
    thing = call(kind, world)
    methods = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
    for name in methods:
        if name in called or name in ("forward", "configure_optimizers") or name.startswith("__"):
            continue
        if name == "training_step":
            for index, batch in enumerate(world.loader):
                _step(thing.training_step, batch, index)
        else:
            call(getattr(thing, name), world)


def _step(method: Callable[..., Any], batch: Any, index: int) -> None:
    """``training_step(batch)``, ``training_step(batch, index)`` or ``training_step(x, y)``."""
    names = list(inspect.signature(method).parameters)
    if len(names) == 2 and "batch" not in names[0]:
        method(*batch)
    else:
        method(*(batch, index)[: len(names)])
