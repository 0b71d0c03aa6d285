"""A small MLP learns Friedman's first function: the loss is a mean over samples."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from reference_trainer.task import Batch, Samples, Task

FEATURES = 10


class MLP(nn.Module):
    """(samples, features) -> (samples,)"""

    def __init__(self, width: int = 64, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
            nn.GELU(),
            nn.Linear(width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y.squeeze(-1)


def friedman(samples: int, seed: int) -> tuple[Tensor, Tensor]:
    """Friedman's function number 1 with noise of 0.2, all columns at about zero mean and unit variance.

    Five of the ten features matter. Source: J. H. Friedman, Multivariate adaptive regression splines,
    The Annals of Statistics 19 (1991), section 4.3.
    """
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(samples, FEATURES, generator=draw, dtype=torch.float64)
    y = 10 * torch.sin(math.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    noise = torch.randn(samples, generator=draw, dtype=torch.float64)
    return (x - 0.5) * math.sqrt(12), (y - 14.4) / 4.9 + 0.2 * noise


def collate(samples: list[Batch]) -> Batch:
    """Stack samples."""
    x, y = zip(*samples, strict=True)
    return torch.stack(x), torch.stack(y)


def task(dtype: torch.dtype = torch.float32, width: int = 64, dropout: float = 0.0) -> Task:
    """1024 samples to train on, 512 to validate on."""
    x, y = (column.to(dtype) for column in friedman(1536, seed=1991))
    samples = list(zip(x, y, strict=True))
    return Task(
        unit="sample",
        model=lambda: MLP(width, dropout).to(dtype),
        criterion=nn.MSELoss(reduction="sum"),
        count=Tensor.numel,
        collate=collate,
        train=Samples(samples[:1024]),
        valid=Samples(samples[1024:]),
    )
