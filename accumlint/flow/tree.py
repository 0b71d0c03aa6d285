"""The concrete syntax tree of what the screen left over, and a walk over it that is cheap.

libcst's visitors rebuild nodes as they go, and its matchers take longer to import than all else that runs here;
asking "does this name occur here" must not cost that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache

import libcst as cst

from accumlint.source import SourceError


def parse_module(text: str) -> cst.Module:
    """Parse text that CPython accepts. Raises SourceError for the little that libcst does not."""
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise SourceError(f"libcst cannot read it: {error.message}", error.raw_line, error.raw_column + 1) from error
    except (cst.CSTValidationError, UnicodeEncodeError) as error:
        raise SourceError(f"libcst cannot read it: {error}") from error
    continued = _CONTINUED_INDENTATION.search(text)
    if continued is not None and module.code != text:  # libcst takes the statement to be one of another block
        row = len(_LINE_ENDS.findall(text, 0, continued.start())) + 1
        raise SourceError("libcst cannot read it: a line is continued in its indentation", row, 1)
    return module


_CONTINUED_INDENTATION = re.compile(r"^[ \t\f]+\\(\r\n?|\n)", re.MULTILINE)
_LINE_ENDS = re.compile(r"\r\n?|\n")


def descendants(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and all syntax below it, white space and punctuation left out."""
    waiting: list[object] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, (list, tuple)):
            waiting.extend(reversed(current))
            continue
        kind: type = type(current)
        names = _syntax_fields(kind)
        if names is not None:
            yield current  # type: ignore[misc]  # only nodes have syntax
            waiting.extend([getattr(current, name) for name in names])


def names_in(node: cst.CSTNode) -> set[str]:
    """Every name in it, those of attributes among them."""
    return {part.value for part in descendants(node) if isinstance(part, cst.Name)}


_LAYOUT = ("whitespace", "lines", "comma", "semicolon", "paren", "bracket", "brace", "lpar", "rpar", "dot", "equal")


@cache
def _syntax_fields(kind: type) -> tuple[str, ...] | None:
    """The fields of a kind of node that hold syntax, last one first; None for what is no node.

    Asked once for each type: libcst's nodes have an abstract base, with which ``isinstance`` is slow.
    """
    if not issubclass(kind, cst.CSTNode):
        return None
    names = [field.name for field in fields(kind)]
    return tuple(
        name
        for name in reversed(names)
        if not any(part in name for part in _LAYOUT) and name not in ("header", "footer", "indent", "encoding")
    )


def same(left: cst.CSTNode, right: cst.CSTNode) -> bool:
    """Two names, attributes or entries are spelled alike, layout aside."""
    match left, right:
        case cst.Name(), cst.Name():
            return left.value == right.value
        case cst.Attribute(), cst.Attribute():
            return left.attr.value == right.attr.value and same(left.value, right.value)
        case cst.Subscript(), cst.Subscript():
            return same(left.value, right.value) and _same_index(left, right)
        case (cst.SimpleString(value=one), cst.SimpleString(value=other)) | (
            cst.Integer(value=one),
            cst.Integer(value=other),
        ):
            return bool(one == other)
    return type(left) is type(right) and left.deep_equals(right)


def is_part(part: cst.CSTNode, whole: cst.CSTNode) -> bool:
    """A name, attribute or entry occurs in it, spelled alike."""
    return any(type(each) is type(part) and same(each, part) for each in descendants(whole))


def _same_index(left: cst.Subscript, right: cst.Subscript) -> bool:
    pairs = list(zip(left.slice, right.slice, strict=False))
    return len(left.slice) == len(right.slice) and all(
        isinstance(a.slice, cst.Index) and isinstance(b.slice, cst.Index) and same(a.slice.value, b.slice.value)
        for a, b in pairs
    )
