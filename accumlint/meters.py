"""How a script reads what a meter or an average holds, where no report of it is in sight."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from accumlint.flow import Analysis, Report
from accumlint.frameworks.meters import SUM_ATTRIBUTES

_FEEDS = frozenset({"update", "reset", "add", "append"})


def mean_is_shown(analysis: Analysis, fed: Report) -> bool:
    """False where nobody reads a meter of the function, where only its sum is read, and where its mean is multiplied
    by something, ``meter.avg * n`` in another method.

    The whole text is looked at, as the analysis leaves out what no loss comes through.
    """
    if fed.metric is None:
        return True
    spans = [analysis.span(add.statement) for add in fed.adds if analysis.is_here(add.statement)]
    row = analysis.source.row
    rows = {at for span in spans for at in range(row(span.start), row(span.end) + 1)}
    nodes = list(ast.walk(analysis.source.syntax_tree()))
    if any(_scales(node, fed.metric) and node.lineno not in rows for node in nodes if isinstance(node, ast.BinOp)):
        return False
    reads = [read for node in nodes for read in _reads(node, fed.metric)]
    if not reads:
        return not _is_local(nodes, fed.metric)
    return not all(name in SUM_ATTRIBUTES for name in reads)


def _reads(node: ast.AST, metric: str) -> Iterator[str]:
    """``meter.avg``; the empty name where the meter itself is handed to somebody."""
    match node:
        case ast.Attribute(value=owner, attr=name, ctx=ast.Load()) if name not in _FEEDS and _text(owner) == metric:
            yield name
        case ast.Call(args=args, keywords=keywords):
            yield from ("" for value in [*args, *(k.value for k in keywords)] if _text(value) == metric)
        case ast.Return(value=ast.expr() as value) | ast.FormattedValue(value=value) if _text(value) == metric:
            yield ""


def _scales(node: ast.BinOp, metric: str) -> bool:
    """``meter.avg * n`` and ``n * average``."""
    texts = _text(node.left), _text(node.right)
    read = any(text == metric or text.startswith(f"{metric}.") for text in texts)
    return isinstance(node.op, ast.Mult) and read


def _is_local(nodes: list[ast.AST], metric: str) -> bool:
    """A plain name that is assigned in the text, and no attribute that somebody else may read."""
    return metric.isidentifier() and any(
        isinstance(node, ast.Name) and node.id == metric and isinstance(node.ctx, ast.Store) for node in nodes
    )


def _text(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
