"""One shuffled order, cut into windows, processes and micro-batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import torch
from torch.utils.data import Sampler

T = TypeVar("T")


class MicroBatches(Sampler[list[int]]):
    """The micro-batches of one process, as lists of indices, window after window.

    A window is the batch of one optimizer step: the next ``batch_size`` samples of an order that depends on
    nothing but ``seed``. How a window is cut among micro-batches and processes changes who computes what,
    never what is trained. The last window may be short. ``seed=None`` keeps the order of the data; ``skip``
    leaves out that many windows, to go on where a checkpoint was written.
    """

    def __init__(
        self,
        samples: int,
        batch_size: int,
        accumulation_steps: int = 1,
        *,
        rank: int = 0,
        world_size: int = 1,
        seed: int | None = None,
        skip: int = 0,
    ) -> None:
        self.micro_batch_size, rest = divmod(batch_size, accumulation_steps * world_size)
        if rest:
            raise ValueError(
                f"a batch of {batch_size} cannot be cut into {accumulation_steps} equal micro-batches "
                f"on each of {world_size} processes"
            )
        self.rank, self.world_size = rank, world_size
        order = list(range(samples))
        if seed is not None:
            order = torch.randperm(samples, generator=torch.Generator().manual_seed(seed)).tolist()
        self.windows = [order[start : start + batch_size] for start in range(0, samples, batch_size)][skip:]

    def __iter__(self) -> Iterator[list[int]]:
        for window in self.windows:
            share = window[self.rank :: self.world_size]
            # A process without a share in a short last window gets one empty micro-batch: it has to be there
            # when gradients are summed over processes.
            for start in range(0, max(1, len(share)), self.micro_batch_size):
                yield share[start : start + self.micro_batch_size]


def windows(micro_batches: Iterable[T], accumulation_steps: int) -> Iterator[list[T]]:
    """Fetch the micro-batches of one optimizer step at a time; the last window may hold fewer."""
    iterator = iter(micro_batches)
    while window := list(islice(iterator, accumulation_steps)):
        yield window
