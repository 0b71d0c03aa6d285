"""Writing to the standard streams and to output files, whatever they are connected to."""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

from accumlint.reporters.cells import printable


def say(message: str) -> None:
    """A line on stderr; everything in it that is not a visible character is spelled out."""
    _write(sys.stderr, f"accumlint: {printable(message)}\n")


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
    try:
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except BrokenPipeError:
        # Whoever read has seen enough. The interpreter's own last flush must not complain either.
        os.dup2(click.open_file(os.devnull, "wb").fileno(), stream.fileno())


def write_file(path: str, data: bytes) -> None:
    """Write an output file, which may be a device or a pipe; a failure is an error of the command line."""
    try:
        with click.open_file(path, "wb") as file:
            file.write(data)
    except OSError as error:
        raise click.ClickException(f"cannot write {printable(path)}: {error.strerror}") from error
