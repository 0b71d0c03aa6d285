"""Reading and writing files: the only module, beside the cache, that opens them.

Nothing here raises on a bad file: what cannot be done becomes a :class:`~accumlint.engine.Problem`, which
names the file and says why, and the run goes on.
"""

# Names are strings here, since Path.resolve() would follow links:
# ruff: noqa: PTH105, PTH108, PTH118, PTH120

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from accumlint.engine import Problem
from accumlint.interruption import stop_if_asked

MAX_FILE_BYTES = 100_000_000
"""Larger files are named and not read; a notebook of this size is all outputs."""
_PIECE = 2**20


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
                return Problem(str(path), f"not a regular file but {kind_of(status.st_mode)}")
            if status.st_size > MAX_FILE_BYTES:
                return Problem(str(path), f"too large: {status.st_size:,} bytes")
            data = os.read(descriptor, status.st_size + 1)
            while len(data) > status.st_size and len(data) <= MAX_FILE_BYTES:  # it grows, or no size is known of it
                more = os.read(descriptor, _PIECE)
                if not more:
                    break
                data += more
            return Content(data, status)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        return Problem(str(path), reason_of(error))


def is_gone(path: Path) -> bool:
    """Whether there is no such file; not known, and so False, where a folder may not be looked into."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


# Writing ---------------------------------------------------------------------------------------------------


def write_atomically(path: Path, before: Content, data: bytes) -> Problem | None:
    """Replace what a file holds, all of it or nothing; None when that was done.

    The file must be the one that was read: any change since then is somebody's work, and is kept. Mode,
    owner, links to the file and the file behind a link stay as they are.
    """
    target = os.path.realpath(path)
    if before.status is None:
        raise ValueError("only a file that was read can be rewritten")
    stop_if_asked()
    try:
        problem = _reason_not_to_write(target, before.status)
        if problem is None:
            _write(target, before, before.status, data)
    except _ChangedError:
        problem = "changed since it was read; not written"
    except OSError as error:
        problem = f"{_NOT_WRITTEN}{reason_of(error)}"
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
        return reason_of(error)
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
    with _name_beside(target) as temporary:
        try:
            descriptor = os.open(temporary, _NEW_FILE, 0o600)
        except PermissionError:  # the folder takes no new file
            _write_in_place(target, before, data)
            return
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
    with _name_beside(target) as temporary:
        descriptor = os.open(temporary, _NEW_FILE, 0o666)
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


_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def _name_beside(target: str) -> Iterator[str]:
    """A name in the target's folder: only within one file system can its file take the target's place.

    The file is made within, for an interrupt may come as soon as it is there, and must not leave it behind.
    """
    folder, name = os.path.split(os.fsencode(target))
    temporary = os.fsdecode(os.path.join(folder, b".%s.%s.tmp" % (name[:200], os.urandom(6).hex().encode())))
    try:
        yield temporary
    except BaseException:
        with contextlib.suppress(OSError):  # most of all because it was not made
            os.unlink(temporary)
        raise


def _check_unchanged(target: str, before: Content) -> None:
    now = read(Path(target))
    if isinstance(now, Problem) or now.data != before.data:
        raise _ChangedError
    if now.status is None or before.status is None or not os.path.samestat(now.status, before.status):
        raise _ChangedError


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


def reason_of(error: OSError | ValueError) -> str:
    """Why something could not be done with a file, in words that follow its name."""
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


def kind_of(mode: int) -> str:
    """What a file is that is not a regular one."""
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISCHR, "a device"),
    )
    return next((kind for test, kind in kinds if test(mode)), "something else")
