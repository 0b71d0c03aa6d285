"""The installed command as users run it: the console script beside this interpreter, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

COMMAND = Path(sys.executable).with_name("accumlint.exe" if sys.platform == "win32" else "accumlint")
"""What pip wrote from the entry point; ``pip install --editable .`` makes it run this working tree."""

_OURS = ("NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING", "COLUMNS")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what would change the output, and with ``more``."""
    return {name: value for name, value in os.environ.items() if name not in _OURS} | dict(more or {})


def run(
    *args: str | bytes,
    cwd: Path,
    stdin: str | bytes = "",
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end; a hang is a failure."""
    return subprocess.run(
        [COMMAND, *args],
        cwd=cwd,
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env=environment(env),
        timeout=timeout,
        check=False,
    )


def on_terminal(
    *args: str, cwd: Path, columns: int = 80, env: Mapping[str, str] | None = None, timeout: float = 120
) -> tuple[int, str]:
    """Run the command on a terminal of this width: its exit code, and all that the terminal was sent."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    given = environment({"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})})
    process = subprocess.Popen([COMMAND, *args], cwd=cwd, env=given, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    sent = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.wait(timeout), sent.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 2**16)
    except OSError:  # how Linux says that nobody writes any more
        return b""
