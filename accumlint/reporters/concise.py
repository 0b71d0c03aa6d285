"""One line a finding, for editors and for grep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accumlint.reporters.cells import printable
from accumlint.reporters.text import fix_tag, place

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.engine import FileResult
    from accumlint.reporters import Context
    from accumlint.source import Source


def render(results: Sequence[FileResult], context: Context) -> str:
    """``train.py:21:9: ACC001 error: …`` for every finding; nothing at all when there is none."""
    return "".join(
        line(result.source, diagnostic) + "\n"
        for result in results
        for diagnostic in result.diagnostics
        if result.source is not None
    )


def line(source: Source, diagnostic: Diagnostic) -> str:
    """One finding on one line."""
    tag = fix_tag(diagnostic.fix)
    return (
        f"{place(source, diagnostic.span.start)}: {diagnostic.code} {diagnostic.severity.value}: "
        f"{printable(diagnostic.message)}{f' {tag}' if tag else ''}"
    )
