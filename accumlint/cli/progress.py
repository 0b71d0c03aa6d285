"""What people see on stderr while they wait."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from accumlint.reporters import counted

_Result = TypeVar("_Result")


def showing_progress(results: Iterator[_Result], has_findings: Callable[[_Result], bool]) -> Iterator[_Result]:
    """The results; on a terminal, after a second, with a count of them on a line that is gone in the end."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":  # which cannot erase a line
        yield from results
        return
    started, shown, dirty = time.monotonic(), 0.0, 0
    try:
        for count, result in enumerate(results, 1):
            dirty += has_findings(result)
            now = time.monotonic()
            if now - started > 1 and now - shown > 0.1:
                shown = now
                _erase_line()
                sys.stderr.write(f"{counted(count, 'file')} checked, {dirty} with findings")
                sys.stderr.flush()
            yield result
    finally:
        if shown:
            _erase_line()
            sys.stderr.flush()


def _erase_line() -> None:
    sys.stderr.write("\r\033[K")
