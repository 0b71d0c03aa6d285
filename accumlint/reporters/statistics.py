"""How often each rule found something, in place of the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accumlint.engine import FileResult

FORMATS = ("text", "concise", "json")
"""The formats that have words for it."""


def statistics(results: Sequence[FileResult], name: str) -> str:
    """A line, or an object of JSON, for each rule that found something, the most frequent first."""
    found = [diagnostic for result in results for diagnostic in result.diagnostics]
    counts = Counter((diagnostic.code, diagnostic.name) for diagnostic in found)
    fixable = Counter(diagnostic.code for diagnostic in found if diagnostic.fix)
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if name == "json":
        import json

        rules = [{"code": code, "name": rule, "count": count, "fixable": fixable[code]} for (code, rule), count in rows]
        return json.dumps(rules, indent=2) + "\n"
    return "".join(
        f"{count:>6}  {code}  {rule}{f'  ({fixable[code]} fixable)' if fixable[code] else ''}\n"
        for (code, rule), count in rows
    )
