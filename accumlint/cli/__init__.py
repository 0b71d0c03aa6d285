"""The command line: the only place that prints and exits.

Everything heavy is imported where it is used, so that ``accumlint --version`` costs what click costs.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from accumlint import __version__
from accumlint.interruption import keep_what_is_dropped, stop_if_asked

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130

_EPILOG = """\b
Exit codes: 0 nothing found, 1 findings, 2 something could not be done.
\b
Shell completion, in the shell's start-up file:
  bash: eval "$(_ACCUMLINT_COMPLETE=bash_source accumlint)"
  zsh:  eval "$(_ACCUMLINT_COMPLETE=zsh_source accumlint)"
  fish: _ACCUMLINT_COMPLETE=fish_source accumlint | source
"""


_COMMANDS = {
    "baseline": ("baseline", "Write down what is known, to report only what is new."),
    "explain": ("show", "Explain a rule."),
    "fix": ("fix", "Repair the numbers that training loops report."),
    "rules": ("show", "List every rule."),
    "scan": ("scan", "Check training loops."),
    "trace": ("trace", "Show what the analysis believes of each loop."),
}
"""Each command's module and what ``--help`` says of it."""


class _Commands(click.Group):
    """The commands, each imported when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"accumlint.cli.{module}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not ctx.resilient_parsing and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}{_suggestion(args[0])}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [name for name in _COMMANDS if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=_COMMANDS[name][1]) for name in names), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


def _suggestion(typed: str) -> str:
    import difflib

    other_words = {"check": "scan", "lint": "scan"}  # as ruff and its like have it
    near = difflib.get_close_matches(typed, [*_COMMANDS, *other_words], n=1)
    return f"; did you mean {other_words.get(near[0], near[0])!r}?" if near else "."


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """The linter that knows what number a PyTorch training loop reports.

    It infers the scale of every loss in a loop with gradient accumulation, compares what is reported with
    the mean loss, says by which factor it is off, and repairs it. The code it reads is never run.

    \b
    accumlint scan              check the files below the working directory
    accumlint fix --diff        show what would be repaired
    accumlint explain ACC001    what a finding means, why it matters, what to do
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from accumlint.cli.streams import open_closed_streams

        open_closed_streams()
    keep_what_is_dropped()
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run(args))


def _terminated(*_: object) -> None:
    """An exit like any other, so that no half-written temporary file stays behind."""
    sys.exit(128 + signal.SIGTERM)


def run(args: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; no exception leaves here."""
    try:
        outcome = cli.main(args, prog_name="accumlint", standalone_mode=False)
        stop_if_asked()
        return outcome if isinstance(outcome, int) else CLEAN
    except click.ClickException as error:
        from accumlint.cli.streams import show_error

        show_error(error)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except SystemExit as stop:
        if stop.code != 1:
            raise
        # Nothing here exits with 1, but click does where nobody reads its help to the end.
        return CLEAN
    except Exception as error:  # a bug: one clear line, and never the exit code of a finding
        if os.environ.get("ACCUMLINT_TRACEBACK"):
            raise
        from accumlint.cli.streams import say, show_error, unwritable

        if isinstance(error, OSError) and error.filename is None:  # click writes help and version by itself
            show_error(unwritable(sys.stdout, error))
            return FAILED
        say(f"internal error, please report it: {type(error).__name__}: {error}")
    return FAILED
