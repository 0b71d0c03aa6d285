"""The other files of a scan: where an imported function is defined, and who calls what a file returns.

Only texts are looked at, never imported. A :class:`Project` is asked in two cases: a name that a file imports
(a helper that divides, a meter of one's own), and a total that leaves a file undivided, whose caller may divide it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath

import libcst as cst

from accumlint.flow.program import Program
from accumlint.flow.screen import text_around_calls, text_of_definitions
from accumlint.flow.tree import parse_module
from accumlint.source import Source, SourceError

Read = Callable[[str], bytes | None]
"""A file's bytes by its path, or None when it cannot be read."""
MAX_CALLERS = 8
"""A function with more calling files than this is a library's; its callers prove nothing."""


@dataclass
class Project:
    """The Python files of one scan."""

    paths: Sequence[str]
    read: Read
    used: bool = False
    """Another file has been looked at: the result is not the one file's alone."""
    _by_parts: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    _programs: dict[tuple[str, str], Program | None] = field(default_factory=dict)

    def definition(self, importer: str, dotted: str) -> tuple[Program, cst.FunctionDef | cst.ClassDef] | None:
        """Where ``pkg.module.name`` (or ``..module.name``), as a file imports it, is defined."""
        module, _, name = dotted.rpartition(".")
        dots = len(dotted) - len(dotted.lstrip("."))
        if not dots and not module:
            return None
        module = module if module.strip(".") else "." * dots
        for _ in range(4):
            path = self._file(importer, module)
            if path is None:
                return None
            self.used = True
            program = self._load(path, name)
            if program is None:
                return None
            found = program.functions.get(name) or (program.classes[name].node if name in program.classes else None)
            if found is not None:
                return program, found
            passed_on = program.imports.get(name)
            if passed_on is None:
                return None
            importer = path
            module, _, name = passed_on.rpartition(".")
            module = module or "."
        return None

    def callers(self, path: str, names: frozenset[str]) -> Iterator[Program]:
        """The files that import one of these names, or this module, and call it."""
        self.used = True
        mentions = [name.encode() for name in names]
        stem = PurePath(path).stem.encode()
        found = 0
        for other in self._nearest_first(path):
            data = self.read(other) if other != path else None
            if data is None or stem not in data or not any(name in data for name in mentions):
                continue
            program = _program(other, data, text_around_calls, names)
            if program is None or not any(self._imports(program, path, name) for name in program.imports.values()):
                continue
            found += 1
            if found > MAX_CALLERS:
                return
            yield program

    def _imports(self, program: Program, path: str, dotted: str) -> bool:
        module, _, _ = dotted.rpartition(".")
        dots = "." * (len(dotted) - len(dotted.lstrip(".")))
        return path in (self._file(program.path, module or dots), self._file(program.path, dotted))

    def _nearest_first(self, path: str) -> list[str]:
        parts = PurePath(path).parts
        return sorted(self.paths, key=lambda other: (-_shared(parts, PurePath(other).parts), other))

    def _file(self, importer: str, module: str) -> str | None:
        """The scanned file of a module, seen from another one."""
        level = len(module) - len(module.lstrip("."))
        names = tuple(part for part in module.split(".") if part)
        here = PurePath(importer).parts
        if level:
            base = here[: len(here) - level]
            return self._at((*base, *names))
        candidates = self._index().get(names, [])
        return max(candidates, key=lambda path: _shared(PurePath(path).parts, here), default=None)

    def _at(self, parts: tuple[str, ...]) -> str | None:
        known = self._index().get(parts[-1:], []) if parts else []
        return next((path for path in known if _module_parts(path) == parts), None)

    def _index(self) -> dict[tuple[str, ...], list[str]]:
        """Every suffix of up to five parts of every module's path."""
        if not self._by_parts:
            for path in self.paths:
                parts = _module_parts(path)
                for length in range(1, min(5, len(parts)) + 1):
                    self._by_parts.setdefault(parts[-length:], []).append(path)
        return self._by_parts

    def _load(self, path: str, name: str) -> Program | None:
        key = (path, name)
        if key not in self._programs:
            data = self.read(path)
            if data is None or not _may_concern_losses(data, name):
                self._programs[key] = None
            else:
                self._programs[key] = _program(path, data, text_of_definitions, frozenset({name}))
        return self._programs[key]


_ADDS_UP = re.compile(rb"loss|backward|\+=|append\(|\bmean\b|avg|average")
_CLASS_BYTES = 6_000
"""As far behind its name a class is looked at before it is parsed."""


def _may_concern_losses(data: bytes, name: str) -> bool:
    """A class adds something up, as a meter does, or speaks of losses; anything else was handed one."""
    defined = re.search(rb"^[ \t]*class +%s\b" % re.escape(name.encode()), data, re.MULTILINE)
    if defined is None:
        return name.encode() in data
    return _ADDS_UP.search(data, defined.start(), defined.start() + _CLASS_BYTES) is not None


Select = Callable[[str, ast.Module, frozenset[str]], str | None]


def _program(path: str, data: bytes, select: Select, names: frozenset[str]) -> Program | None:
    try:
        source = _source(data, path)
        text = select(source.text, source.syntax_tree(), names)
        return None if text is None else Program.of(parse_module(text), path)
    except SourceError:  # it is reported where that file is checked itself
        return None


@lru_cache(maxsize=4)
def _source(data: bytes, path: str) -> Source:
    """A file's text, with its syntax tree once that was asked for."""
    return Source.parse(data, path)


def _module_parts(path: str) -> tuple[str, ...]:
    pure = PurePath(path)
    return pure.parent.parts if pure.stem == "__init__" else (*pure.parent.parts, pure.stem)


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
