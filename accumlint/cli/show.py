"""The commands that say what the rules are: ``explain`` and ``rules``."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli import options as shared
from accumlint.cli.streams import columns, emit, emit_json, wants_color
from accumlint.reporters import documentation_url
from accumlint.reporters.style import Paint, painter

if TYPE_CHECKING:
    from accumlint.rule import Rule


# explain ---------------------------------------------------------------------------------------------------


def _complete_rules(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    from accumlint.registry import discover

    return shared.completed(typed, [name for rule in discover() for name in (rule.code, rule.name)])


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
    paint, width = painter(wants_color(color, sys.stdout)), min(columns(sys.stdout), _WIDEST)
    documentation = rule.documentation()
    summary = _wrapped(documentation.summary, paint, width)
    heads = [f"{paint(rule.code, 'red')} {paint(rule.name, 'bold')}", summary, _facts(rule)]
    sections = [
        f"{paint(heading, 'bold')}\n{_indented(body, paint, width)}" for heading, body in documentation.sections.items()
    ]
    emit("\n\n".join([*heads, *sections]) + "\n")
    return 0


def _rule(code: str) -> type[Rule]:
    from accumlint.registry import UnknownSelectorError, find

    try:
        return find(code)
    except UnknownSelectorError as error:
        raise click.BadParameter(str(error), param_hint="CODE") from error


def _facts(rule: type[Rule]) -> str:
    default = "on by default" if rule.default else "off by default"
    return f"{rule.severity.value}, {_fix_words(rule)}, {default}"


_WIDEST = 100
"""Prose in longer lines is hard to read, however wide the terminal."""
_FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_GLUE = "\N{NO-BREAK SPACE}"


def _indented(markdown: str, paint: Paint, width: int) -> str:
    """Markdown as plain text: paragraphs wrapped, code indented and coloured instead of fenced."""
    blocks: list[str] = []
    for number, text in enumerate(_FENCED.split(markdown)):
        if number % 2:
            blocks.append("\n".join(f"      {paint(line, 'cyan')}" if line else "" for line in text.splitlines()))
        else:
            blocks += [_wrapped(paragraph, paint, width, "  ") for paragraph in re.split(r"\n\s*\n", text.strip())]
    return "\n\n".join(filter(None, blocks))


def _wrapped(paragraph: str, paint: Paint, width: int, indent: str = "") -> str:
    """A paragraph in lines of this width. What is quoted as code stays in one piece, and is coloured."""
    import textwrap

    glued = _QUOTED.sub(lambda code: code[0].replace(" ", _GLUE), " ".join(paragraph.split()))
    wrapped = textwrap.fill(
        glued, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return _QUOTED.sub(lambda code: paint(f"`{code[2]}`", "cyan"), wrapped).replace(_GLUE, " ")


# rules -----------------------------------------------------------------------------------------------------


@click.command(epilog="\b\nExamples:\n  accumlint rules\n  accumlint rules --output-format json")
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
