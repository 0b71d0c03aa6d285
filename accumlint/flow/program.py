"""The definitions of a scanned text: its functions, classes and imports, and what is called by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import libcst as cst
from libcst.helpers import get_full_name_for_node

from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants


@dataclass
class ClassInfo:
    """A class and its methods, those of bases in the same text included."""

    node: cst.ClassDef
    methods: dict[str, cst.FunctionDef]
    bases: tuple[str, ...]


@dataclass
class Program:
    """One module's definitions."""

    module: cst.Module
    path: str = ""
    functions: dict[str, cst.FunctionDef] = field(default_factory=dict)
    classes: dict[str, ClassInfo] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    nonlocals: dict[cst.CSTNode, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, module: cst.Module, path: str = "") -> Program:
        program = cls(module, path)
        for statement in statements_of(module.body):
            program._define(statement)
        _collect(program)
        for info in program.classes.values():
            program._inherit(info)
        return program

    def _define(self, statement: cst.CSTNode) -> None:
        if isinstance(statement, cst.FunctionDef):
            self.functions.setdefault(statement.name.value, statement)
        elif isinstance(statement, cst.ClassDef):
            methods = {s.name.value: s for s in statements_of(statement.body.body) if isinstance(s, cst.FunctionDef)}
            bases = tuple(filter(None, (get_full_name_for_node(base.value) for base in statement.bases)))
            self.classes[statement.name.value] = ClassInfo(statement, methods, bases)
        elif isinstance(statement, (cst.If, cst.Try)):
            for inner in statements_of(statement.body.body):
                self._define(inner)

    def _inherit(self, info: ClassInfo, depth: int = 8) -> None:
        for base in info.bases:
            parent = self.classes.get(base)
            if parent is not None and parent is not info and depth:
                self._inherit(parent, depth - 1)
                info.methods = {**parent.methods, **info.methods}

    def class_of(self, node: cst.ClassDef) -> ClassInfo | None:
        return next((info for info in self.classes.values() if info.node is node), None)

    def qualified(self, name: str) -> str:
        """A dotted name with its first part replaced by what was imported under it."""
        head, dot, rest = name.partition(".")
        return self.imports.get(head, head) + dot + rest

    def is_lightning(self, info: ClassInfo, bases: frozenset[str]) -> bool:
        return any(self.qualified(base) in bases for base in info.bases)


def statements_of(body: object) -> Iterator[cst.CSTNode]:
    """The statements of a body, small ones unwrapped from their lines."""
    for statement in body if isinstance(body, (list, tuple)) else ():
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        else:
            yield statement


def _collect(program: Program) -> None:
    """Imports, names that are called, and names declared global or nonlocal."""
    for node in descendants(program.module):
        collect = _COLLECTS.get(type(node))
        if collect is not None:
            collect(program, node)


def _call(program: Program, node: cst.Call) -> None:
    match node.func:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            program.called.add(name)


def _function(program: Program, node: cst.FunctionDef) -> None:
    declared = _declared(node)
    if declared:
        program.nonlocals[node] = declared


def _declared(function: cst.FunctionDef) -> frozenset[str]:
    statements = statements_of(function.body.body)
    declarations = [s for s in statements if isinstance(s, (cst.Global, cst.Nonlocal))]
    return frozenset(item.name.value for declaration in declarations for item in declaration.names)


def _import(program: Program, node: cst.Import) -> None:
    for alias in node.names:
        full = get_full_name_for_node(alias.name) or ""
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            program.imports[alias.asname.name.value] = full
        else:
            head = full.partition(".")[0]
            program.imports[head] = head


def _import_from(program: Program, node: cst.ImportFrom) -> None:
    if isinstance(node.names, cst.ImportStar):
        return
    module = "." * len(node.relative) + (get_full_name_for_node(node.module) or "" if node.module else "")
    for alias in node.names:
        name = get_full_name_for_node(alias.name) or ""
        bound = name
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            bound = alias.asname.name.value
        program.imports[bound] = f"{module}.{name}" if not module.endswith(".") else module + name


_COLLECTS: dict[type[cst.CSTNode], Callable[[Program, Any], None]] = {
    cst.Call: _call,
    cst.FunctionDef: _function,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
}


def declared_fields(class_: cst.ClassDef) -> list[str]:
    """The fields of a dataclass or a named tuple, in the order in which it is given them."""
    body = statements_of(class_.body.body)
    return [s.target.value for s in body if isinstance(s, cst.AnnAssign) and isinstance(s.target, cst.Name)]


def made_fields(class_: cst.ClassDef) -> Iterator[tuple[str, str]]:
    """``losses: list = field(default_factory=list)`` of a dataclass: the field, and what makes its value."""
    for statement in statements_of(class_.body.body):
        match statement:
            case cst.AnnAssign(target=cst.Name(value=name), value=cst.Call(func=maker, args=arguments)):
                for argument in arguments if dotted(maker).rpartition(".")[2] == "field" else ():
                    if argument.keyword is not None and argument.keyword.value == "default_factory":
                        yield name, dotted(argument.value)


def is_property(method: cst.FunctionDef) -> bool:
    return any(dotted(d.decorator).rpartition(".")[2] in ("property", "cached_property") for d in method.decorators)


def runs_without_grad(definition: cst.FunctionDef) -> int:
    """1 for a function decorated with no_grad or inference_mode."""
    for decorator in definition.decorators:
        node = decorator.decorator
        name = dotted(node.func if isinstance(node, cst.Call) else node).rpartition(".")[2]
        if name in ("no_grad", "inference_mode"):
            return 1
    return 0


def is_generator(definition: cst.FunctionDef) -> bool:
    return cst.Yield in map(type, descendants(definition.body))


def is_elided(definition: cst.FunctionDef) -> bool:
    """A body that is only ``...``: a stub, or one that the screen left out."""
    statements = list(statements_of(definition.body.body))
    return (
        len(statements) == 1
        and isinstance(statements[0], cst.Expr)
        and isinstance(statements[0].value, (cst.Ellipsis, cst.Integer))
    )
