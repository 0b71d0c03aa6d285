"""The progress line: on terminals, after a second, and gone in the end."""

from __future__ import annotations

import io
import sys
from itertools import count

import pytest

from accumlint.cli import progress
from accumlint.engine import FileResult


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds_a_file: float) -> str:
    clock = count(0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock) * seconds_a_file)
    monkeypatch.setattr(sys, "stderr", stream)
    results = [FileResult(f"{number}.py") for number in range(4)]
    assert list(progress.showing_progress(iter(results), lambda result: bool(result.diagnostics))) == results
    return stream.getvalue()


def test_nothing_where_nobody_looks(monkeypatch):
    assert shown(monkeypatch, io.StringIO(), 10) == ""


def test_nothing_for_a_short_scan(monkeypatch):
    assert shown(monkeypatch, Terminal(), 0.1) == ""


def test_a_count_after_a_second_which_is_erased_at_the_end(monkeypatch):
    text = shown(monkeypatch, Terminal(), 0.6)
    assert "2 files checked, 0 with findings" in text
    assert "1 files checked" not in text
    assert text.endswith("\r\033[K")
