"""GitHub workflow commands: annotations on the changed lines of a pull request.

GitHub shows at most ten errors and ten warnings a step, so the summary follows in plain words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accumlint.reporters.cells import printable
from accumlint.reporters.concise import line
from accumlint.reporters.text import summary

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.engine import FileResult, Problem
    from accumlint.reporters import Context
    from accumlint.source import Source


def render(results: Sequence[FileResult], context: Context) -> str:
    """One command a finding or problem, then the summary."""
    commands: list[str] = []
    for result in results:
        commands += [_problem(problem) for problem in result.problems]
        if result.source is not None:
            commands += [_finding(result.source, diagnostic) for diagnostic in result.diagnostics]
    return "".join(f"{command}\n" for command in [*commands, summary(results)])


def _finding(source: Source, diagnostic: Diagnostic) -> str:
    start, end = source.region_in_file(diagnostic.span)
    properties: dict[str, str | int] = {"title": f"accumlint ({diagnostic.code})", "file": source.path}
    properties |= {"line": start.row, "col": start.column, "endLine": end.row, "endColumn": end.column}
    return _command(diagnostic.severity.value, properties, line(source, diagnostic))


def _problem(problem: Problem) -> str:
    properties: dict[str, str | int] = {"title": "accumlint", "file": problem.path}
    if problem.row is not None and problem.cell is None:
        properties["line"] = problem.row
    return _command("error", properties, f"{printable(problem.path)}: {printable(problem.reason)}")


def _command(kind: str, properties: dict[str, str | int], message: str) -> str:
    shown = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{kind} {shown}::{_data(message)}"


def _data(text: str) -> str:
    # Newlines first: spelled out by printable, they would no longer be the file's name.
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
