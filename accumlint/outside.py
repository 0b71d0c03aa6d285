"""Whether two programs are the same outside the edits that made one of them from the other.

A fix says where it edits; this is the check that it changed nothing else. An edit of text can reach further
than its span: ``a / raw`` with ``raw`` replaced by ``b + c`` is another quotient, a missing line end
swallows the next statement. So the two syntax trees are walked together. What no edit touches must be
equal, the order and nesting of statements included; only the smallest expression or simple statement around
an edit may differ.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from accumlint.diagnostic import Edit, Span


def same_outside(before: str, after: str, edits: Sequence[Edit]) -> bool:
    """Whether the edits turned one program into the other and touched only what they name.

    False as well where either of them is not a program.
    """
    try:
        old, new = ast.parse(before), ast.parse(after)
        compile(after, "<fixed>", "exec", dont_inherit=True)
        return _Comparison(before, edits).bodies(old.body, new.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


class _Comparison:
    def __init__(self, text: str, edits: Sequence[Edit]) -> None:
        self._places = _Places(text)
        self._edits = [edit.span for edit in edits]

    def bodies(self, old: Sequence[ast.AST], new: Sequence[ast.AST]) -> bool:
        """Statements may be edited, taken away where an edit covers them, and put in between."""
        old, new = _without_common_ends(old, new)
        reachable = set(range(len(new) + 1))  # how many new statements may stand for the old ones so far
        for statement in old:
            gone = self._is_covered(statement)
            reachable = {j + 1 for i in reachable for j in range(i, len(new)) if self._same(statement, new[j])} | (
                reachable if gone else set()
            )
        return bool(reachable)

    def _same(self, old: ast.AST, new: ast.AST) -> bool:
        if ast.dump(old) == ast.dump(new):
            return True
        if not self._touches(old):
            return False
        if self._is_edited(old) and isinstance(new, ast.expr if isinstance(old, ast.expr) else ast.stmt):
            return True
        return type(old) is type(new) and all(
            self._same_field(old_value, getattr(new, field)) for field, old_value in ast.iter_fields(old)
        )

    def _same_field(self, old: object, new: object) -> bool:
        if isinstance(old, list) and isinstance(new, list):
            if any(isinstance(item, ast.stmt) for item in (*old, *new)):
                return self.bodies(old, new)
            return len(old) == len(new) and all(map(self._same_field, old, new))
        if isinstance(old, ast.AST) and isinstance(new, ast.AST):
            return self._same(old, new)
        return bool(old == new)

    def _touches(self, node: ast.AST) -> bool:
        place = self._places.of(node)
        if place is None:  # an argument list or the like: whatever its parts say
            return any(map(self._touches, ast.iter_child_nodes(node)))
        whole = self._places.lines(place) if isinstance(node, ast.stmt) else place
        return any(edit.start <= whole.end and whole.start <= edit.end for edit in self._edits)

    def _is_edited(self, node: ast.AST) -> bool:
        """An expression or simple statement that an edit reaches outside its parts, or at its very ends."""
        place = self._places.of(node)
        if place is None or not isinstance(node, (ast.expr, ast.stmt)) or hasattr(node, "body"):
            return False
        parts = list(self._parts(node))
        return any(
            place.contains(edit)
            and (
                not any(part.contains(edit) for part in parts)
                or (edit.start == edit.end and edit.start in (place.start, place.end))
            )
            for edit in self._edits
        )

    def _parts(self, node: ast.AST) -> Iterator[Span]:
        if isinstance(node, ast.JoinedStr):
            return  # Python 3.11 gives places inside f-strings that are not in the text
        for child in ast.iter_child_nodes(node):
            place = self._places.of(child)
            if place is None:
                yield from self._parts(child)
            else:
                yield place

    def _is_covered(self, node: ast.AST) -> bool:
        place = self._places.of(node)
        return place is not None and any(edit.contains(place) for edit in self._edits)


def _without_common_ends(old: Sequence[ast.AST], new: Sequence[ast.AST]) -> tuple[Sequence[ast.AST], Sequence[ast.AST]]:
    start = 0
    while start < min(len(old), len(new)) and ast.dump(old[start]) == ast.dump(new[start]):
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and ast.dump(old[-1 - end]) == ast.dump(new[-1 - end]):
        end += 1
    return old[start : len(old) - end], new[start : len(new) - end]


class _Places:
    """Code-point offsets of syntax nodes, which ``ast`` gives in lines and UTF-8 bytes."""

    def __init__(self, text: str) -> None:
        # ast ends lines as the tokenizer does; str.splitlines would also end them at form feeds
        self._lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text) or [""]
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def of(self, node: ast.AST) -> Span | None:
        if not isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.alias, ast.excepthandler)):
            return None
        assert node.end_lineno is not None and node.end_col_offset is not None  # set by the parser
        first = node
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            first = decorators[0]
        return Span(self._offset(first.lineno, first.col_offset), self._offset(node.end_lineno, node.end_col_offset))

    def lines(self, place: Span) -> Span:
        """The whole lines of a place, line ends included."""
        start = max(s for s in self._starts if s <= place.start)
        end = min((s for s in self._starts if s > place.end), default=self._starts[-1])
        return Span(start, max(end, place.end))

    def _offset(self, row: int, column: int) -> int:
        line = self._lines[row - 1]
        shown = column if line.isascii() else len(line.encode()[:column].decode())
        return self._starts[row - 1] + shown
