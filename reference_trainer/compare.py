"""Four ways to report a mean train loss, beside the validation loss, for N = 1, 2 and 4.

Every combination of two sums and two divisors is in use. Two of them are right, and they are right together:
what is summed must be divided by what it was summed over. The other two are off by a factor of N.
"""
# mypy: disable-error-code=no-untyped-call
# (Tensor.backward is not typed.)

from __future__ import annotations

from dataclasses import dataclass

from torch import nn
from torch.nn.utils import clip_grad_norm_

from reference_trainer import regression
from reference_trainer.config import Config
from reference_trainer.trainer import Trainer

ACCUMULATION_STEPS = (1, 2, 4)


@dataclass
class Tally:
    """What one epoch of a textbook loop can be asked for afterwards."""

    raw: float = 0.0
    divided: float = 0.0
    micro_batches: int = 0
    optimizer_steps: int = 0

    def add(self, raw: float, divided: float) -> None:
        """Take in the two losses of a micro-batch."""
        self.raw += raw
        self.divided += divided
        self.micro_batches += 1


@dataclass(frozen=True)
class Accounting:
    """A quotient of two fields of a tally."""

    summed: str
    divisor: str

    def __str__(self) -> str:
        return f"{self.summed} loss ÷ {self.divisor}".replace("micro_b", "micro-b").replace("_", " ")

    def reported(self, tally: Tally) -> float:
        total: float = getattr(tally, self.summed)
        count: int = getattr(tally, self.divisor)
        return total / count


ACCOUNTINGS = (
    Accounting("raw", "micro_batches"),
    Accounting("divided", "optimizer_steps"),
    Accounting("raw", "optimizer_steps"),
    Accounting("divided", "micro_batches"),
)


@dataclass(frozen=True)
class Run:
    """The same training, cut into ``accumulation_steps``: per epoch a tally, and what the trainer reports."""

    accumulation_steps: int
    tallies: list[Tally]
    train: list[float]
    valid: list[float]

    def reported(self, accounting: Accounting) -> list[float]:
        return [accounting.reported(tally) for tally in self.tallies]


def textbook_epochs(trainer: Trainer) -> list[Tally]:
    """Train as tutorials do, with mean losses divided by N, and keep both sums and both counts of each epoch.

    Only for windows of equal size: that is all that such a loop gets right.
    """
    criterion = nn.MSELoss()
    steps = trainer.config.accumulation_steps
    tallies = []
    for window in trainer.training_windows():
        if trainer.step % trainer.steps_per_epoch == 0:
            tallies.append(Tally())
        tally = tallies[-1]
        for x, y in window:
            raw = criterion(trainer.model(x), y)
            loss = raw / steps
            loss.backward()
            tally.add(raw.item(), loss.item())
        clip_grad_norm_(trainer.model.parameters(), trainer.config.clip_norm)
        trainer.optimizer.step()
        trainer.scheduler.step()
        trainer.optimizer.zero_grad(set_to_none=True)
        tally.optimizer_steps += 1
        trainer.step += 1
    return tallies


def run(accumulation_steps: int, epochs: int) -> Run:
    """Train twice on the same data: by the textbook, and by the reference trainer, which also validates."""
    task = regression.task()
    batch_size = 16
    once_an_epoch = len(task.train) // batch_size
    config = Config(
        epochs=epochs, batch_size=batch_size, accumulation_steps=accumulation_steps, log_every=once_an_epoch
    )
    reference = Trainer(config, task)
    reference.train()
    return Run(
        accumulation_steps,
        textbook_epochs(Trainer(config, task)),
        [record.train_loss for record in reference.history],
        [record.valid_loss for record in reference.history],
    )


def table(runs: list[Run]) -> str:
    """The last epoch in numbers."""
    lines = ["Train loss of the last epoch as reported, and its ratio to the mean loss of a sample.", ""]
    lines.append(" " * 32 + "".join(f"{f'N = {r.accumulation_steps}':<17}" for r in runs).rstrip())
    for accounting in ACCOUNTINGS:
        cells = ((r.reported(accounting)[-1], r.train[-1]) for r in runs)
        row = "".join(f"{value:.4f}  × {value / mean:<7.3g}" for value, mean in cells)
        lines.append(f"{accounting!s:<32}{row}".rstrip())
    lines.append(f"{'reference trainer':<32}" + "".join(f"{r.train[-1]:<17.4f}" for r in runs).rstrip())
    lines.append(f"{'validation loss':<32}" + "".join(f"{r.valid[-1]:<17.4f}" for r in runs).rstrip())
    return "\n".join(lines)
