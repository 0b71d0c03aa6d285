"""Patterns in .gitignore's syntax: which files they mean, and which patterns mean nothing."""

# Names are strings here, since Path.resolve() would follow links:
# ruff: noqa: PTH100

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SPECIAL = frozenset("*?[]!#/\\ ")


def checked(pattern: str) -> str:
    """The pattern itself. Raises ValueError where it could match no file, as ``!`` alone cannot."""
    if pattern and is_name(pattern):
        return pattern
    if not _is_sensible(pattern) or all(each.include is None for each in spec([pattern]).patterns):
        raise ValueError(f"{pattern!r} is not a pattern of files, such as 'tests/*' or '*_pb2.py'")
    return pattern


def is_name(pattern: str) -> bool:
    """Whether it is the plain name of a file or folder, as most patterns are; that needs no matching."""
    return not _SPECIAL & set(pattern)


def spec(patterns: Iterable[str]) -> GitIgnoreSpec:
    """The patterns together, the last that mentions a file decides; raises ValueError for a senseless one."""
    from pathspec import GitIgnoreSpec  # late: most runs need no patterns

    return GitIgnoreSpec.from_lines(patterns)


def sensible(patterns: Iterable[str]) -> GitIgnoreSpec:
    """As :func:`spec`, without what means nothing: git passes over such lines, too."""
    patterns = tuple(patterns)
    try:
        return spec(patterns)
    except ValueError:
        return spec(filter(_is_sensible, patterns))


def _is_sensible(pattern: str) -> bool:
    try:
        return bool(spec([pattern]).patterns)
    except ValueError:
        return False


def means(pattern: str, relative: str) -> bool:
    """Whether a pattern means a file; one that begins with ``!`` means every file but those."""
    if pattern.startswith("!"):
        return not spec([pattern[1:]]).match_file(relative)
    return spec([pattern]).match_file(relative)


def relative_to(absolute: str, folder: str, is_folder: bool) -> str:
    """A path as patterns are matched with it: folders end in a slash."""
    relative = os.path.relpath(absolute, folder)
    return f"{relative}/" if is_folder else relative


class Exclusion(NamedTuple):
    """What patterns exclude below a folder."""

    root: str
    names: frozenset[str]
    patterns: GitIgnoreSpec | None

    @classmethod
    def of(cls, root: Path, patterns: Iterable[str]) -> Exclusion:
        patterns = tuple(patterns)
        # What "!name" takes back is decided by the order of the patterns, names among them.
        ordered = any(pattern.startswith("!") for pattern in patterns)
        names = frozenset() if ordered else frozenset(filter(is_name, patterns))
        rest = [pattern for pattern in patterns if pattern not in names]
        return cls(os.path.abspath(root), names, spec(rest) if rest else None)

    def covers(self, path: Path, is_folder: bool) -> bool:
        """Whether the path itself is excluded."""
        if path.name in self.names:
            return True
        if self.patterns is None:
            return False
        return self.patterns.match_file(relative_to(os.path.abspath(path), self.root, is_folder))

    def covers_argument(self, path: Path, is_folder: bool) -> bool:
        """Whether a named path, or a folder above it and below the root, is excluded."""
        absolute = Path(os.path.abspath(path))
        above = [parent for parent in absolute.parents if parent.is_relative_to(self.root)]
        return self.covers(absolute, is_folder) or any(
            self.covers(parent, True) for parent in above if str(parent) != self.root
        )
