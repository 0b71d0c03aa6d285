"""A program text made runnable, with a numbered site at every place where a number may leave it.

A site is a place in the syntax: an argument of ``print``, a value inside an f-string, what a ``return``
gives, an argument of ``wandb.log`` or ``writer.add_scalar``. A fix adds and removes no such place, so the
k-th site of a program and the k-th site of its repaired copy are the same report.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from types import CodeType
from typing import Any

import numpy as np
import torch

from .entries import enter
from .libraries import importer_of, torch_of
from .world import ACCUMULATION_NAME, Nothing, Setting, World

LOGGING_METHODS = frozenset({
    "log", "log_dict", "log_metric", "log_metrics", "info", "debug", "warning", "write",
    "add_scalar", "add_scalars", "set_postfix", "set_postfix_str", "set_description",
})  # fmt: skip
HISTORY_NAMES = ("history", "curve", "log")
NOTE = "__note__"
PROGRAM = "<program>"


@dataclass(frozen=True)
class Site:
    """A place where numbers leave the program."""

    index: int
    row: int
    kind: str
    expression: str


@dataclass(frozen=True)
class Program:
    """What can be executed again and again."""

    text: str
    code: CodeType
    sites: tuple[Site, ...]
    free_names: frozenset[str]
    entry: str | None
    """``train``, ``Trainer.fit``, None where the module itself is the training script, or ``guess``."""


@dataclass
class Run:
    """What one execution left behind."""

    numbers: dict[tuple[int, str], list[float]]
    """By site and path within the value (``['loss']``, ``[0]``), in the order of reporting."""
    gradients: list[torch.Tensor]
    weights: torch.Tensor
    live_graphs: int


class _Instrument(ast.NodeTransformer):
    """Wraps every reported expression in a call that notes its value, and makes N a variable."""

    def __init__(self) -> None:
        self.sites: list[Site] = []

    def _note(self, value: ast.expr, kind: str) -> ast.expr:
        site = Site(len(self.sites), value.lineno, kind, ast.unparse(value))
        self.sites.append(site)
        inner = self.visit(value)
        function = ast.Name(NOTE, ast.Load())
        return ast.copy_location(ast.Call(function, [ast.Constant(site.index), inner], []), value)

    def _note_parts(self, value: ast.expr, kind: str) -> ast.expr:
        """Tuples and dict displays are noted element by element, so that each has a row of its own."""
        if isinstance(value, ast.Dict):
            value.values = [self._note_parts(v, kind) for v in value.values]
        elif isinstance(value, ast.Tuple):
            value.elts = [self._note_parts(v, kind) for v in value.elts]
        elif isinstance(value, ast.JoinedStr):
            self.visit(value)
        elif not isinstance(value, ast.Constant):
            return self._note(value, kind)
        return value

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        node.value = self._note(node.value, "format")
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        template = isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
        if isinstance(node.op, ast.Mod) and template:
            node.right = self._note_parts(node.right, "format")
            return node
        return self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is not None:
            node.value = self._note_parts(node.value, "return")
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        kind = _report_kind(node.func)
        if kind is None:
            return self._accumulation_arguments(self.generic_visit(node))
        node.func = self.visit(node.func)
        node.args = [self._note_parts(argument, kind) for argument in node.args]
        for keyword in node.keywords:
            keyword.value = self._note_parts(keyword.value, kind)
        return node

    def _accumulation_arguments(self, node: ast.AST) -> ast.AST:
        """``Accelerator(gradient_accumulation_steps=4)``: N is ours to choose."""
        for keyword in getattr(node, "keywords", []):
            if keyword.arg and ACCUMULATION_NAME.fullmatch(keyword.arg):
                keyword.value = _chosen(keyword.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        for index, key in enumerate(node.keys):
            if isinstance(key, ast.Constant) and ACCUMULATION_NAME.fullmatch(str(key.value)):
                node.values[index] = _chosen(node.values[index])
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            node.value = _constant_of_the_world(node.targets[0].id, node.value)
        return node


def _chosen(value: ast.expr) -> ast.expr:
    """N in place of a literal count; a name or an attribute keeps its own road to N."""
    if isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value > 1:
        return ast.copy_location(ast.Name("__n__", ast.Load()), value)
    return value


def _constant_of_the_world(name: str, value: ast.expr) -> ast.expr:
    if ACCUMULATION_NAME.fullmatch(name):
        return _chosen(value)
    if name.lower() in {"batch_size", "micro_batch_size"} and isinstance(value, ast.Constant):
        return ast.copy_location(ast.Name("__batch__", ast.Load()), value)
    return value


def _report_kind(function: ast.expr) -> str | None:
    if isinstance(function, ast.Name):
        return {"print": "print", "reveal_scale": "reveal_scale", "format": "format", "repr": "format"}.get(function.id)
    if not isinstance(function, ast.Attribute):
        return None
    if function.attr == "format" and isinstance(function.value, ast.Constant):
        return "format"
    if function.attr == "append" and any(part in ast.unparse(function.value) for part in HISTORY_NAMES):
        return "history"
    if function.attr in LOGGING_METHODS and ast.unparse(function.value) != "math":
        return "log"
    return "print" if function.attr == "print" else None


def _free_names(tree: ast.Module) -> frozenset[str]:
    loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return frozenset(loaded - _bound_names(tree) - vars(builtins).keys() - {"reveal_scale"})


def _bound_names(tree: ast.Module) -> set[str]:
    """Every name bound anywhere: a little too many, never too few, which only hides a name from the world."""
    bound = {"__name__", "__file__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return bound


def prepare(text: str, entry: str | None = None) -> Program:
    """Instruments and compiles; SyntaxError as from :func:`compile`."""
    tree = ast.parse(text)
    free_names = _free_names(tree)
    instrument = _Instrument()
    tree = ast.fix_missing_locations(instrument.visit(tree))
    code = compile(tree, PROGRAM, "exec", dont_inherit=True)
    return Program(text, code, tuple(instrument.sites), free_names, entry)


def execute(program: Program, setting: Setting, epochs: int = 1) -> Run:
    """Runs the program once. UnrunnableError where it asks for what the world does not have."""
    world = World(setting, epochs)
    numbers: dict[tuple[int, str], list[float]] = defaultdict(list)

    def note(site: int, value: Any) -> Any:
        for path, number in _numbers_in(value):
            numbers[site, path].append(number)
        return value

    # `print` stays silent: what it was given has been noted already.
    silent = {"print": Nothing(), "reveal_scale": Nothing()}
    functions = vars(builtins) | {"__import__": importer_of(world)} | silent
    namespace: dict[str, Any] = {name: world.lookup(name) for name in program.free_names}
    namespace |= {
        "__builtins__": functions,
        "__name__": "__main__",
        NOTE: note,
        "__n__": setting.n,
        "__batch__": setting.loader_batch,
    }
    with torch_of(world):
        exec(program.code, namespace)
        enter(program.entry, program.text, namespace, world)
    weights = torch.cat([p.detach().reshape(-1) for p in world.model.parameters()])
    return Run(dict(numbers), world.gradients, weights, world.graphs.peak)


def _numbers_in(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """The numbers in a reported value; of a list the last one, as the newest entry of a history."""
    if isinstance(value, bool | str) or value is None:
        return
    if isinstance(value, torch.Tensor | np.ndarray):
        if value.size == 1 if isinstance(value, np.ndarray) else value.numel() == 1:
            yield path, float(value.item())
    elif isinstance(value, Real):
        yield path, float(value)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _numbers_in(part, f"{path}[{key!r}]")
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _numbers_in(part, f"{path}[{index}]")
    elif isinstance(value, list) and value:
        yield from _numbers_in(value[-1], f"{path}[-1]")
