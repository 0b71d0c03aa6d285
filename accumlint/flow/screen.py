"""From text to the part of it that matters, at the speed of CPython's own parser.

libcst is a hundred times slower than a look at the bytes and ten times slower than ``ast``. So the bytes are looked at
first (:func:`accumlint.glance.might_matter`); then ``ast`` finds the functions that train and what they share
numbers with; and every other function's body is *elided*: replaced by ``...`` and blanks of the same length.
libcst parses what is left, and offsets in it are offsets in the text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from accumlint.flow.names import suggests_accumulation

_SMALL = 25
"""A called function of fewer lines is kept whatever it does."""
_LARGE = 2_000
"""A table of data at module level that is longer than this is elided, too."""


def interesting_text(text: str, tree: ast.Module) -> str | None:
    """The text with everything elided that cannot matter; None when no loop in it is of interest."""
    units = _units(tree)
    seeds = [unit for unit in units if unit.trains]
    if not seeds:
        return None
    kept = _related(units, seeds)
    if not any(unit.loops or unit.counts for unit in kept) or not any(unit.tells for unit in kept):
        return None
    classes = {id(unit.class_) for unit in kept if unit.class_ is not None}
    if not any(unit.steps for unit in units if unit in kept or id(unit.class_) in classes):
        return None
    keep = {id(unit.node) for unit in kept}
    cut = [unit.node.body for unit in units if isinstance(unit.node, _FUNCTIONS) and id(unit.node) not in keep]
    return _elided(text, [*cut, *([table] for table in _tables(tree))])


def text_of_definitions(text: str, tree: ast.Module, names: frozenset[str]) -> str | None:
    """The text with only these definitions, and what they call, left in, as far as it may handle a loss.

    Where the names are only passed on, it is the imports that do so; None where nothing is said of a loss.
    """
    units = _units(tree)
    able = [unit for unit in units if unit.may_handle_losses]
    seeds = [u for u in able if u.name in names or (u.class_ is not None and u.class_.name in names)]
    if not seeds:
        return "\n".join(ast.unparse(node) for unit in units for node in unit.imports if _binds(node, names)) or None
    kept = {id(unit): unit for unit in [*seeds, units[-1]]}
    _grow(kept, able, lambda unit, reached: any(unit.name in other.calls for other in reached))
    return _with_only(text, tree, units, kept)


def _binds(node: ast.ImportFrom, names: frozenset[str]) -> bool:
    return any((alias.asname or alias.name) in names for alias in node.names)


def text_around_calls(text: str, tree: ast.Module, names: frozenset[str]) -> str:
    """The text with only what calls these names, and who calls that, left in."""
    units = _units(tree)
    kept = {id(unit): unit for unit in units if unit.calls & names or unit is units[-1]}
    _grow(kept, units, lambda unit, reached: bool(unit.calls & {other.name for other in reached}))
    classes = {id(unit.class_) for unit in kept.values() if unit.class_ is not None}
    constructors = [unit for unit in units if unit.name == "__init__" and id(unit.class_) in classes]
    kept.update((id(unit), unit) for unit in constructors)
    return _with_only(text, tree, units, kept)


def _with_only(text: str, tree: ast.Module, units: Sequence[_Unit], kept: dict[int, _Unit]) -> str:
    cut = [unit.node.body for unit in units if isinstance(unit.node, _FUNCTIONS) and id(unit) not in kept]
    return _elided(text, [*cut, *([table] for table in _tables(tree))])


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_STEPS = frozenset({"step", "zero_grad", "update", "append", "item", "log", "log_dict", "print", "add", "extend"})
_CLEARS = frozenset({"zero_grad", "loss_scaler"})
_UPDATES = frozenset({"step", "zero_grad"})
_TELLS = frozenset(
    [
        "append",
        "update",
        "log",
        "log_dict",
        "log_metrics",
        "log_metric",
        "add_scalar",
        "add_scalars",
        "set_postfix",
        "set_description",
        "print",
        "info",
        "write",
        "report",
        "add",
        "track",
        "log_value",
        "report_scalar",
        "reveal_scale",
        "step",
        "zero_grad",
    ]
)
_BACKWARD = re.compile(r"backward$|backprop")
_TRAINING_CALLS = frozenset({"backward", "manual_backward", "loss_scaler"})


@dataclass(eq=False)
class _Unit:
    """A function, a method, or the module's own statements, and what is done in it."""

    node: ast.AST
    name: str = ""
    class_: ast.ClassDef | None = None
    trains: bool = False
    loops: bool = False
    small: bool = False
    counts: bool = False
    """It adds to something or tests a remainder: with a caller's loop around it, that is a loop."""
    tells: bool = False
    """Something in it could be reported by a rule."""
    about_loss: bool = False
    calls: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    grows: set[str] = field(default_factory=set)
    """Attributes it adds to."""
    reads: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    imports: list[ast.ImportFrom] = field(default_factory=list)

    @property
    def steps(self) -> bool:
        """An optimizer step or the clearing of gradients may happen in it, or it names the length of a window."""
        stepping = self.name == "training_step" or any("step" in name or name in _CLEARS for name in self.calls)
        return stepping or any(map(suggests_accumulation, self.names))

    @property
    def may_handle_losses(self) -> bool:
        """It speaks of losses, trains, or is a short helper that may be handed one under any name."""
        return self.about_loss or self.trains or self.small or not self.calls.isdisjoint(_UPDATES)


@lru_cache(maxsize=8)
def _units(tree: ast.Module) -> tuple[_Unit, ...]:
    """The units of a text; those of the last few are kept, since a file is asked for one definition at a time."""
    return tuple(_each_unit(tree))


def _each_unit(tree: ast.Module) -> Iterator[_Unit]:
    rest: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, _FUNCTIONS):
            yield _looked_at(_Unit(statement, statement.name), [statement])
        elif isinstance(statement, ast.ClassDef):
            yield from _class_units(statement, rest)
        else:
            rest.append(statement)
    yield _looked_at(_Unit(tree, "<module>"), rest)


def _class_units(class_: ast.ClassDef, rest: list[ast.stmt]) -> Iterator[_Unit]:
    for statement in class_.body:
        if isinstance(statement, _FUNCTIONS):
            yield _looked_at(_Unit(statement, statement.name, class_), [statement])
        elif isinstance(statement, ast.ClassDef):
            yield from _class_units(statement, rest)


def _looked_at(unit: _Unit, statements: list[ast.stmt]) -> _Unit:
    for statement in statements:
        for node in ast.walk(statement):
            _look(unit, node)
    first, last = statements[0] if statements else None, statements[-1] if statements else None
    if first is not None and last is not None:
        unit.small = (last.end_lineno or 0) - first.lineno < _SMALL
    if unit.about_loss and any(name.endswith("backward") for name in unit.calls):
        unit.trains = True  # a wrapper; autograd's own machinery has such names, too, and no loss
    if unit.name == "training_step":
        unit.trains = unit.counts = True
    return unit


def _look(unit: _Unit, node: ast.AST) -> None:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            unit.calls.add(name)
            unit.trains = unit.trains or name in _TRAINING_CALLS or _BACKWARD.search(name) is not None
            unit.tells = unit.tells or name in _TELLS
        case ast.Name(id=name):
            unit.names.add(name)
            unit.about_loss = unit.about_loss or "loss" in name.lower()
        case ast.ImportFrom():
            unit.imports.append(node)
        case ast.arg(arg=name):
            unit.names.add(name)
            unit.about_loss = unit.about_loss or "loss" in name.lower()
        case ast.Attribute(attr=name, ctx=context):
            unit.names.add(name)
            (unit.reads if isinstance(context, ast.Load) else unit.writes).add(name)
            unit.about_loss = unit.about_loss or "loss" in name.lower()
        case ast.For() | ast.While() | ast.AsyncFor():
            unit.loops = True
        case ast.Subscript(ctx=ast.Store()):
            unit.counts = True
        case ast.AugAssign():
            unit.counts = unit.tells = True
            if isinstance(node.target, ast.Attribute):
                unit.grows.add(node.target.attr)
        case ast.BinOp(op=ast.Mod()):
            unit.counts = unit.tells = True
        case ast.Return(value=ast.expr()):
            unit.tells = True


def _related(units: Sequence[_Unit], seeds: list[_Unit]) -> list[_Unit]:
    """The seeds, who calls them, what they call, and the methods they share attributes with."""
    kept = {id(unit): unit for unit in seeds}
    _grow(kept, units, lambda unit, reached: bool(unit.calls & {u.name for u in reached if u.name != "forward"}))
    _grow(kept, units, lambda unit, reached: _is_helper(unit, reached))
    classes = {id(unit.class_) for unit in kept.values() if unit.class_ is not None}
    written = {name for unit in kept.values() for name in unit.writes}
    grown = {name for unit in kept.values() for name in unit.grows}
    for unit in units:
        shares = unit.class_ is not None and id(unit.class_) in classes
        touches = unit.reads | unit.writes
        if shares and (unit.name == "__init__" or grown & touches or (written & touches and unit.about_loss)):
            kept[id(unit)] = unit
        if isinstance(unit.node, ast.Module):
            kept[id(unit)] = unit
    return list(kept.values())


def _is_helper(unit: _Unit, reached: list[_Unit]) -> bool:
    """Called from there, and it may do something to a loss, a metric or the optimizer."""
    called = any(unit.name in other.calls for other in reached)
    built = unit.class_ is not None and any(unit.class_.name in other.calls for other in reached)
    if unit.name == "forward":
        return False
    matters = unit.about_loss or unit.counts or bool(unit.calls & _STEPS) or unit.small
    return built or (called and matters)


def _grow(kept: dict[int, _Unit], units: Sequence[_Unit], joins: object) -> None:
    """Add units that join what is kept, until none does."""
    reached = list(kept.values())
    while reached:
        found = [u for u in units if id(u) not in kept and joins(u, reached)]  # type: ignore[operator]
        kept.update((id(unit), unit) for unit in found)
        reached = found


def _tables(tree: ast.Module) -> Iterator[ast.stmt]:
    for statement in tree.body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.end_lineno is not None:
            size = (statement.end_lineno - statement.lineno) * 20 + (statement.end_col_offset or 0)
            if size > _LARGE:
                yield statement


def _elided(text: str, bodies: list[list[ast.stmt]]) -> str:
    """Replace each run of statements by ``...`` and blanks, so that every other offset stays."""
    starts = _line_starts(text)
    lines = [] if text.isascii() else [text[a:b] for a, b in pairwise([*starts, len(text)])]
    pieces: list[str] = []
    position = 0
    for start, end in sorted(_extent(body, starts, lines) for body in bodies):
        if start < position:
            continue
        pieces.append(text[position:start])
        pieces.append(("..." if end - start >= 3 else "0").ljust(end - start))
        position = end
    return "".join([*pieces, text[position:]])


def _extent(body: list[ast.stmt], starts: list[int], lines: list[str]) -> tuple[int, int]:
    first, last = body[0], body[-1]
    row, column = first.lineno, first.col_offset
    if isinstance(first, (*_FUNCTIONS, ast.ClassDef)) and first.decorator_list:
        row = first.decorator_list[0].lineno
        column = first.decorator_list[0].col_offset - 1
    end_row, end_column = last.end_lineno or row, last.end_col_offset or 0
    return _offset(row, column, starts, lines), _offset(end_row, end_column, starts, lines)


def _offset(row: int, column: int, starts: list[int], lines: list[str]) -> int:
    """ast counts UTF-8 bytes in a line; we count code points in the text."""
    if lines and row <= len(lines) and not lines[row - 1].isascii():
        column = len(lines[row - 1].encode(errors="surrogatepass")[:column].decode(errors="ignore"))
    return starts[row - 1] + column


_LINE = re.compile(r"\r\n|\n|\r")


def _line_starts(text: str) -> list[int]:
    """Offsets at which CPython begins a line."""
    return [0, *(match.end() for match in _LINE.finditer(text))]
