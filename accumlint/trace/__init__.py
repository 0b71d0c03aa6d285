"""What the analysis believes of each training loop, as plain values: how accumlint shows its work.

:func:`trace` asks the analysis that the rules ask, and judges nothing of its own. What it returns is shown by
:mod:`accumlint.reporters.trace`, as text or as JSON, so that both always say the same.
"""

from __future__ import annotations

from accumlint.trace.loops import trace
from accumlint.trace.model import LoopTrace

__all__ = ["LoopTrace", "trace"]
