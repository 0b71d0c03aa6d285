"""``accumlint fix``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli import options as shared
from accumlint.cli.streams import columns, emit, emit_bytes, wants_color
from accumlint.reporters import Context
from accumlint.reporters.cells import printable
from accumlint.reporters.style import painter

if TYPE_CHECKING:
    from accumlint.cli.checking import Request
    from accumlint.workers import Fixed

_EPILOG = """\b
Examples:
  accumlint fix --diff                     show what would change, change nothing
  accumlint fix train.py                   repair what is safe to repair
  accumlint fix --unsafe-fixes train.py    also where training changes; read the diff first
  accumlint fix - < train.py > fixed.py
"""


@click.command(epilog=_EPILOG)
@shared.paths
@click.option("--diff", is_flag=True, help="Show the changes as a unified diff and write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply fixes that change training or cannot be proved, too.")
@click.option("--show-fixes", is_flag=True, help="List the fixes that were applied.")
@shared.exit_codes
@shared.selection
@shared.execution
@shared.color
def fix(paths: tuple[str, ...], **options: Any) -> int:
    """Repair the numbers that training loops report.

    Only fixes that were proved on a copy are applied, and only the characters they name change. Exits 1
    while findings remain; with --diff exactly when there is a diff.
    """
    from accumlint.cli.checking import Request, exit_code, report_problems

    request = Request.of(paths, options)
    fixed = request.fixed(options["unsafe_fixes"])
    if options["diff"]:
        _show_diff(fixed, options["color"])
    else:
        fixed = [_written(request, each) for each in fixed]
    _report(fixed, request, options)
    results = [each.result for each in fixed]
    failed = report_problems(results)
    if options["diff"] and not failed:
        return int(any(each.applied for each in fixed) and not options["exit_zero"])
    return exit_code(results, request.settings, failed, options["exit_zero"])


def _written(request: Request, fixed: Fixed) -> Fixed:
    """Write one file; where that fails, nothing of it is fixed."""
    from accumlint.files import write_atomically
    from accumlint.source import Source
    from accumlint.workers import Fixed

    source, content = fixed.result.source, fixed.content
    if request.reads_stdin:
        emit_bytes(source.data if source is not None and fixed.applied else request.stdin)
        return fixed
    if source is None or content is None or not fixed.applied:
        return fixed
    problem = write_atomically(Path(source.path), content, source.data)
    if problem is None:
        return fixed
    before = Source.parse(content.data, source.path)
    result = fixed.result._replace(source=before, diagnostics=fixed.found, problems=(problem,))
    return Fixed(result, content, fixed.found)


# What is said ----------------------------------------------------------------------------------------------


def _report(fixed: Sequence[Fixed], request: Request, options: dict[str, Any]) -> None:
    """What is left, then the counts; on stderr where stdout carries a diff or a fixed file."""
    from accumlint.reporters.text import finding

    stream = sys.stderr if options["diff"] or request.reads_stdin else sys.stdout
    context = Context(wants_color(options["color"], stream), columns(stream) - 8)
    blocks = [
        finding(each.result.source, diagnostic, context)
        for each in (() if options["diff"] else fixed)
        for diagnostic in each.result.diagnostics
        if each.result.source is not None
    ]
    if options["show_fixes"]:
        blocks += _applied(fixed)
    emit("\n\n".join([*blocks, _counts(fixed, options["diff"])]) + "\n", stream)


def _applied(fixed: Sequence[Fixed]) -> Iterator[str]:
    for each in fixed:
        if each.applied:
            lines = (f"  {d.code} {printable(d.fix.message)}" for d in each.applied if d.fix)
            yield "\n".join([f"{printable(each.result.path)}:", *lines])


def _counts(fixed: Sequence[Fixed], dry: bool) -> str:
    """``5 fixed, 2 left, 1 needs --unsafe-fixes``; one fix may remove several findings."""
    left = [diagnostic for each in fixed for diagnostic in each.result.diagnostics]
    gone = sum(len(each.found) - len(each.result.diagnostics) for each in fixed if each.applied)
    counts = f"{gone} {'would be ' if dry else ''}fixed, {len(left)} left"
    held_back = sum(1 for d in left if d.fix and d.fix.applicability.value == "unsafe")
    if not held_back:
        return counts
    return f"{counts}, {held_back} {'needs' if held_back == 1 else 'need'} --unsafe-fixes"


# The diff --------------------------------------------------------------------------------------------------


def _show_diff(fixed: Sequence[Fixed], color: bool | None) -> None:
    for each in fixed:
        source = each.result.source
        if source is None or each.content is None or not each.applied:
            continue
        diff = b"".join(unified_diff(printable(source.path), each.content.data, source.data))
        if sys.stdout.isatty() or color:
            emit(_for_people(diff.decode(source.encoding, "replace"), wants_color(color, sys.stdout)))
        else:
            emit_bytes(diff)  # what patch applies has to be the file's own bytes


def unified_diff(name: str, before: bytes, after: bytes) -> Iterator[bytes]:
    """The lines of a diff that patch and git apply, bytes as they are in the files."""
    import difflib

    file = os.fsencode(name)
    if b" " in file:
        file += b"\t"  # else GNU patch takes what follows a space for a time, as git does not
    for line in difflib.diff_bytes(difflib.unified_diff, _lines(before), _lines(after), file, file):
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)  # splitlines would part at a lone CR, too


def _for_people(diff: str, color: bool) -> str:
    paint = painter(color)
    styles = {"---": "bold", "+++": "bold", "@@ ": "cyan", "-": "red", "+": "green"}
    shown = []
    for line in diff.split("\n"):
        style = next((style for start, style in styles.items() if line.startswith(start)), "")
        shown.append(paint(printable(line.removesuffix("\r").expandtabs(4)), style))
    return "\n".join(shown)
