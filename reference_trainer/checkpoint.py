"""Checkpoints from which training goes on bit for bit.

Everything that the next step depends on is kept: weights, optimizer, scheduler, gradient scaler, the place in
the data, the sums that the next log line will report, and of each process the random number generators.
"""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from reference_trainer.config import Record

if TYPE_CHECKING:
    from reference_trainer.trainer import Trainer

PARTS = ("model", "optimizer", "scheduler", "scaler")


def save(trainer: Trainer, path: Path) -> None:
    """Write the state of all processes to ``path``, in one stroke: a crash leaves the old file whole."""
    state: dict[str, Any] = {part: getattr(trainer, part).state_dict() for part in PARTS}
    state["config"] = asdict(trainer.config)
    state["step"] = trainer.step
    state["history"] = [asdict(record) for record in trainer.history]
    state["processes"] = trainer.world.gather(process_state(trainer))
    if trainer.world.rank == 0:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".new")
        torch.save(state, unfinished)
        unfinished.replace(path)


def load(trainer: Trainer, path: Path) -> None:
    """Put the state in ``path`` into a new trainer. Raises ValueError if it belongs to another run."""
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    for name, now in asdict(trainer.config).items():
        if (then := state["config"].get(name)) != now:
            raise ValueError(f"{path} was written with {name} = {then}, not {now}")
    if (processes := len(state["processes"])) != trainer.world.size:
        raise ValueError(f"{path} was written by {processes} processes, not {trainer.world.size}")
    for part in PARTS:
        getattr(trainer, part).load_state_dict(state[part])
    trainer.step = state["step"]
    trainer.history = [Record(**record) for record in state["history"]]
    restore_process(trainer, state["processes"][trainer.world.rank])


def process_state(trainer: Trainer) -> dict[str, Any]:
    """What each process has of its own."""
    device = trainer.world.device
    return {
        "train_loss": trainer.train_loss.cpu(),
        "train_size": trainer.train_size.cpu(),
        "python": random.getstate(),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def restore_process(trainer: Trainer, state: dict[str, Any]) -> None:
    """The other way round."""
    trainer.train_loss.copy_(state["train_loss"])
    trainer.train_size.copy_(state["train_size"])
    random.setstate(state["python"])
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"], trainer.world.device)
