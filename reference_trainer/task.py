"""What a trainer is given: a model, data, and a loss that says how many terms it sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.utils.data import Dataset

Batch = tuple[Tensor, Tensor]
"""Inputs and targets of one sample, or of one micro-batch with the samples along the first dimension."""


class Samples(Dataset[Batch]):
    """Samples that lie in memory."""

    def __init__(self, samples: Sequence[Batch]) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Batch:
        return self.samples[index]


@dataclass(frozen=True)
class Task:
    """A model and what it learns.

    ``criterion`` *sums* the loss and ``count`` says over how many samples or tokens (``unit``): a mean taken
    inside a micro-batch cannot be weighted rightly any more.
    """

    unit: str
    model: Callable[[], nn.Module]
    criterion: Callable[[Tensor, Tensor], Tensor]
    count: Callable[[Tensor], int]
    collate: Callable[[list[Batch]], Batch]
    train: Samples
    valid: Samples

    def micro_batch(self, samples: list[Batch]) -> Batch:
        """Collate samples; no samples make an empty micro-batch, whose loss and gradients are zero."""
        x, y = self.collate(samples or [self.train[0]])
        return (x, y) if samples else (x[:0], y[:0])
