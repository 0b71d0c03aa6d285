"""What a run is told, and what it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch

Precision = Literal["float64", "float32", "bfloat16", "float16"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True, kw_only=True)
class Config:
    """The settings of a run; :mod:`cli` makes an option of each.

    ``batch_size`` is what one optimizer step sees: with 4 accumulation steps on 2 processes it is cut into 8.
    ``bfloat16`` and ``float16`` are autocast; ``float16`` needs CUDA.
    """

    task: str = "regression"
    epochs: int = 8
    batch_size: int = 16
    accumulation_steps: int = 4
    learning_rate: float = 3e-3
    clip_norm: float = 1.0
    dropout: float = 0.0
    precision: Precision = "float32"
    log_every: int = 32
    checkpoint_every: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulation_steps", "log_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, not {self.precision}")

    @property
    def dtype(self) -> torch.dtype:
        """What weights and data are kept in."""
        return torch.float64 if self.precision == "float64" else torch.float32


@dataclass(frozen=True)
class Record:
    """One log line. Both losses are means per sample (or token).

    The train loss is averaged over the optimizer steps since the line before, the validation loss is that of
    all validation data now.
    """

    step: int
    epoch: float
    learning_rate: float
    train_loss: float
    valid_loss: float
