"""``accumlint trace``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli import options as shared
from accumlint.cli.streams import columns, emit, emit_json, say, wants_color
from accumlint.reporters.style import Paint, painter

if TYPE_CHECKING:
    from accumlint.cli.checking import Request
    from accumlint.engine import Problem
    from accumlint.flow import Analysis
    from accumlint.source import Source
    from accumlint.trace.model import LoopTrace

_EPILOG = """\b
Examples:
  accumlint trace train.py
  accumlint trace train.py:42
  accumlint trace train.py --output-format json
  accumlint trace - < train.py
"""


@click.command(epilog=_EPILOG)
@click.argument("place", metavar="FILE[:LINE]", type=click.Path(allow_dash=True))
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@shared.configuration
@shared.stdin_filename
@shared.color
def trace(place: str, output_format: str, **options: Any) -> int:
    """Show what the analysis believes of each training loop.

    N and how it was recognised, the step guard, every loss with its scale, every counter with its unit, and
    every metric with what it adds, its divisor and the verdict. With a LINE, only the loop around it. FILE is
    standard input if it is '-'.
    """
    from accumlint.cli.checking import Request, described
    from accumlint.engine import Problem

    path, line = _file_and_line(place)
    request = Request.of((path,), options)
    analysis = _analysis(request)
    if isinstance(analysis, Problem):
        say(described(analysis))
        return 2
    loops = _loops(analysis, line)
    if not loops:
        around = "" if analysis is None or line is None else f" around row {line}"
        say(f"{request.shown}: no training loop found{around}")
    if output_format == "json":
        from accumlint.reporters.trace import as_objects

        emit_json(as_objects(loops, analysis.source) if analysis is not None else [])
    elif loops and analysis is not None:
        _show(loops, analysis.source, painter(wants_color(options["color"], sys.stdout)))
    return 0


def _loops(analysis: Analysis | None, line: int | None) -> Sequence[LoopTrace]:
    from accumlint.trace import trace as trace_loops

    return () if analysis is None else trace_loops(analysis, line)


def _show(loops: Sequence[LoopTrace], source: Source, paint: Paint) -> None:
    from accumlint.reporters.trace import UNBROKEN, render

    emit(render(loops, source, paint, columns(sys.stdout, UNBROKEN)))


def _file_and_line(place: str) -> tuple[str, int | None]:
    path, colon, line = place.rpartition(":")
    if colon and line.isdecimal() and not Path(place).exists():
        return path, int(line)
    return place, None


def _analysis(request: Request) -> Analysis | Problem | None:
    """The analysis of a file, None if it holds no training loop, or why it could not be made."""
    from accumlint.engine import Problem, may_concern, on_deep_stack, problem, unreadable
    from accumlint.flow import analyze
    from accumlint.source import Source, SourceError

    data = _content(request)
    if isinstance(data, Problem):
        return data
    if not may_concern(data):
        return next(iter(unreadable(data, request.shown)), None)

    def analyzed() -> Analysis | None:
        source = Source.parse(data, request.shown)
        source.syntax_tree()  # what CPython refuses must not reach a parser that it would crash
        return analyze(source, request.engine.taught)

    try:
        return on_deep_stack(analyzed)
    except SourceError as error:
        return problem(error, request.shown)


def _content(request: Request) -> bytes | Problem:
    from accumlint.discovery import EMPTY_PATH
    from accumlint.engine import Problem
    from accumlint.files import read

    if request.reads_stdin:
        return request.stdin
    (path,) = request.paths
    content = read(Path(path)) if path else EMPTY_PATH
    return content if isinstance(content, Problem) else content.data
