"""``accumlint baseline``: write down what is known, so that only what is new is reported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli import options as shared
from accumlint.cli.streams import emit, encoded, failure, say, write_file
from accumlint.reporters import counted

if TYPE_CHECKING:
    from accumlint.baseline import Baseline
    from accumlint.cli.checking import Request
    from accumlint.engine import FileResult

DEFAULT_FILE = "accumlint-baseline.json"

_EPILOG = """\b
Examples:
  accumlint baseline src/                                  write it for the first time
  accumlint scan src/ --baseline accumlint-baseline.json   report only what is new
  accumlint baseline src/                                  later: drop what was fixed
"""


@click.command(epilog=_EPILOG)
@shared.paths
@click.option(
    "--output-file", "-o", "file", type=shared.OUTPUT, metavar="FILE", default=DEFAULT_FILE, show_default=True,
    help="The baseline to write.",
)  # fmt: skip
@click.option("--accept-new", is_flag=True, help="Add new findings to a baseline that exists.")
@shared.selection
@shared.execution
def baseline(paths: tuple[str, ...], file: str, accept_new: bool, **options: Any) -> int:
    """Write the findings of today to a file that `scan --baseline` leaves out.

    It is a ratchet: entries survive shifted lines, and running the command again only drops those that are
    fixed. New findings exit with 1 and are added only with --accept-new.
    """
    from accumlint.baseline import Baseline
    from accumlint.cli.checking import STDIN, Request, report_problems

    if STDIN in paths:
        raise click.UsageError("a baseline is of files; standard input has no place in it")
    request = Request.of(paths, {**options, "fail_on": None})
    results = request.results()
    failed = report_problems(results)
    if results and all(result.problems for result in results):
        return 2  # nothing could be checked, so nothing is known: least of all that there is nothing
    found = _of(results, file)
    accept_new = accept_new or not Path(file).exists()
    before = _read(file) if Path(file).exists() else Baseline()
    new = found.without(before)
    gone = before.gone(_looked_for(before, request, results, file), found)
    kept = Baseline((*before.without(gone).entries, *(new.entries if accept_new else ())))
    write_file(file, encoded(kept.render()))
    fixed = f", {len(gone.entries)} fixed since" if gone.entries else ""
    emit(f"{file}: {counted(len(kept.entries), 'finding')}{fixed}\n")
    for entry in () if accept_new else new.entries:
        say(f"new, not added: {entry.path}: {entry.code}: {entry.line}")
    return 2 if failed else int(bool(new.entries) and not accept_new)


def without_baseline(request: Request, results: Sequence[FileResult], file: str) -> list[FileResult]:
    """The results without the findings that a baseline file lists; says so when entries are outlived."""
    known = _read(file)
    gone = known.gone(_looked_for(known, request, results, file), _of(results, file))
    if gone.entries:
        entries, them = (
            counted(len(gone.entries), "entry is", "entries are"),
            "it" if len(gone.entries) == 1 else "them",
        )
        say(f"{file}: {entries} fixed; run accumlint baseline to drop {them}")
    return [
        r._replace(diagnostics=tuple(known.new(_name(r.path, file), r.source, r.diagnostics)))
        if r.source is not None
        else r
        for r in results
    ]


def _looked_for(
    known: Baseline, request: Request, results: Sequence[FileResult], file: str
) -> dict[str, frozenset[str]]:
    """The codes that the scan would have found in each file of a baseline: all of them in one that is deleted."""
    from accumlint.files import is_gone

    checked = {_name(result.path, file): result.path for result in results if not result.problems}
    codes: dict[str, frozenset[str]] = {}
    for name in {entry.path for entry in known.entries}:
        if name in checked:
            codes[name] = frozenset(rule.code for rule in request.rules_in(checked[name]))
        elif is_gone(Path(file).parent / name):
            codes[name] = frozenset(entry.code for entry in known.entries if entry.path == name)
    return codes


def _of(results: Sequence[FileResult], file: str) -> Baseline:
    from accumlint.baseline import Baseline, entries

    return Baseline(
        tuple(
            entry
            for result in results
            if result.source is not None
            for entry in entries(_name(result.path, file), result.source, result.diagnostics)
        )
    )


def _read(file: str) -> Baseline:
    from accumlint.baseline import Baseline, BaselineError
    from accumlint.engine import Problem
    from accumlint.files import read

    content = read(Path(file))
    if isinstance(content, Problem):
        raise failure(f"{file}: {content.reason}")
    try:
        return Baseline.parse(content.data.decode("utf-8"))
    except (BaselineError, UnicodeDecodeError) as error:
        raise failure(f"{file}: {error}") from error


def _name(path: str, file: str) -> str:
    """A file as the baseline names it: seen from where the baseline lies, so that both can move together."""
    relative = os.path.relpath(path, Path(file).parent)
    return Path(relative).as_posix()
