"""JSON for programs: a list of objects in the shape that ruff's users know, plus what only accumlint says.

Rows and columns count from 1, columns in code points; ``end_location`` is one past the last character. In
a notebook rows count within a cell, and every place that may lie in another cell says which one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from accumlint.reporters import documentation_url

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic, Fix, Span
    from accumlint.engine import FileResult
    from accumlint.reporters import Context
    from accumlint.source import Source


def render(results: Sequence[FileResult], context: Context) -> str:
    """The findings as a JSON array."""
    findings = [
        as_object(result.source, diagnostic)
        for result in results
        for diagnostic in result.diagnostics
        if result.source is not None
    ]
    return json.dumps(findings, indent=2, ensure_ascii=False) + "\n"


def as_object(source: Source, diagnostic: Diagnostic) -> dict[str, Any]:
    """One finding as the object of the contract in docs/output-formats.md."""
    return {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "filename": source.path,
        **_range(source, diagnostic.span, with_cell=False),
        "cell": source.location(diagnostic.span.start).cell,
        "metric": diagnostic.metric,
        "factor": diagnostic.factor,
        "labels": [{**_range(source, label.span), "text": label.text} for label in diagnostic.labels],
        "fix": _fix(source, diagnostic.fix),
        "url": documentation_url(diagnostic.code),
    }


def _fix(source: Source, fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    return {
        "applicability": fix.applicability.value,
        "message": fix.message,
        "edits": [{"content": edit.content, **_range(source, edit.span)} for edit in fix.edits],
    }


def _range(source: Source, span: Span, with_cell: bool = True) -> dict[str, Any]:
    start, end = source.location(span.start), source.location(span.end)
    places: dict[str, Any] = {
        "location": {"row": start.row, "column": start.column},
        "end_location": {"row": end.row, "column": end.column},
    }
    return {**places, "cell": start.cell} if with_cell and start.cell is not None else places
