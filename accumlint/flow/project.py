"""The other files of a scan: where an imported function is defined, and who calls what a file returns.

Only texts are looked at, never imported. A :class:`Project` is asked in two cases: a name that a file imports
(a helper that divides, a meter of one's own), and a total that leaves a file undivided, whose caller may divide it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import PurePath

import libcst as cst

from accumlint.flow.program import Program
from accumlint.flow.screen import text_around_calls, text_of_definitions
from accumlint.flow.tree import parse_module
from accumlint.glance import places
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
        found = 0
        for other in self._nearest_first(path):
            data = self.read(other) if other != path else None
            if data is None or not any(name in data for name in mentions) or not self._may_import(other, data, path):
                continue
            program = _program(other, data, text_around_calls, names)
            if program is None or not any(self._imports(program, path, name) for name in program.imports.values()):
                continue
            found += 1
            if found > MAX_CALLERS:
                return
            yield program

    def _may_import(self, importer: str, data: bytes, path: str) -> bool:
        """What the bytes say of it: only a file that imports this one is worth parsing for its calls."""
        name = _module(PurePath(path).parts)[-1]
        if name.encode() not in data:
            return False
        for module, names in _import_statements(data):
            inner = module + name if module.endswith(".") else f"{module}.{name}"
            if module.rpartition(".")[2] == name and self._file(importer, module) == path:
                return True
            if name in names and self._file(importer, inner) == path:
                return True
        return False

    def _imports(self, program: Program, path: str, dotted: str) -> bool:
        module, _, _ = dotted.rpartition(".")
        dots = "." * (len(dotted) - len(dotted.lstrip(".")))
        return path in (self._file(program.path, module or dots), self._file(program.path, dotted))

    def _nearest_first(self, path: str) -> list[str]:
        here = PurePath(path).parts
        return sorted(self.paths, key=lambda other: (-_shared(here, self._parts[other]), other))

    @cached_property
    def _parts(self) -> dict[str, tuple[str, ...]]:
        """Every path, taken apart."""
        return {path: PurePath(path).parts for path in self.paths}

    def _file(self, importer: str, module: str) -> str | None:
        """The scanned file of a module, seen from another one."""
        level = len(module) - len(module.lstrip("."))
        names = tuple(part for part in module.split(".") if part)
        here = PurePath(importer).parts
        if level:
            base = here[: len(here) - level]
            return self._at((*base, *names))
        candidates = self._index.get(names, [])
        return max(candidates, key=lambda path: _shared(self._parts[path], here), default=None)

    def _at(self, parts: tuple[str, ...]) -> str | None:
        known = self._index.get(parts[-1:], []) if parts else []
        return next((path for path in known if _module(self._parts[path]) == parts), None)

    @cached_property
    def _index(self) -> dict[tuple[str, ...], list[str]]:
        """Every suffix of up to five parts of every module's path."""
        index: dict[tuple[str, ...], list[str]] = {}
        for path, parts in self._parts.items():
            module = _module(parts)
            for length in range(1, min(5, len(module)) + 1):
                index.setdefault(module[-length:], []).append(path)
        return index

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


_FROM = re.compile(rb"\bfrom\s+([.\w]+)\s*$")
_DOTTED = re.compile(rb"[\w.]+")


def _import_statements(data: bytes) -> Iterator[tuple[str, str]]:
    """``from a import (b, c)`` as ``a`` and ``(b, c``, ``import a.b`` as ``a.b`` and nothing; rather too many."""
    data = data.replace(b"\\\r\n", b"").replace(b"\\\n", b"")
    for at in places(data, b"import"):
        begin, end = data.rfind(b"\n", 0, at) + 1, _find(data, b"\n", at)
        opened = data.find(b"(", at, end)
        names = data[at + len(b"import") : end if opened < 0 else _find(data, b")", opened)]
        imported_from = _FROM.search(data, begin, at)
        if imported_from is not None:
            yield imported_from[1].decode(errors="replace"), names.decode(errors="replace")
        else:
            yield from ((dotted.decode(errors="replace"), "") for dotted in _DOTTED.findall(names))


def _find(data: bytes, what: bytes, start: int) -> int:
    """Where it is, or the end."""
    at = data.find(what, start)
    return at if at >= 0 else len(data)


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


def _module(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of a module's name, given those of its path."""
    stem = parts[-1].removesuffix(".py")
    return parts[:-1] if stem == "__init__" else (*parts[:-1], stem)


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
