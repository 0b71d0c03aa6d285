"""Finding files: what the given paths lead to, what is excluded, and what git ignores.

Links: a path that is named is followed. A link met while walking a folder is not: what it leads to inside the
folder is found by itself, and what lies outside was not asked for, so that ``fix`` never rewrites it.
"""

# Names are strings here, since Path.resolve() would follow links:
# ruff: noqa: PTH100, PTH110, PTH112

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from accumlint.engine import Problem
from accumlint.files import Content, kind_of, read, reason_of
from accumlint.patterns import Exclusion, relative_to, sensible

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

EMPTY_PATH = Problem('""', "an empty path names nothing")
"""What a shell makes of ``"$FILES"`` that is not set; it is not meant to be the working directory."""
SUFFIXES = (".py", ".pyi", ".ipynb")


@dataclass(frozen=True)
class Selection:
    """Which files of a folder are meant."""

    root: Path = field(default_factory=Path.cwd)
    """Where the patterns of ``excludes`` start: the folder of the configuration."""
    excludes: tuple[str, ...] = ()
    """Patterns as in a .gitignore."""
    respect_gitignore: bool = True
    force_exclude: bool = False
    """Whether the exclusions hold for paths that were named, too."""

    def leaves_out(self, named: Path, is_folder: bool = False) -> bool:
        """Whether a path is skipped although it was named."""
        return self.force_exclude and self.exclusion.covers_argument(named, is_folder)

    @cached_property
    def exclusion(self) -> Exclusion:
        return Exclusion.of(self.root, self.excludes)


def discover(paths: Iterable[str | Path], selection: Selection) -> Iterator[Path | Problem]:
    """The files under these paths, each once, in the order of the paths and then of the names."""
    paths = list(paths)
    if len(paths) == 1 and str(paths[0]):
        yield from _from_argument(Path(paths[0]), selection)
        return
    seen: set[str] = set()
    for path in paths:
        if not str(path):
            yield EMPTY_PATH
            continue
        for found in _from_argument(Path(path), selection):
            key = found.path if isinstance(found, Problem) else os.path.abspath(found)
            if key not in seen:
                seen.add(key)
                yield found


def _from_argument(path: Path, selection: Selection) -> Iterator[Path | Problem]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Problem(str(path), _why_not_found(path, error))
        return
    except ValueError:  # a NUL in the name
        yield Problem(str(path), "not a file name")
        return
    folder = stat.S_ISDIR(mode)
    if selection.leaves_out(path, folder):
        return
    if folder:
        yield from _walk(path, selection)
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield Problem(str(path), f"not a regular file but {kind_of(mode)}")


def _walk(top: Path, selection: Selection) -> Iterator[Path | Problem]:
    """Walk without recursing, so that the depth of a tree has no limit."""
    exclusion = selection.exclusion
    ignores = _gitignores_above(top) if selection.respect_gitignore else ()
    pending: list[tuple[Path, tuple[_Gitignore, ...]] | Path | Problem] = [(top, ignores)]
    while pending:
        item = pending.pop()
        if not isinstance(item, tuple):
            yield item
            continue
        folder, ignores = item
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Problem(str(folder), reason_of(error))
            continue
        if selection.respect_gitignore and any(entry.name == ".gitignore" for entry in listed):
            ignores = (*ignores, *_Gitignore.read(folder))
        found = [_entry(folder, entry, exclusion, ignores) for entry in listed]
        pending += [what for what in reversed(found) if what is not None]


def _entry(
    folder: Path, entry: os.DirEntry[str], exclusion: Exclusion, ignores: tuple[_Gitignore, ...]
) -> tuple[Path, tuple[_Gitignore, ...]] | Path | Problem | None:
    """What an entry of a folder is to the walk: a folder to enter, a file, a problem, or nothing."""
    path = folder / entry.name
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not entry.is_symlink() and not entry.name.endswith(SUFFIXES):
            return None
        if exclusion.covers(path, is_folder) or _is_ignored(path, is_folder, ignores):
            return None
        if is_folder:
            return path, ignores
        if entry.is_symlink():
            return _problem_of_link(path)
        if not entry.is_file(follow_symlinks=False):
            return Problem(str(path), f"not a regular file but {kind_of(path.lstat().st_mode)}")
    except OSError as error:
        return Problem(str(path), reason_of(error))
    return path


def _why_not_found(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return "a link that leads nowhere"
    return reason_of(error)


def _problem_of_link(path: Path) -> Problem | None:
    """Links are not followed, but one that leads nowhere, or into itself, is somebody's mistake."""
    target = os.path.realpath(path)
    here = os.path.realpath(path.parent)
    if os.path.isdir(target):
        if os.path.commonpath([target, here]) == target:
            return Problem(str(path), "a link to a folder that contains it; not followed")
        return None
    if path.name.endswith(SUFFIXES) and not os.path.exists(target):
        return Problem(str(path), "a link that leads nowhere")
    return None


# What git ignores ------------------------------------------------------------------------------------------


class _Gitignore(NamedTuple):
    """One .gitignore: the folder that it speaks for, and its patterns."""

    folder: str
    spec: GitIgnoreSpec

    @classmethod
    def read(cls, folder: Path) -> Iterator[_Gitignore]:
        """The .gitignore of a folder; none where there is none, or none that can be read."""
        content = read(folder / ".gitignore")
        if isinstance(content, Content):
            yield cls(os.path.abspath(folder), sensible(os.fsdecode(content.data).splitlines()))


def _is_ignored(path: Path, is_folder: bool, ignores: tuple[_Gitignore, ...]) -> bool:
    """The deepest .gitignore that mentions a path decides."""
    if not ignores:
        return False
    absolute = os.path.abspath(path)
    for ignore in reversed(ignores):
        verdict = ignore.spec.check_file(relative_to(absolute, ignore.folder, is_folder)).include
        if verdict is not None:
            return verdict
    return False


def _gitignores_above(top: Path) -> tuple[_Gitignore, ...]:
    """The .gitignore files between the root of the repository and a folder, that of the folder left out.

    One that ignores the folder itself has no say: the folder was named, so it is meant.
    """
    absolute = Path(os.path.abspath(top))
    if (absolute / ".git").exists():
        return ()
    for count, parent in enumerate(absolute.parents, 1):
        if (parent / ".git").exists():
            between = reversed(absolute.parents[:count])
            found = (ignore for folder in between for ignore in _Gitignore.read(folder))
            return tuple(ignore for ignore in found if not _is_ignored(absolute, True, (ignore,)))
    return ()
