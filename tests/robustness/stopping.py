"""The command, which stops itself at a moment of its work, so that a signal can come at that very moment.

    python -m tests.robustness.stopping accumlint.files:_write_all 3 before fix --no-cache

It runs ``accumlint fix --no-cache`` and stops, as Ctrl-Z stops a process, before the third file is written.
``after`` stops when the function has returned, and ``dropped`` before it in an object's finalizer, from
which no exception gets out.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from accumlint import cli, pool


class _Freed:
    def __del__(self) -> None:
        _stop()


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _stopping(function: Callable[..., Any], count: int, when: str) -> Callable[..., Any]:
    calls = 0

    def stopping(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count and when == "before":
            _stop()
        if calls == count and when == "dropped":
            _Freed()
        result = function(*args, **kwargs)
        if calls == count and when == "after":
            _stop()
        return result

    return stopping


def main(moment: str, count: str, when: str, *arguments: str) -> None:
    module, _, name = moment.partition(":")
    *owners, attribute = name.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    setattr(owner, attribute, _stopping(getattr(owner, attribute), int(count), when))
    pool.BYTES_PER_WORKER = 1  # two small files are enough for two workers
    cli.main(arguments)


if __name__ == "__main__":
    main(*sys.argv[1:])
