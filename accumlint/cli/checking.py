"""From a command's paths and options to the results that its reporter shows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from accumlint.cli.options import overrides
from accumlint.cli.progress import showing_progress
from accumlint.cli.streams import failure, say
from accumlint.engine import DEFAULT_LIMITS, EngineOptions, FileResult, Limits, Problem
from accumlint.reporters import UNUSED_IGNORE

if TYPE_CHECKING:
    from accumlint.cache import Cache
    from accumlint.config import Settings
    from accumlint.diagnostic import Diagnostic
    from accumlint.discovery import Selection
    from accumlint.registry import Selected
    from accumlint.rule import Rule
    from accumlint.source import Source
    from accumlint.suppress import UnusedIgnore
    from accumlint.workers import Fixed

STDIN = "-"


def _limits(options: dict[str, Any]) -> Limits:
    """What one file may cost; commands without these options keep the defaults."""
    seconds = options.get("timeout", DEFAULT_LIMITS.seconds)
    mebibytes = options.get("memory_limit")
    return Limits(seconds, DEFAULT_LIMITS.memory_bytes if mebibytes is None else mebibytes * 2**20)


@dataclass(frozen=True)
class Request:
    """What is to be checked, and how."""

    paths: tuple[str, ...]
    settings: Settings
    jobs: int | None
    cache: bool
    stdin_filename: str
    limits: Limits
    cache_folder: Path | None = None
    """Where the cache lies, if not beside the configuration."""
    unused_ignores: bool = False
    """Whether comments that silence nothing are asked for, which may stand in any file."""

    @classmethod
    def of(cls, paths: tuple[str, ...], options: dict[str, Any]) -> Request:
        """Read the configuration and check it; an error in it ends the command."""
        paths = paths or (".",)
        stdin_filename = options.get("stdin_filename") or STDIN
        if STDIN in paths and len(paths) > 1:
            raise click.UsageError("'-' reads standard input and takes no other path beside it")
        named = (stdin_filename,) if paths == (STDIN,) else paths
        settings = _settings(named, options)
        limits = _limits(options)
        cached = not options.get("no_cache")
        folder = options.get("cache_dir")
        unused = bool(options.get("report_unused_ignores"))
        return cls(paths, settings, options.get("jobs"), cached, stdin_filename, limits, folder, unused)

    @property
    def shown(self) -> str:
        """What the one file, or standard input, is called in reports."""
        return self.stdin_filename if self.reads_stdin else self.paths[0]

    @property
    def reads_stdin(self) -> bool:
        return self.paths == (STDIN,)

    @cached_property
    def stdin(self) -> bytes:
        """What standard input holds; read once."""
        # In pieces: one read() to the end would not look for an interrupt while data keeps coming.
        return b"".join(iter(lambda: os.read(sys.stdin.fileno(), 2**16), b""))

    @cached_property
    def rules(self) -> Selected:
        """The rules to run."""
        from accumlint.registry import Selected

        return Selected(self.settings.select, self.settings.ignore, self.settings.extend_select)

    def rules_in(self, path: str) -> list[Rule]:
        """The rules to run on one file."""
        from accumlint.registry import without

        return without(self.rules, self.settings.ignored_in(path))

    @cached_property
    def _selection(self) -> Selection:
        from accumlint.discovery import Selection

        settings = self.settings
        return Selection(settings.root, settings.excludes, settings.respect_gitignore, settings.force_exclude)

    @property
    def _leaves_out_stdin(self) -> bool:
        """Whether standard input is that of a file to skip, as an editor says with ``--force-exclude``."""
        return self.stdin_filename != STDIN and self._selection.leaves_out(Path(self.stdin_filename))

    def files(self) -> Iterator[Path | Problem]:
        """The files under the paths, in order; for standard input, the name of what it holds."""
        from accumlint.discovery import discover

        if not self.reads_stdin:
            yield from discover(self.paths, self._selection)
        elif not self._leaves_out_stdin:
            yield Path(self.stdin_filename)

    @property
    def _named(self) -> frozenset[str]:
        return frozenset(str(Path(path)) for path in self.paths)

    def results(self) -> list[FileResult]:
        """Check everything; problems with paths come as results of their own."""
        from accumlint.workers import check, scan

        name = self.stdin_filename
        if self.reads_stdin and self._leaves_out_stdin:
            return [FileResult(name)]
        if self.reads_stdin:
            found = [check(self.stdin, name, self.rules_in(name), self.engine, self.limits)]
        else:
            cache = self._open_cache()
            checked = scan(
                self._paths(),
                self.rules,
                self.engine,
                ignored=self.settings.ignored_in,
                named=self._named,
                jobs=self.jobs,
                limits=self.limits,
                cache=cache,
            )
            found = list(showing_progress(checked, lambda result: bool(result.diagnostics)))
        return [_with_severities(result, self.settings) for result in found]

    def fixed(self, unsafe: bool) -> list[Fixed]:
        """Check everything and fix copies of it; nothing is written."""
        from accumlint.workers import Fixed, fix, fix_one

        name = self.stdin_filename
        if self.reads_stdin and self._leaves_out_stdin:
            return [Fixed(FileResult(name))]
        if self.reads_stdin:
            found = [fix_one(self.stdin, name, self.rules_in(name), self.engine, self.limits, unsafe=unsafe)]
        else:
            checked = fix(
                self._paths(),
                self.rules,
                self.engine,
                unsafe=unsafe,
                ignored=self.settings.ignored_in,
                named=self._named,
                jobs=self.jobs,
                limits=self.limits,
            )
            found = list(showing_progress(checked, lambda fixed: bool(fixed.found)))
        return [each._replace(result=_with_severities(each.result, self.settings)) for each in found]

    @property
    def engine(self) -> EngineOptions:
        """What the engine is asked for."""
        settings = self.settings
        return EngineOptions(
            accumulation_names=settings.accumulation_names, meters=settings.meters, unused_ignores=self.unused_ignores
        )

    def _open_cache(self) -> Cache | None:
        if not self.cache:
            return None
        from accumlint.cache import FOLDER, Cache

        ignored = repr(self.settings.per_file_ignores)
        return Cache.open(self.cache_folder or self.settings.root / FOLDER, self.rules, self.engine, ignored)

    def _paths(self) -> Iterator[Path | Problem]:
        """The files, and a word if there is none."""
        empty = True
        for path in self.files():
            empty = False
            yield path
        if empty:
            say("no Python files found")


def _settings(paths: Sequence[str], options: dict[str, Any]) -> Settings:
    from accumlint.config import ConfigError, Settings, load, override

    try:
        if options.get("isolated"):
            return override(Settings(), overrides(options))
        return load(_common_folder(paths), overrides(options), options.get("config"))
    except ConfigError as error:
        raise failure(str(error)) from error


def _common_folder(paths: Sequence[str]) -> Path:
    """The deepest folder that holds all the paths: where the search for a configuration begins."""
    absolute = [os.path.abspath(path) for path in paths]  # noqa: PTH100  # Path.resolve would follow links
    try:
        common = Path(os.path.commonpath(absolute))
    except ValueError:  # on several drives
        return Path.cwd()
    return common if common.is_dir() else common.parent


# What settings make of a result ----------------------------------------------------------------------------


def _with_severities(result: FileResult, settings: Settings) -> FileResult:
    if not result.diagnostics or not settings.severity:
        return result
    return result._replace(diagnostics=tuple(_with_severity(d, settings) for d in result.diagnostics))


def _with_severity(diagnostic: Diagnostic, settings: Settings) -> Diagnostic:
    from accumlint.registry import reach

    reaches = [(reach(diagnostic.code, selector), level) for selector, level in settings.severity]
    longest, level = max(reaches, key=lambda pair: pair[0])
    return diagnostic if longest < 0 else replace(diagnostic, severity=level)


def with_unused_ignores(result: FileResult, ran: Iterable[Rule]) -> FileResult:
    """The result with a finding for each comment, or code in one, that silences nothing.

    What names a rule that did not run is not reported; a name that no rule has is.
    """
    from accumlint.registry import discover

    if result.source is None:
        return result
    codes = {rule.code for rule in ran}
    silent = [rule for rule in discover() if rule.code not in codes]
    unused = [
        _unused(ignore, result.source)
        for ignore in result.unused_ignores
        if not (ignore.understood and any(map(ignore.names, silent)))
    ]
    found = sorted((*result.diagnostics, *unused), key=lambda diagnostic: diagnostic.sort_key)
    return result._replace(diagnostics=tuple(found))


def _unused(ignore: UnusedIgnore, source: Source) -> Diagnostic:
    from accumlint.diagnostic import Diagnostic, Severity

    comment = source.text[ignore.span.start : ignore.span.end]
    return Diagnostic(
        code=UNUSED_IGNORE,
        name="unused-ignore",
        severity=Severity.WARNING,
        message=f"`{ignore.code or comment}` silences nothing here{'' if ignore.understood else ': not understood'}",
        span=ignore.span,
        help="remove it" if ignore.understood else "write `# accumlint: ignore[CODE] reason`",
    )


# What the outcome is ---------------------------------------------------------------------------------------


def report_problems(results: Iterable[FileResult]) -> bool:
    """Say on stderr what could not be done; whether there was anything."""
    problems = [problem for result in results for problem in result.problems]
    for problem in problems:
        say(described(problem))
    return bool(problems)


def described(problem: Problem) -> str:
    """A problem with its place, on one line."""
    row = "" if problem.row is None else f":{problem.row}:{problem.column or 1}"
    cell = "" if problem.cell is None else f":cell {problem.cell}"
    return f"{problem.path}{cell}{row}: {problem.reason}"


def exit_code(results: Sequence[FileResult], settings: Settings, failed: bool, exit_zero: bool) -> int:
    """2 if something could not be done, 1 if a finding is as severe as settings ask for, else 0."""
    if failed:
        return 2
    if exit_zero or settings.fail_on == "never":
        return 0
    severities = {diagnostic.severity.value for result in results for diagnostic in result.diagnostics}
    return int("error" in severities or (settings.fail_on == "warning" and bool(severities)))
