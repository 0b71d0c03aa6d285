"""GitLab's code quality report (a subset of Code Climate's)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from accumlint.baseline import fingerprints
from accumlint.diagnostic import Severity

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.engine import FileResult
    from accumlint.reporters import Context
    from accumlint.source import Source

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def render(results: Sequence[FileResult], context: Context) -> str:
    """The findings as a JSON array; GitLab compares reports by their fingerprints."""
    issues = [
        _issue(result.source, diagnostic, fingerprint)
        for result in results
        if result.source is not None
        for diagnostic, fingerprint in zip(
            result.diagnostics, fingerprints(result.source, result.diagnostics), strict=True
        )
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(source: Source, diagnostic: Diagnostic, fingerprint: str) -> dict[str, Any]:
    start, end = source.region_in_file(diagnostic.span)
    return {
        "description": f"{diagnostic.code}: {diagnostic.message}",
        "check_name": diagnostic.name,
        "severity": _SEVERITY[diagnostic.severity],
        "fingerprint": sha256(f"{source.path}\0{fingerprint}".encode("utf-8", "surrogatepass")).hexdigest(),
        "location": {
            "path": source.path.removeprefix("./"),
            "positions": {
                "begin": {"line": start.row, "column": start.column},
                "end": {"line": end.row, "column": end.column},
            },
        },
    }
