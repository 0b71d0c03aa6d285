"""``accumlint``, and ``python -m accumlint``."""

from __future__ import annotations

import gc

gc.set_threshold(100_000)  # starting up makes much that stays; looking through it again takes a tenth of the time

from accumlint.cli import main  # noqa: E402

__all__ = ["main"]

if __name__ == "__main__":
    main()
