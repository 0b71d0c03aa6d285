"""How a place is spelled: dotted names, keys, labels, the loss inside an operand. Syntax only."""

from __future__ import annotations

import libcst as cst
from libcst.helpers import get_full_name_for_node


def dotted(node: cst.BaseExpression) -> str:
    """``self.args.accum`` as text, or the empty string for anything but names and attributes."""
    if isinstance(node, (cst.Name, cst.Attribute)):
        return get_full_name_for_node(node) or ""
    return ""


def subscript_key(node: cst.Subscript) -> str:
    """The key of an entry as text; ``[*]`` for what is not constant in it."""
    if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        index = node.slice[0].slice.value
        if isinstance(index, (cst.FormattedString, cst.BinaryOperation)):
            return f"['{pattern}']" if (pattern := _pattern(index)).strip("*") else "[*]"
        if isinstance(index, cst.SimpleString):
            return f"[{index.evaluated_value!r}]"
        if isinstance(index, cst.Integer):
            return f"[{index.value}]"
        if isinstance(index, cst.UnaryOperation):
            return "[-]"
    return "[*]"


def _pattern(node: cst.BaseExpression) -> str:
    """A text that is put together, a star for each part that is not in sight: ``grad_norm_*``."""
    match node:
        case cst.FormattedString():
            return "".join(part.value if isinstance(part, cst.FormattedStringText) else "*" for part in node.parts)
        case cst.BinaryOperation(operator=cst.Add()):
            return _pattern(node.left) + _pattern(node.right)
    return text_of(node) or "*"


def text_of(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) else ""
    return ""


def label_of(target: cst.BaseExpression) -> str:
    """What a target is called, for "is this field a loss"."""
    if isinstance(target, cst.Subscript):
        return subscript_key(target).strip("[]'\"")
    return dotted(target).rpartition(".")[2]


def field_of(target: cst.BaseExpression) -> str:
    """What a target is called where it is reported: of ``losses[epoch]``, the whole."""
    name = label_of(target)
    return label_of(target.value) if name == "*" and isinstance(target, cst.Subscript) else name


def loss_leaf(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The place inside an operand: ``raw`` in ``float(raw.detach().item()) * n``; None when there are several."""
    match node:
        case cst.Name() | cst.Subscript():
            return node
        case cst.Attribute():
            return loss_leaf(node.value) if node.attr.value == "data" else node
        case cst.Call(func=cst.Attribute(value=inner, attr=cst.Name(value=name))) if name in _VALUE_METHODS:
            return loss_leaf(inner)
        case cst.Call(func=cst.Name(), args=[argument]) | cst.Call(func=cst.Name(value="round"), args=[argument, _]):
            return loss_leaf(argument.value)
        case cst.BinaryOperation(operator=cst.Multiply() | cst.Divide()):
            left = loss_leaf(node.left)
            return left if left is not None else loss_leaf(node.right)
    return None


_VALUE_METHODS = frozenset(
    ["item", "detach", "cpu", "numpy", "tolist", "float", "double", "clone", "mean", "data", "squeeze", "to"]
)


def is_whole(node: cst.Subscript) -> bool:
    """``x[:]``: all of it."""
    index = node.slice[0].slice if len(node.slice) == 1 else None
    return isinstance(index, cst.Slice) and index.lower is None and index.upper is None and index.step is None
