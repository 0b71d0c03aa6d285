"""The processes that train together: one, or as many as torchrun started."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """This process among ``size``, and the device it computes on."""

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def sum(self, value: Tensor | float) -> Tensor:
        """The sum of a scalar over all processes, on the device, in float64, without waiting for it."""
        if isinstance(value, Tensor):
            total = value.detach().to(torch.float64, copy=True)
        else:
            # A kernel fills in the number; torch.tensor(value, device="cuda") would copy, and wait.
            total = torch.full((), value, dtype=torch.float64, device=self.device)
        if self.size > 1:
            dist.all_reduce(total)
        return total

    def gather(self, value: T) -> list[T]:
        """What each process holds, by rank."""
        if self.size == 1:
            return [value]
        values: list[T] = [value] * self.size
        dist.all_gather_object(values, value)
        return values


@contextmanager
def launched(device: str | None = None) -> Iterator[World]:
    """The world that torchrun describes in the environment; without torchrun, this process alone.

    ``device`` is "cpu" or "cuda"; by default a GPU is used where there is one.
    """
    kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
    size = int(os.environ.get("WORLD_SIZE", "1"))
    here = torch.device(f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if kind == "cuda" else kind)
    if kind == "cuda":
        torch.cuda.set_device(here)
    if size == 1:
        yield World(device=here)
        return
    dist.init_process_group("nccl" if kind == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), size, here)
    finally:
        dist.destroy_process_group()
