"""The commands that explain: ``trace``, ``explain`` and ``rules``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli import options as shared
from accumlint.cli.streams import emit, emit_json, say, wants_color
from accumlint.reporters import documentation_url
from accumlint.reporters.style import Paint, painter

if TYPE_CHECKING:
    from accumlint.flow import Analysis
    from accumlint.rule import Rule


# trace -----------------------------------------------------------------------------------------------------

_TRACE_EPILOG = """\b
Examples:
  accumlint trace train.py
  accumlint trace train.py:42
  accumlint trace train.py --output-format json
"""


@click.command(epilog=_TRACE_EPILOG)
@click.argument("place", metavar="FILE[:LINE]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@shared.color
def trace(place: str, output_format: str, color: bool | None) -> int:
    """Show what the analysis believes of each training loop.

    N and how it was recognised, the step guard, every loss with its scale, every counter with its unit, and
    every metric with what it adds, its divisor and the verdict. With a LINE, only the loop around it.
    """
    path, line = _file_and_line(place)
    analysis = _analysis(path)
    if isinstance(analysis, str):
        say(f"{path}: {analysis}")
        return 2
    if analysis is None:
        say(f"{path}: {_none_found(None)}")
        if output_format == "json":
            emit_json([])
        return 0
    from accumlint.reporters.trace import as_objects, render
    from accumlint.trace import trace as trace_loops

    source = analysis.source
    loops = trace_loops(analysis, line)
    if not loops:
        say(f"{path}: {_none_found(line)}")
    if output_format == "json":
        emit_json(as_objects(loops, source))
    elif loops:
        emit(render(loops, source, painter(wants_color(color, sys.stdout))))
    return 0


def _none_found(line: int | None) -> str:
    return "no training loop found" if line is None else f"no training loop found around row {line}"


def _file_and_line(place: str) -> tuple[str, int | None]:
    path, colon, line = place.rpartition(":")
    if colon and line.isdecimal() and not Path(place).exists():
        return path, int(line)
    return place, None


def _analysis(path: str) -> Analysis | str | None:
    """The analysis of a file, None if it holds no training loop, or why it could not be made."""
    from accumlint.cli.checking import Request
    from accumlint.engine import Problem, on_deep_stack
    from accumlint.files import read
    from accumlint.flow import FlowOptions, analyze, might_matter
    from accumlint.source import Source, SourceError

    content = read(Path(path))
    if isinstance(content, Problem):
        return content.reason
    if not might_matter(content.data):
        return None
    settings = Request.of((path,), {}).settings
    taught = FlowOptions(frozenset(settings.accumulation_names), frozenset(settings.meters))

    def analyzed() -> Analysis | None:
        source = Source.parse(content.data, path)
        source.syntax_tree()  # what CPython refuses must not reach a parser that it would crash
        return analyze(source, taught)

    try:
        return on_deep_stack(analyzed)
    except SourceError as error:
        row = "" if error.row is None else f"row {error.row}: "
        return f"{row}{error.reason}"


# explain ---------------------------------------------------------------------------------------------------


def _complete_rules(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    from accumlint.registry import discover

    return [name for rule in discover() for name in (rule.code, rule.name) if name.startswith(typed)]


@click.command(
    epilog="\b\nExamples:\n  accumlint explain ACC001\n  accumlint explain inflated-loss-metric",
)
@click.argument("code", metavar="CODE", shell_complete=_complete_rules)
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@shared.color
def explain(code: str, output_format: str, color: bool | None) -> int:
    """Explain a rule: what it flags, why it matters, what to write instead, when it stays silent.

    CODE is a rule's code or name.
    """
    rule = _rule(code)
    if output_format == "json":
        emit_json(_as_object(rule))
        return 0
    paint = painter(wants_color(color, sys.stdout))
    documentation = rule.documentation()
    heads = [f"{paint(rule.code, 'red')} {paint(rule.name, 'bold')}", documentation.summary, _facts(rule)]
    sections = [
        f"{paint(heading, 'bold')}\n{_indented(body, paint)}" for heading, body in documentation.sections.items()
    ]
    emit("\n\n".join([*heads, *sections]) + "\n")
    return 0


def _rule(code: str) -> type[Rule]:
    from accumlint.registry import UnknownSelectorError, find

    try:
        return find(code)
    except UnknownSelectorError as error:
        near = f"did you mean {error.suggestion!r}?" if error.suggestion else "see accumlint rules"
        raise click.BadParameter(f"no rule {code!r}; {near}", param_hint="CODE") from error


def _facts(rule: type[Rule]) -> str:
    default = "on by default" if rule.default else "off by default"
    return f"{rule.severity.value}, {_fix_words(rule)}, {default}"


def _indented(markdown: str, paint: Paint) -> str:
    """Markdown as plain text: code indented and coloured instead of fenced."""
    lines, in_code = [], False
    for line in markdown.splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            lines.append(f"      {paint(line, 'cyan')}" if line else "")
        else:
            lines.append(f"  {re.sub(r'`([^`]+)`', lambda code: paint(code[0], 'cyan'), line)}".rstrip())
    return "\n".join(lines)


# rules -----------------------------------------------------------------------------------------------------


@click.command
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@shared.color
def rules(output_format: str, color: bool | None) -> int:
    """List every rule: code, name, severity, fix, and whether it is on by default."""
    from accumlint.registry import discover

    known = discover()
    if output_format == "json":
        emit_json([_as_object(rule) for rule in known])
        return 0
    paint = painter(wants_color(color, sys.stdout))
    longest = max((len(rule.name) for rule in known), default=0)
    for rule in known:
        severity = paint(f"{rule.severity.value:<7}", "red" if rule.severity.value == "error" else "yellow")
        default = "" if rule.default else "  off by default"
        emit(f"{rule.code}  {rule.name:<{longest}}  {severity}  {_fix_words(rule):<10}{default}".rstrip() + "\n")
    return 0


def _fix_words(rule: type[Rule]) -> str:
    return "no fix" if rule.AUTOFIX is None else f"{rule.AUTOFIX.value} fix"


def _as_object(rule: type[Rule]) -> dict[str, Any]:
    documentation = rule.documentation()
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": documentation.summary,
        "severity": rule.severity.value,
        "fix": None if rule.AUTOFIX is None else rule.AUTOFIX.value,
        "default": rule.default,
        "url": documentation_url(rule.code),
        "sections": documentation.sections,
    }
