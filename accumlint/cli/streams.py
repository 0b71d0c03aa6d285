"""Writing to the standard streams and to output files, whatever they are connected to."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TextIO

import click

from accumlint.reporters.cells import printable


def open_closed_streams() -> None:
    """Connect the standard streams that the caller closed (``accumlint scan >&-``) to the null device.

    Python has None for such a stream, and the next file that is opened would get its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def say(message: str) -> None:
    """A line on stderr; everything in it that is not a visible character is spelled out."""
    with contextlib.suppress(click.ClickException):  # where stderr takes nothing there is no one to tell
        _write(sys.stderr, f"accumlint: {printable(message)}\n")


def show_error(error: click.ClickException) -> None:
    """What is wrong with the command line, in click's words, with nothing invisible in them."""
    import io

    text = io.StringIO()
    error.show(text)
    lines = (f"{printable(line)}\n" for line in text.getvalue().removesuffix("\n").split("\n"))
    with contextlib.suppress(click.ClickException):
        _write(sys.stderr, "".join(lines))


def failure(message: str) -> click.ClickException:
    """An error that ends the command; its text is one line, whatever names and values are quoted in it."""
    return click.ClickException(printable(message))


def emit(text: str, stream: TextIO | None = None) -> None:
    """Write to stdout, or another stream, for people: in the terminal's encoding."""
    _write(stream or sys.stdout, text)


def emit_json(value: object) -> None:
    """Write a value to stdout as JSON in UTF-8."""
    import json

    emit_bytes(encoded(json.dumps(value, indent=2, ensure_ascii=False) + "\n"))


def emit_bytes(data: bytes) -> None:
    """Write bytes to stdout unchanged."""
    _write_bytes(sys.stdout, data)


def encoded(text: str) -> bytes:
    r"""UTF-8; what of a file name cannot be decoded becomes ``\udcff``: right in JSON, visible elsewhere."""
    return text.encode("utf-8", "backslashreplace")


def wants_color(flag: bool | None, stream: TextIO) -> bool:
    """The flag; then NO_COLOR, which wins over FORCE_COLOR; then whether people read the stream."""
    if flag is not None:
        return flag
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns(stream: TextIO, default: int = 140) -> int:
    """The width to lay out for: the terminal's, or a fixed one, so that files do not depend on a window."""
    if not stream.isatty():
        return default
    return max(os.get_terminal_size(stream.fileno()).columns, 40)


def _write(stream: TextIO, text: str) -> None:
    _write_bytes(stream, text.encode(stream.encoding or "utf-8", "backslashreplace"))


def _write_bytes(stream: TextIO, data: bytes) -> None:
    """Write all of it. Raises ClickException where that fails, unless whoever read has seen enough."""
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        _connect_to_nothing(stream)
    except OSError as error:
        raise unwritable(stream, error) from error


def unwritable(stream: TextIO, error: OSError) -> click.ClickException:
    """The error of a stream that takes nothing more; from now on it takes everything, and drops it."""
    _connect_to_nothing(stream)
    name = "standard error" if stream is sys.stderr else "standard output"
    return failure(f"cannot write to {name}: {error.strerror}")


def _connect_to_nothing(stream: TextIO) -> None:
    """Neither later output nor the interpreter's own last flush is to fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def write_file(path: str, data: bytes) -> None:
    """Write an output file, all of it or nothing; a failure is an error of the command line."""
    from accumlint.files import write_output

    if path == "-":
        emit_bytes(data)
        return
    reason = write_output(Path(path), data)
    if reason is not None:
        raise failure(f"cannot write {path}: {reason}")
