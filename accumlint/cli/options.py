"""Options that several commands share, and how they become settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

FAIL_ON = ("error", "warning", "never")
SETTINGS = (
    "select",
    "extend_select",
    "ignore",
    "exclude",
    "extend_exclude",
    "force_exclude",
    "respect_gitignore",
    "fail_on",
)
"""The options that override a field of the settings of the same name."""


def _codes(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> object:
    """What the codes, prefixes and names come to; None where the option was not given."""
    typed = [selector for value in values for selector in re.split(r"[,\s]+", value) if selector]
    if not typed:
        return None
    from accumlint.registry import UnknownSelectorError, resolve

    try:
        return tuple(resolve(selector) for selector in typed)
    except UnknownSelectorError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def _patterns(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> object:
    typed = [pattern for value in values for pattern in value.split(",") if pattern]
    if not typed:
        return None
    from accumlint.patterns import checked

    try:
        return tuple(checked(pattern) for pattern in typed)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def completed(typed: str, names: Iterable[str]) -> list[str]:
    """The names that begin as typed, in whatever case; what was typed stays, or shells would drop the name."""
    return [typed + name[len(typed) :] for name in names if name.lower().startswith(typed.lower())]


def _complete_codes(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    from accumlint.registry import discover

    before, comma, last = typed.rpartition(",")
    return [f"{before}{comma}{code}" for code in completed(last, [rule.code for rule in discover()])]


def _codes_option(name: str, help: str) -> Callable[[Command], Command]:
    return click.option(
        name, multiple=True, metavar="CODES", callback=_codes, shell_complete=_complete_codes, help=help
    )


def selection(command: Command) -> Command:
    """Which rules, which files, and where the configuration comes from."""
    options = [
        _codes_option("--select", "Run only these rules: codes, prefixes or names, comma-separated, or ALL."),
        _codes_option("--extend-select", "Run these rules, too."),
        _codes_option("--ignore", "Do not run these rules."),
        click.option(
            "--exclude", multiple=True, metavar="PATTERNS", callback=_patterns,
            help="Skip these files and folders instead of the default ones (.gitignore's syntax).",
        ),
        click.option(
            "--extend-exclude", multiple=True, metavar="PATTERNS", callback=_patterns,
            help="Skip these files and folders, too.",
        ),
        click.option(
            "--force-exclude", is_flag=True, default=None,
            help="Skip excluded files even when they are named on the command line.",
        ),
        click.option(
            "--respect-gitignore/--no-respect-gitignore", default=None,
            help="Skip what git ignores (on by default).",
        ),
    ]  # fmt: skip
    return _with(configuration(command), options)


def configuration(command: Command) -> Command:
    """Where the configuration comes from."""
    options = [
        click.option(
            "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
            help="Use this accumlint.toml or pyproject.toml instead of the nearest one.",
        ),
        click.option("--isolated", is_flag=True, help="Use no configuration file."),
    ]  # fmt: skip
    return _with(command, options)


def execution(command: Command) -> Command:
    """How the files are checked."""
    options = [
        click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Worker processes."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
        click.option(
            "--cache-dir", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
            help="Keep the cache here [default: .accumlint_cache beside the configuration].",
        ),
        click.option(
            "--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True,
            metavar="SECONDS", help="What the analysis of one file may take; one that takes longer is named.",
        ),
        click.option(
            "--memory-limit", type=click.IntRange(min=256), default=2048, show_default=True,
            metavar="MB", help="What the analysis of one file may need, where the system can limit it.",
        ),
    ]  # fmt: skip
    return _with(stdin_filename(command), options)


def stdin_filename(command: Command) -> Command:
    """``--stdin-filename``: what an editor says of the text that it pipes in."""
    option = click.option(
        "--stdin-filename",
        type=click.Path(readable=False),
        metavar="FILE",
        help="The name of what is read from standard input when the path is '-'.",
    )
    return option(command)


OUTPUT = click.Path(dir_okay=False, readable=False, allow_dash=True)
"""A file to write; the type lets shells complete it."""


def exit_codes(command: Command) -> Command:
    """When findings make the exit code 1."""
    options = [
        click.option(
            "--fail-on", type=click.Choice(FAIL_ON),
            help="The least severity that makes the exit code 1 [default: warning].",
        ),
        click.option("--exit-zero", is_flag=True, help="Exit 0 even when there are findings."),
    ]  # fmt: skip
    return _with(command, options)


def color(command: Command) -> Command:
    """``--color``, with NO_COLOR and FORCE_COLOR behind it."""
    option = click.option(
        "--color/--no-color", default=None, help="Colours; by default on terminals. NO_COLOR, FORCE_COLOR."
    )
    return option(command)


def paths(command: Command) -> Command:
    """The files and folders to check."""
    return click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATHS]...")(command)


def overrides(options: dict[str, Any]) -> dict[str, Any]:
    """What of a command's options overrides settings."""
    return {name: options.get(name) for name in SETTINGS}


def _with(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
