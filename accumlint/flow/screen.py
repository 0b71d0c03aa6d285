"""From text to the part of it that matters, at the speed of CPython's own parser.

libcst is a hundred times slower than a look at the bytes and ten times slower than ``ast``. So the bytes are looked at
first (:func:`accumlint.glance.might_matter`); then ``ast`` finds the functions that train and what they share
numbers with; and every other function's body is *elided*: replaced by ``...`` and blanks of the same length.
libcst parses what is left, and offsets in it are offsets in the text.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from accumlint import frameworks
from accumlint.flow.names import suggests_accumulation
from accumlint.glance import places

_SMALL = 25
"""A called function of fewer lines is kept whatever it does."""
_LARGE = 2_000
"""A table of data at module level that is longer than this is elided, too."""


def interesting_text(text: str, tree: ast.Module) -> str | None:
    """The text with everything elided that cannot matter; None when no loop in it is of interest."""
    units = tuple(_each_unit(tree))
    mentions = _Mentions(text)
    training = mentions.rows_of_calls(_TRAINING_WORDS)
    seeds = [unit for unit in units if mentions.in_one_of(unit, training) and unit.facts.trains]
    if not seeds:
        return None
    kept = _related(units, seeds, mentions)
    if not any(unit.facts.loops or unit.facts.counts for unit in kept) or not any(u.facts.tells for u in kept):
        return None
    classes = {id(unit.class_) for unit in kept if unit.class_ is not None}
    if not any(unit.steps for unit in units if unit in kept or id(unit.class_) in classes):
        return None
    return _with_only(text, tree, units, {id(unit): unit for unit in kept})


def text_of_definitions(text: str, tree: ast.Module, names: frozenset[str]) -> str | None:
    """The text with only these definitions, and what they call, left in, as far as it may handle a loss.

    Where the names are only passed on, it is the imports that do so; None where nothing is said of a loss.
    """
    units = _units(tree)
    named = [u for u in units if u.name in names or (u.class_ is not None and u.class_.name in names)]
    seeds = [unit for unit in named if unit.may_handle_losses]
    if not seeds:
        imports = sorted(units[-1].facts.imports, key=lambda node: node.lineno) if not named else []
        return "\n".join(ast.unparse(node) for node in imports if _binds(node, names)) or None
    kept = {id(unit): unit for unit in [*seeds, units[-1]]}
    _grow(kept, units, lambda unit, calls: unit.name in calls and unit.may_handle_losses)
    return _with_only(text, tree, units, kept, names)


def _binds(node: ast.ImportFrom, names: frozenset[str]) -> bool:
    return any((alias.asname or alias.name) in names for alias in node.names)


def text_around_calls(text: str, tree: ast.Module, names: frozenset[str]) -> str:
    """The text with only what calls these names, and who calls that, left in."""
    units = _units(tree)
    mentions = _Mentions(text)
    kept = {id(unit): unit for unit in _callers(units, names, mentions)} | {id(units[-1]): units[-1]}
    _grow_callers(kept, units, mentions)
    classes = {id(unit.class_) for unit in kept.values() if unit.class_ is not None}
    constructors = [unit for unit in units if unit.name == "__init__" and id(unit.class_) in classes]
    kept.update((id(unit), unit) for unit in constructors)
    return _with_only(text, tree, units, kept, names)


def _with_only(
    text: str, tree: ast.Module, units: Sequence[_Unit], kept: dict[int, _Unit], names: Set[str] = frozenset()
) -> str:
    """Other functions keep their heads where they are mentioned, and are cut out where they are not."""
    known = {name for unit in kept.values() for name in unit.facts.names | unit.facts.calls} | names
    rows = sorted(unit.rows[0] for unit in kept.values() if isinstance(unit.node, _FUNCTIONS))
    unmentioned = list(_unmentioned(tree.body, known, rows))
    cut = [unit.node.body for unit in units if isinstance(unit.node, _FUNCTIONS) and id(unit) not in kept]
    cut += [inner.body for inner in _inner_classes(tree)]
    return _elided(text, [*cut, *([statement] for statement in [*unmentioned, *_tables(tree)])])


def _inner_classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Classes in classes, which the analysis knows nothing of."""
    for class_ in tree.body:
        if isinstance(class_, ast.ClassDef):
            yield from (statement for statement in class_.body if isinstance(statement, ast.ClassDef))


def _unmentioned(body: Sequence[ast.stmt], known: set[str], kept_rows: Sequence[int]) -> Iterator[ast.stmt]:
    """The functions and classes that hold nothing kept, and that nothing kept has a name for."""
    for statement in reversed(body):
        if not isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
            continue
        at = bisect_left(kept_rows, statement.lineno)
        if statement.name not in known and (at == len(kept_rows) or kept_rows[at] > (statement.end_lineno or 0)):
            yield statement
        elif isinstance(statement, ast.ClassDef):
            known.update(node.id for base in statement.bases for node in ast.walk(base) if isinstance(node, ast.Name))
            yield from _unmentioned(statement.body, known, kept_rows)


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
_CALLED_FROM_OUTSIDE = frozenset({"__init__", "compute_loss"})
"""Methods that run without being called in the text: the Trainer of transformers calls ``compute_loss``."""
_COMMON = frozenset({"forward", "__init__"})
"""A call of these says nothing of which class is meant."""
_BACKWARD = re.compile(r"backward$|backprop")
_TRAINING_WORDS = ("backward", "backprop", "training_step", "loss_scaler")
_CALLED = re.compile(r"\w*\s*\(")
_TRAINING_CALLS = frozenset({"backward", "manual_backward", "loss_scaler"})


@dataclass
class _Facts:
    """What is done in a function, a method, or the module's own statements."""

    trains: bool = False
    loops: bool = False
    counts: bool = False
    """It adds to something or tests a remainder: with a caller's loop around it, that is a loop."""
    tells: bool = False
    """Something in it could be reported by a rule."""
    about_loss: bool = False
    divides: bool = False
    """It divides by an attribute: what a criterion was built with may be N, under any name."""
    calls: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    grows: set[str] = field(default_factory=set)
    """Attributes it adds to."""
    reads: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    imports: list[ast.ImportFrom] = field(default_factory=list)


@dataclass(eq=False)
class _Unit:
    """A function, a method, or the module's own statements; looked at when it is first asked what it does."""

    node: ast.AST
    name: str = ""
    class_: ast.ClassDef | None = None
    statements: Sequence[ast.stmt] = ()

    @cached_property
    def facts(self) -> _Facts:
        facts = _Facts()
        for statement in self.statements:
            for node in _nodes(statement):
                look = _LOOKS.get(type(node))
                if look is not None:
                    look(facts, node)
        if self.name == "training_step":
            facts.trains = facts.counts = True
        return facts

    @property
    def rows(self) -> tuple[int, int]:
        """The first row, and the one behind the last."""
        if not self.statements:
            return 0, 0
        return self.statements[0].lineno, (self.statements[-1].end_lineno or 0) + 1

    @property
    def is_small(self) -> bool:
        first, behind = self.rows
        return behind - 1 - first < _SMALL

    @property
    def steps(self) -> bool:
        """An optimizer step or the clearing of gradients may happen in it, or it names the length of a window."""
        stepping = self.name == "training_step" or any("step" in name or name in _CLEARS for name in self.facts.calls)
        return stepping or any(map(suggests_accumulation, self.facts.names))

    @property
    def may_handle_losses(self) -> bool:
        """It speaks of losses, trains, or is a short helper that may be handed one under any name."""
        facts = self.facts
        return self.is_small or facts.about_loss or facts.trains or not facts.calls.isdisjoint(_UPDATES)


@lru_cache(maxsize=4)
def _units(tree: ast.Module) -> tuple[_Unit, ...]:
    """The units of a text that others import from; a few are kept, since it is asked for one definition at a time."""
    return tuple(_each_unit(tree))


def _each_unit(tree: ast.Module) -> Iterator[_Unit]:
    rest: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, _FUNCTIONS):
            yield _Unit(statement, statement.name, None, [statement])
        elif isinstance(statement, ast.ClassDef):
            yield from _class_units(statement)
        elif not _is_table(statement):
            rest.append(statement)
    yield _Unit(tree, "<module>", None, rest)


def _class_units(class_: ast.ClassDef) -> Iterator[_Unit]:
    for statement in class_.body:
        if isinstance(statement, _FUNCTIONS):
            yield _Unit(statement, statement.name, class_, [statement])


def _nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and all syntax below it: what ``ast.walk`` gives, in half the time and in no order."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                waiting.extend([item for item in value if isinstance(item, ast.AST)])
            elif isinstance(value, _SYNTAX):
                waiting.append(value)


_SYNTAX = (ast.expr, ast.stmt, ast.arguments, ast.arg)
"""What a field may hold alone that is worth a look: no operators, and no word on loading or storing."""


def _look_at_call(facts: _Facts, node: ast.Call) -> None:
    match node.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            facts.calls.add(name)
            facts.trains = facts.trains or name in _TRAINING_CALLS or _backpropagates(name, node)
            facts.tells = facts.tells or name in _TELLS


def _backpropagates(name: str, call: ast.Call) -> bool:
    """A backward under another name is handed the loss; ``set_is_last_backward(True)`` is not."""
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return _BACKWARD.search(name) is not None and any(not isinstance(value, ast.Constant) for value in given)


def _look_at_name(facts: _Facts, name: str) -> None:
    if name not in facts.names:
        facts.names.add(name)
        facts.about_loss = facts.about_loss or "loss" in name.lower()


def _look_at_attribute(facts: _Facts, node: ast.Attribute) -> None:
    (facts.reads if isinstance(node.ctx, ast.Load) else facts.writes).add(node.attr)
    _look_at_name(facts, node.attr)


def _look_at_function(facts: _Facts, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    facts.calls.update(decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name))


def _look_at_loop(facts: _Facts, node: ast.AST) -> None:
    facts.loops = True


def _look_at_entry(facts: _Facts, node: ast.Subscript) -> None:
    facts.counts = facts.counts or isinstance(node.ctx, ast.Store)


def _look_at_addition(facts: _Facts, node: ast.AugAssign) -> None:
    facts.counts = facts.tells = True
    if isinstance(node.target, ast.Attribute):
        facts.grows.add(node.target.attr)


def _look_at_operation(facts: _Facts, node: ast.BinOp) -> None:
    if isinstance(node.op, ast.Mod):
        facts.counts = facts.tells = True
    facts.divides = facts.divides or (isinstance(node.op, ast.Div) and isinstance(node.right, ast.Attribute))


def _look_at_return(facts: _Facts, node: ast.Return) -> None:
    facts.tells = facts.tells or node.value is not None


_LOOKS: dict[type, Callable[[_Facts, Any], None]] = {
    ast.Call: _look_at_call,
    ast.Name: lambda facts, node: _look_at_name(facts, node.id),
    ast.arg: lambda facts, node: _look_at_name(facts, node.arg),
    ast.Attribute: _look_at_attribute,
    ast.ImportFrom: lambda facts, node: facts.imports.append(node),
    ast.FunctionDef: _look_at_function,
    ast.AsyncFunctionDef: _look_at_function,
    ast.For: _look_at_loop,
    ast.While: _look_at_loop,
    ast.AsyncFor: _look_at_loop,
    ast.Subscript: _look_at_entry,
    ast.AugAssign: _look_at_addition,
    ast.BinOp: _look_at_operation,
    ast.Return: _look_at_return,
}


class _Mentions:
    """Where words occur in a text: asked before a unit is looked at, which costs far more."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = _line_starts(text)

    def rows_of_calls(self, words: Sequence[str]) -> list[int]:
        """The rows in which something is called, or defined, whose name holds one of the words, in order."""
        found = (at for word in words for at in places(self._text, word) if _CALLED.match(self._text, at))
        return sorted(bisect_right(self._starts, at) for at in found)

    def rows_of(self, words: re.Pattern[str]) -> list[int]:
        """The rows of every match, in order."""
        return [bisect_right(self._starts, found.start()) for found in words.finditer(self._text)]

    def in_one_of(self, unit: _Unit, rows: Sequence[int]) -> bool:
        """One of the rows is the unit's. Other units stand between the module's own statements."""
        for statement in unit.statements:
            at = bisect_left(rows, statement.lineno)
            if at < len(rows) and rows[at] <= (statement.end_lineno or 0):
                return True
        return False


def _callers(units: Sequence[_Unit], names: Set[str], mentions: _Mentions) -> list[_Unit]:
    """The units that call one of these names."""
    if not names:
        return []
    rows = mentions.rows_of(re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b"))
    return [unit for unit in units if mentions.in_one_of(unit, rows) and not unit.facts.calls.isdisjoint(names)]


def _related(units: Sequence[_Unit], seeds: list[_Unit], mentions: _Mentions) -> list[_Unit]:
    """The seeds, who calls them, what they call, and the methods they share attributes with."""
    kept = {id(unit): unit for unit in seeds}
    _grow_callers(kept, units, mentions)
    _grow(kept, units, _is_helper)
    classes = {id(unit.class_) for unit in kept.values() if unit.class_ is not None}
    written = {name for unit in kept.values() for name in unit.facts.writes}
    grown = {name for unit in kept.values() for name in unit.facts.grows}
    for unit in units:
        if unit.class_ is not None and id(unit.class_) in classes:
            touches = unit.facts.reads | unit.facts.writes
            if unit.name in _CALLED_FROM_OUTSIDE or grown & touches or (written & touches and unit.facts.about_loss):
                kept[id(unit)] = unit
        if isinstance(unit.node, ast.Module):
            kept[id(unit)] = unit
    _grow_builders(kept, units, mentions)
    return list(kept.values())


def _grow_builders(kept: dict[int, _Unit], units: Sequence[_Unit], mentions: _Mentions) -> None:
    """Add what builds the criterion, Accelerator or meter that is used: ``self.criterion = self._criterion()``."""
    classes = {id(unit.class_) for unit in kept.values() if unit.class_ is not None}
    members = [unit for unit in units if unit.class_ is not None and id(unit.class_) in classes]
    calls = {name for unit in (*kept.values(), *members) for name in unit.facts.calls}
    near = [*members, *(unit for unit in units if unit.class_ is None and unit.name in calls)]
    builders = [unit for unit in near if not unit.facts.calls.isdisjoint(frameworks.telling_constructors())]
    if not builders:
        return
    reads = {name for unit in kept.values() for name in unit.facts.reads}
    leading = {id(unit): unit for unit in builders}
    _grow_callers(leading, near, mentions)
    for unit in builders:
        if id(unit.class_) in classes and unit.facts.writes & reads:
            kept[id(unit)] = unit
    _grow(kept, near, lambda unit, calls: id(unit) in leading and unit.name in calls and unit.name != "__init__")


def _is_helper(unit: _Unit, calls: Set[str]) -> bool:
    """Called from there, and it may do something to a loss, a metric or the optimizer."""
    if unit.name == "forward":
        is_built = unit.class_ is not None and unit.class_.name in calls
        divides = is_built and unit.is_small and unit.facts.divides
        return divides or any(map(suggests_accumulation, unit.facts.names))
    if unit.class_ is not None and unit.class_.name in calls:
        return True
    return unit.name in calls and (
        unit.is_small or unit.facts.about_loss or unit.facts.counts or not unit.facts.calls.isdisjoint(_STEPS)
    )


def _grow_callers(kept: dict[int, _Unit], units: Sequence[_Unit], mentions: _Mentions) -> None:
    """Add who calls what is kept, and who calls that."""
    names = {unit.name for unit in kept.values()} - _COMMON
    while names:
        found = [unit for unit in _callers(units, names, mentions) if id(unit) not in kept]
        kept.update((id(unit), unit) for unit in found)
        names = {unit.name for unit in found} - _COMMON


def _grow(kept: dict[int, _Unit], units: Sequence[_Unit], joins: Callable[[_Unit, Set[str]], bool]) -> None:
    """Add units that are called from what is kept and join it, until none does."""
    reached = list(kept.values())
    while reached:
        calls = {name for unit in reached for name in unit.facts.calls}
        found = [unit for unit in units if id(unit) not in kept and joins(unit, calls)]
        kept.update((id(unit), unit) for unit in found)
        reached = found


def _tables(tree: ast.Module) -> Iterator[ast.stmt]:
    return filter(_is_table, tree.body)


def _is_table(statement: ast.stmt) -> bool:
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.end_lineno is None:
        return False
    return (statement.end_lineno - statement.lineno) * 20 + (statement.end_col_offset or 0) > _LARGE


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
