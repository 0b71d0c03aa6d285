"""Reporters: pure functions from results to text, one module a format.

Each module has ``render(results, context) -> str``. Modules are imported when their format is asked for, so
that a plain scan pays for none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from accumlint.engine import FileResult
    from accumlint.rule import Rule

UNUSED_IGNORE = "ACC000"
"""The code of a comment that silences nothing; no rule, since no analysis is needed to see it."""

_REPOSITORY = "https://github.com/accumlint/accumlint"

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")


class Context(NamedTuple):
    """What a reporter may know besides the results."""

    color: bool = False
    width: int = 140
    """Columns that a line of source may take."""
    show_fixes: bool = False
    """Show what each fix would change."""
    rules: tuple[type[Rule], ...] = ()
    """The rules that ran."""
    root: str | None = None
    """The folder that relative paths start from; None for the working directory."""


Render = Callable[[Sequence["FileResult"], Context], str]


def reporter(name: str) -> Render:
    """The reporter of a format. Raises ValueError for a name that is not in FORMATS."""
    if name not in FORMATS:
        raise ValueError(f"no such format: {name}")
    render: Render = import_module(f"accumlint.reporters.{name}").render
    return render


def counted(number: int, singular: str, plural: str = "") -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def documentation_url(code: str = "") -> str:
    """Where the documentation stands, of accumlint or of one code."""
    if not code:
        return _REPOSITORY
    page = "configuration.md#silencing-a-finding" if code == UNUSED_IGNORE else f"rules/{code}.md"
    return f"{_REPOSITORY}/blob/main/docs/{page}"
