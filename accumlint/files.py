"""Finding, reading and writing files: the only module, beside the cache, that touches the disk.

Nothing here raises on a bad file: what cannot be done becomes a :class:`~accumlint.engine.Problem`, which
names the file and says why, and the run goes on.

Links: a path that is named is followed. A link met while walking a folder is not: what it leads to inside the
folder is found by itself, and what lies outside was not asked for, so that ``fix`` never rewrites it.
"""

# Names are strings here, since Path.resolve() would follow links:
# ruff: noqa: PTH100, PTH105, PTH108, PTH110, PTH112, PTH118, PTH120

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from accumlint.engine import Problem

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".pyi", ".ipynb")

MAX_FILE_BYTES = 100_000_000
"""Larger files are named and not read; a notebook of this size is all outputs."""


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


def discover(paths: Iterable[str | Path], selection: Selection) -> Iterator[Path | Problem]:
    """The files under these paths, each once, in the order of the paths and then of the names."""
    seen: set[str] = set()
    for path in paths:
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
    if selection.force_exclude and _Exclusion.of(selection).covers_argument(path, folder):
        return
    if folder:
        yield from _walk(path, selection)
    elif stat.S_ISREG(mode):
        yield path
    else:
        yield Problem(str(path), f"not a regular file but {_kind(mode)}")


def _walk(top: Path, selection: Selection) -> Iterator[Path | Problem]:
    """Walk without recursing, so that the depth of a tree has no limit."""
    exclusion = _Exclusion.of(selection)
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
            yield Problem(str(folder), _reason(error))
            continue
        if selection.respect_gitignore and any(entry.name == ".gitignore" for entry in listed):
            ignores = (*ignores, *_Gitignore.read(folder))
        found = [_entry(folder, entry, exclusion, ignores) for entry in listed]
        pending += [what for what in reversed(found) if what is not None]


def _entry(
    folder: Path, entry: os.DirEntry[str], exclusion: _Exclusion, ignores: tuple[_Gitignore, ...]
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
            return Problem(str(path), f"not a regular file but {_kind(path.lstat().st_mode)}")
    except OSError as error:
        return Problem(str(path), _reason(error))
    return path


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


# Exclusions ------------------------------------------------------------------------------------------------


class _Exclusion(NamedTuple):
    """The patterns of a selection; plain names, which most are, need no pattern matching."""

    root: str
    names: frozenset[str]
    patterns: GitIgnoreSpec | None

    @classmethod
    def of(cls, selection: Selection) -> _Exclusion:
        names = frozenset(pattern for pattern in selection.excludes if not set(pattern) & set("*?[]!#/\\ "))
        patterns = [pattern for pattern in selection.excludes if pattern not in names]
        return cls(os.path.abspath(selection.root), names, _spec(patterns) if patterns else None)

    def covers(self, path: Path, is_folder: bool) -> bool:
        if path.name in self.names:
            return True
        if self.patterns is None:
            return False
        return self.patterns.match_file(_relative(os.path.abspath(path), self.root, is_folder))

    def covers_argument(self, path: Path, is_folder: bool) -> bool:
        """Whether a named path, or a folder above it and below the root, is excluded."""
        absolute = Path(os.path.abspath(path))
        above = [parent for parent in absolute.parents if parent.is_relative_to(self.root)]
        return self.covers(absolute, is_folder) or any(
            self.covers(parent, True) for parent in above if str(parent) != self.root
        )


class _Gitignore(NamedTuple):
    """One .gitignore: the folder that it speaks for, and its patterns."""

    folder: str
    spec: GitIgnoreSpec

    @classmethod
    def read(cls, folder: Path) -> Iterator[_Gitignore]:
        """The .gitignore of a folder; none where there is none, or none that can be read."""
        content = read(folder / ".gitignore")
        if isinstance(content, Content):
            with contextlib.suppress(ValueError):  # git, too, passes over patterns that mean nothing
                yield cls(os.path.abspath(folder), _spec(os.fsdecode(content.data).splitlines()))


def _is_ignored(path: Path, is_folder: bool, ignores: tuple[_Gitignore, ...]) -> bool:
    """The deepest .gitignore that mentions a path decides."""
    if not ignores:
        return False
    absolute = os.path.abspath(path)
    for ignore in reversed(ignores):
        verdict = ignore.spec.check_file(_relative(absolute, ignore.folder, is_folder)).include
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


def _spec(patterns: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # late: most runs need no patterns

    return GitIgnoreSpec.from_lines(patterns)


def _relative(absolute: str, folder: str, is_folder: bool) -> str:
    relative = os.path.relpath(absolute, folder)
    return f"{relative}/" if is_folder else relative


# Reading ---------------------------------------------------------------------------------------------------


class Content(NamedTuple):
    """A file's bytes, and what tells whether it is still the file that was read."""

    data: bytes
    status: os.stat_result | None = None
    """None where it is not a file's: standard input, for example."""


def read(path: Path) -> Content | Problem:
    """A regular file's bytes. Never waits: opening a FIFO without a writer would block for ever."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return Problem(str(path), f"not a regular file but {_kind(status.st_mode)}")
            if status.st_size > MAX_FILE_BYTES:
                return Problem(str(path), f"too large: {status.st_size:,} bytes")
            with open(descriptor, "rb", buffering=0, closefd=False) as file:
                return Content(file.read(MAX_FILE_BYTES + 1), status)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        return Problem(str(path), _reason(error))


# Writing ---------------------------------------------------------------------------------------------------


def write_atomically(path: Path, before: Content, data: bytes) -> Problem | None:
    """Replace what a file holds, all of it or nothing; None when that was done.

    The file must be the one that was read: any change since then is somebody's work, and is kept. Mode,
    owner, links to the file and the file behind a link stay as they are.
    """
    target = os.path.realpath(path)
    if before.status is None:
        raise ValueError("only a file that was read can be rewritten")
    try:
        problem = _reason_not_to_write(target, before.status)
        if problem is None:
            _write(target, before, before.status, data)
    except _ChangedError:
        problem = "changed since it was read; not written"
    except OSError as error:
        problem = f"{_NOT_WRITTEN}{_reason(error)}"
    return None if problem is None else Problem(str(path), problem)


def write_output(path: Path, data: bytes) -> str | None:
    """Make a file hold these bytes, all of them or what it held before; None, or why that was not done.

    A device or a pipe is written to.
    """
    try:
        if path.exists() and not path.is_file():
            _write_into(path, data)
            return None
        before = read(path)
        if isinstance(before, Content):
            problem = write_atomically(path, before, data)
            return None if problem is None else problem.reason.removeprefix(_NOT_WRITTEN)
        if path.exists():
            return before.reason
        _create(os.path.realpath(path), data)
    except (OSError, ValueError) as error:
        return _reason(error)
    return None


_NOT_WRITTEN = "not written: "


class _ChangedError(Exception):
    """The file is not the one that was read any more."""


def _reason_not_to_write(target: str, status: os.stat_result) -> str | None:
    # Replacing a file needs no permission to write to it, so it has to be asked for.
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        return f"{_NOT_WRITTEN}it is read-only"
    return None


def _write(target: str, before: Content, status: os.stat_result, data: bytes) -> None:
    _check_unchanged(target, before)
    if status.st_nlink > 1:
        _write_in_place(target, before, data)  # replacing the file would part it from its other names
        return
    try:
        temporary, descriptor = _open_beside(target)
    except PermissionError:  # the folder takes no new file
        _write_in_place(target, before, data)
        return
    with _removed_on_failure(temporary):
        try:
            _write_all(descriptor, data)
            like_before = _copy_owner_and_mode(descriptor, status) and _copy_attributes(target, descriptor)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if like_before:
            _check_unchanged(target, before)
            os.replace(temporary, target)
            _sync_folder(os.path.dirname(target))
            return
        os.unlink(temporary)
    _write_in_place(target, before, data)


def _create(target: str, data: bytes) -> None:
    temporary, descriptor = _open_beside(target, mode=0o666)
    with _removed_on_failure(temporary):
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, target)
        _sync_folder(os.path.dirname(target))


def _write_into(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    try:
        _write_all(descriptor, data)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _removed_on_failure(temporary: str) -> Iterator[None]:
    try:
        yield
    except BaseException:  # an interrupt, too, must not leave the temporary file behind
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _check_unchanged(target: str, before: Content) -> None:
    now = read(Path(target))
    if isinstance(now, Problem) or now.data != before.data:
        raise _ChangedError
    if now.status is None or before.status is None or not os.path.samestat(now.status, before.status):
        raise _ChangedError


def _open_beside(target: str, mode: int = 0o600) -> tuple[str, int]:
    """A new file in the target's folder: only within one file system can it take the target's place."""
    folder, name = os.path.split(os.fsencode(target))
    temporary = os.fsdecode(os.path.join(folder, b".%s.%s.tmp" % (name[:200], os.urandom(6).hex().encode())))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return temporary, os.open(temporary, flags, mode)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _copy_owner_and_mode(descriptor: int, status: os.stat_result) -> bool:
    if not hasattr(os, "fchmod"):  # Windows: both are the folder's
        return True
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(descriptor, status.st_uid, status.st_gid)
        except PermissionError:
            return False
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    return True


def _copy_attributes(target: str, descriptor: int) -> bool:
    """Copy extended attributes, access control lists among them."""
    if not hasattr(os, "listxattr"):
        return True
    try:
        for name in os.listxattr(target):
            os.setxattr(descriptor, name, os.getxattr(target, name))
    except OSError as error:
        return error.errno == errno.ENOTSUP
    return True


def _write_in_place(target: str, before: Content, data: bytes) -> None:
    """Write into the file itself, in one call and only once the space for it is there."""
    descriptor = os.open(target, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, max(len(data), 1))
        try:
            _overwrite(descriptor, data)
        except BaseException:
            _overwrite(descriptor, before.data)
            raise
    finally:
        os.close(descriptor)


def _overwrite(descriptor: int, data: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    _write_all(descriptor, data)
    os.ftruncate(descriptor, len(data))
    os.fsync(descriptor)


def _sync_folder(folder: str) -> None:
    """Make the new name last through a power cut, where the system lets a folder be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# Words -----------------------------------------------------------------------------------------------------


def _why_not_found(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return "a link that leads nowhere"
    return _reason(error)


def _reason(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "no such file or folder"
        case PermissionError():
            return "permission denied"
        case OSError(errno=errno.ELOOP):
            return "a link that leads back to itself"
        case OSError(errno=errno.ENXIO):
            return "not a regular file but a socket"
        case OSError(strerror=str(reason)):
            return reason[:1].lower() + reason[1:]
    return str(error)


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISCHR, "a device"),
    )
    return next((kind for test, kind in kinds if test(mode)), "something else")
