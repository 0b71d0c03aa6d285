"""Ctrl-C and termination end a run, also where Python would drop them.

A signal's handler raises in whatever code is being run. Where that is a finalizer or the callback of a weak
reference, nobody can catch what it raises: Python prints it with a traceback and goes on, and ``fix`` would
go on writing files that it was told to leave. So what was dropped is kept here, and raised again by the next
step that can be stopped.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_dropped: list[BaseException] = []


def keep_what_is_dropped() -> None:
    """For the process of a command: the hook is one for the whole interpreter."""
    sys.unraisablehook = _keep


def _keep(unraisable: UnraisableHookArgs, /) -> None:
    if isinstance(unraisable.exc_value, KeyboardInterrupt | SystemExit):
        _dropped.append(unraisable.exc_value)
    else:
        sys.__unraisablehook__(unraisable)


def stop_if_asked() -> None:
    """Raise the interruption that was dropped, if one was."""
    if _dropped:
        raise _dropped.pop()
