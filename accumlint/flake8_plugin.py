"""accumlint inside flake8: the same engine, findings as ``ACC001 message``.

flake8 reads the files, handles ``# noqa`` and selects codes; the configuration of accumlint says which
rules run. Fixes stay with ``accumlint fix``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from accumlint import __version__
from accumlint.config import Settings, load
from accumlint.engine import EngineOptions, Problem, check_bytes
from accumlint.files import read
from accumlint.registry import select, without
from accumlint.rule import Rule

Found = tuple[int, int, str, type["Plugin"]]


class Plugin:
    """What flake8 makes for each file."""

    name = "accumlint"
    version = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        self._filename = filename
        self._lines = lines

    def run(self) -> Iterator[Found]:
        """The findings as flake8 wants them: rows from 1, columns from 0.

        What cannot be analysed is left to ``accumlint scan``, which says why; flake8 has no word for it.
        """
        settings = _settings(Path(self._filename).absolute().parent)
        rules = without(_rules(settings), settings.ignored_in(self._filename))
        result = check_bytes(self._data(), self._filename, rules, EngineOptions(offer_fixes=False))
        if result.source is None:
            return
        for diagnostic in result.diagnostics:
            at = result.source.location(diagnostic.span.start)
            yield at.row, at.column - 1, f"{diagnostic.code} {diagnostic.message}", type(self)

    def _data(self) -> bytes:
        """The file's own bytes, since its text may name an encoding; of standard input, flake8's text."""
        content = read(Path(self._filename))
        return "".join(self._lines).encode() if isinstance(content, Problem) else content.data


@cache
def _settings(folder: Path) -> Settings:
    return load(folder)


@cache
def _rules(settings: Settings) -> tuple[Rule, ...]:
    return select(settings.select, settings.ignore, settings.extend_select)
