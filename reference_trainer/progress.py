"""A progress bar on stderr, where stderr is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")
WIDTH = 30


class ProgressBar:
    """Wraps an iterable, as tqdm does.

    It counts optimizer steps and does not show the loss: to know that, it would wait for the device.
    """

    def __init__(self, total: int, done: int = 0, stream: TextIO = sys.stderr) -> None:
        self.total, self.done, self.stream = total, done, stream
        self.visible = stream.isatty()

    def __call__(self, items: Iterable[T]) -> Iterator[T]:
        try:
            for item in items:
                yield item
                self.done += 1
                self.draw()
        finally:
            self.clear()

    def draw(self) -> None:
        if self.visible:
            filled = WIDTH * self.done // self.total
            self.stream.write(f"\r{'━' * filled}{'╌' * (WIDTH - filled)} {self.done}/{self.total} steps")
            self.stream.flush()

    def clear(self) -> None:
        """Make room for a line of output."""
        if self.visible:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
