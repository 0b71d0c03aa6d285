"""``accumlint scan``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli import options as shared
from accumlint.cli.streams import columns, emit, emit_bytes, encoded, say, wants_color, write_file
from accumlint.reporters import FORMATS, Context, counted, reporter
from accumlint.reporters.cells import printable
from accumlint.reporters.statistics import FORMATS as STATISTICS
from accumlint.reporters.statistics import statistics

if TYPE_CHECKING:
    from accumlint.cli.checking import Request
    from accumlint.engine import FileResult, Problem

_FOR_PEOPLE = ("text", "concise")

_EPILOG = """\b
Examples:
  accumlint scan src/ train.py
  accumlint scan --select ACC0 --output-format concise
  accumlint scan --output-format sarif --output-file accumlint.sarif
  cat train.py | accumlint scan --stdin-filename train.py -
  accumlint scan --add-ignores "known since the first release"
"""


@click.command(epilog=_EPILOG)
@shared.paths
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True, help="How to report.")
@click.option("--output-file", "-o", type=shared.OUTPUT, metavar="FILE", help="Write the report to a file.")
@click.option("--statistics", is_flag=True, help="Count findings by rule instead of showing them.")
@click.option("--show-fixes", is_flag=True, help="Show what each fix would change.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Leave out the findings that this baseline lists.",
)
@click.option("--report-unused-ignores", is_flag=True, help="Report comments that silence nothing.")
@click.option(
    "--add-ignores",
    metavar="REASON",
    help="Silence every finding by a comment with this reason, and report none.",
)
@click.option("--show-settings", is_flag=True, help="Show the settings that hold here, and exit.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked, and exit.")
@shared.exit_codes
@shared.selection
@shared.execution
@shared.color
def scan(paths: tuple[str, ...], **options: Any) -> int:
    """Check training loops and report what numbers they get wrong.

    PATHS are files and folders; the working directory if there is none, standard input if it is '-'.
    Checked are .py, .pyi and .ipynb files.
    """
    from accumlint.cli.checking import Request, exit_code, report_problems

    request = Request.of(paths, options)
    if options["show_settings"]:
        return _show_settings(request)
    if options["show_files"]:
        return _show_files(request)
    results = _findings(request, options)
    if options["add_ignores"] is not None:
        return _add_ignores(request, results, options["add_ignores"])
    _report(request, results, options)
    return exit_code(results, request.settings, report_problems(results), options["exit_zero"])


def _findings(request: Request, options: dict[str, Any]) -> list[FileResult]:
    from accumlint.cli.checking import with_unused_ignores

    results = request.results()
    if options["report_unused_ignores"]:
        results = [with_unused_ignores(r, request.rules_in(r.path)) if r.unused_ignores else r for r in results]
    if options["baseline"]:
        from accumlint.cli.baseline import without_baseline

        results = without_baseline(request, results, options["baseline"])
    return results


def _report(request: Request, results: Sequence[FileResult], options: dict[str, Any]) -> None:
    name, file = options["output_format"], options["output_file"]
    if options["statistics"] and name not in STATISTICS:
        raise click.UsageError(f"--statistics has no {name} format, only {', '.join(STATISTICS)}")
    to_terminal = file is None and name in _FOR_PEOPLE
    color = to_terminal and wants_color(options["color"], sys.stdout)
    if options["statistics"]:
        text = statistics(results, name)
    else:
        rules = tuple(type(rule) for rule in request.rules) if name == "sarif" else ()
        width = columns(sys.stdout) - 8 if to_terminal else 140
        text = reporter(name)(results, Context(color, width, options["show_fixes"], rules))
    if file is not None:
        write_file(file, encoded(text))
    else:
        emit(text) if name in _FOR_PEOPLE else emit_bytes(encoded(text))


def _show_settings(request: Request) -> int:
    from accumlint.config import show

    emit(show(request.settings, [rule.code for rule in request.rules]))
    return 0


def _show_files(request: Request) -> int:
    failed = False
    for item in request.files():
        if isinstance(item, Path) and sys.stdout.isatty():
            emit(f"{printable(str(item))}\n")
        elif isinstance(item, Path):
            emit_bytes(encoded(f"{item}\n"))  # what a program reads has to be the name itself
        else:
            failed = True
            say(f"{item.path}: {item.reason}")
    return 2 if failed else 0


def _add_ignores(request: Request, results: Sequence[FileResult], reason: str) -> int:
    """Write the comments, file by file; what could not be written is a problem of that file."""
    from accumlint.cli.checking import report_problems

    if "\n" in reason or "\r" in reason:
        raise click.BadParameter("a reason is one line", param_hint="--add-ignores")
    silenced, outcome = 0, []
    for result in results:
        data = _with_ignores(result, reason)
        if request.reads_stdin:
            emit_bytes(request.stdin if data is None else data)
        problem = None if data is None or request.reads_stdin else _write_ignores(result, data)
        silenced += 0 if problem else len(result.diagnostics)
        outcome.append(result._replace(problems=(*result.problems, *((problem,) if problem else ()))))
    say(f"{counted(silenced, 'finding')} silenced")
    return 2 if report_problems(outcome) else 0


def _with_ignores(result: FileResult, reason: str) -> bytes | None:
    """The file's bytes with a comment beside each finding; None where there is none."""
    from accumlint.suppress import add_ignores

    if result.source is None or not result.diagnostics:
        return None
    return result.source.apply(add_ignores(result.source, result.diagnostics, reason))


def _write_ignores(result: FileResult, data: bytes) -> Problem | None:
    """Write the file, which must still hold what was checked."""
    from accumlint.engine import Problem
    from accumlint.files import read, write_atomically

    now = read(Path(result.path))
    if isinstance(now, Problem):
        return now
    if result.source is None or now.data != result.source.data:
        return Problem(result.path, "changed since it was read; not written")
    return write_atomically(Path(result.path), now, data)
