"""Runs of the trainer with everything written down: losses, gradients, weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook

from reference_trainer import characters, regression
from reference_trainer.config import Config, Record
from reference_trainer.task import Samples, Task
from reference_trainer.trainer import Trainer
from reference_trainer.world import World

TASKS = {"regression": regression.task, "characters": characters.task}
WINDOW = 8
SIZES = {"no tail": 24, "tail of five": 29, "tail of one": 25}
CUTS_OF_ONE = (1, 2, 4, 8)  # accumulation steps of one process: micro-batches of 8, 4, 2 and 1
CUTS_OF_TWO = (1, 2, 4)  # of each of two processes: micro-batches of 4, 2 and 1


def small(name: str, samples: int, dropout: float = 0.0) -> Task:
    """The task on its first samples, in float64."""
    task = TASKS[name](torch.float64, width=16, dropout=dropout)
    return replace(task, train=Samples(task.train.samples[:samples]), valid=Samples(task.valid.samples[:11]))


def settings(accumulation_steps: int) -> Config:
    return Config(epochs=2, batch_size=WINDOW, accumulation_steps=accumulation_steps, precision="float64", log_every=3)


@dataclass
class Observed:
    history: list[Record]
    gradients: list[list[Tensor]]
    weights: list[Tensor]
    reductions: int = 0


def observe(trainer: Trainer) -> Observed:
    """Train to the end; keep the gradients that the optimizer was given, and count DDP's all-reduces."""
    seen = Observed(trainer.history, [], [])

    def keep_gradients(optimizer: object, args: object, kwargs: object) -> None:
        seen.gradients.append([p.grad.clone() for p in trainer.model.parameters() if p.grad is not None])

    def counted(state, bucket):  # type: ignore[no-untyped-def]  # DDP refuses annotations that are strings
        seen.reductions += 1
        return allreduce_hook(state, bucket)

    trainer.optimizer.register_step_pre_hook(keep_gradients)
    if trainer.world.size > 1:
        trainer.replica.register_comm_hook(None, counted)  # type: ignore[operator]
    trainer.train()
    seen.weights = [weight.detach().clone() for weight in trainer.model.parameters()]
    return seen


class PowerCutError(Exception):
    """Right after a checkpoint."""


def resumed(config: Config, task: Task, world: World, out: Path) -> Trainer:
    """A trainer that goes on from the first checkpoint of one that was interrupted there."""
    interrupted = Trainer(config, task, world, out=out)
    save = interrupted.save

    def save_and_stop() -> None:
        save()
        raise PowerCutError

    interrupted.save = save_and_stop  # type: ignore[method-assign]
    try:
        interrupted.train()
    except PowerCutError:
        pass
    else:
        raise AssertionError("the run ended before its first checkpoint")
    torch.manual_seed(12345)  # whatever the generators hold now must not matter
    fresh = Trainer(config, task, world)
    fresh.resume(out / "checkpoint.pt")
    return fresh


def with_dropout() -> Config:
    """Seven steps an epoch, interrupted after step 5 and 10: within an epoch, and between two log lines."""
    return replace(settings(2), epochs=3, dropout=0.2, log_every=4, checkpoint_every=5)
