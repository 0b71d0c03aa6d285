"""The training loop in reference form. :meth:`Trainer.train` is the whole story; the rest is set-up."""
# mypy: disable-error-code=no-untyped-call
# (Tensor.backward is not typed.)

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader

from reference_trainer import checkpoint
from reference_trainer.batches import MicroBatches, windows
from reference_trainer.config import Config, Record
from reference_trainer.task import Batch, Samples, Task
from reference_trainer.world import World

Window = list[Batch]
AUTOCAST = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Trainer:
    """Trains ``task`` as ``config`` says, alone or as one process of a ``world``.

    ``on_log`` is called with each :class:`Record`; checkpoints are written into the folder ``out``, if any.
    """

    def __init__(
        self,
        config: Config,
        task: Task,
        world: World | None = None,
        *,
        on_log: Callable[[Record], None] = lambda record: None,
        out: Path | None = None,
    ) -> None:
        self.config, self.task, self.world = config, task, world or World()
        self.on_log, self.out = on_log, out
        device = self.world.device
        if config.precision == "float16" and device.type != "cuda":
            raise ValueError("float16 needs a CUDA device; bfloat16 runs everywhere")

        torch.manual_seed(config.seed)  # every process builds the same model ...
        self.model = task.model().to(device)
        torch.manual_seed(config.seed + self.world.rank)  # ... and draws a dropout of its own
        self.replica: nn.Module = self.model
        if self.world.size > 1:
            self.replica = DistributedDataParallel(self.model)

        self.steps_per_epoch = math.ceil(len(task.train) / config.batch_size)
        self.total_steps = config.epochs * self.steps_per_epoch
        self.optimizer = AdamW(self.model.parameters(), lr=config.learning_rate)
        self.scheduler = LambdaLR(self.optimizer, self.learning_rate_factor)
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "float16")

        self.step = 0  # optimizer steps taken
        self.history: list[Record] = []
        # Since the last log line: the loss summed by this process, and the samples or tokens of all of them.
        self.train_loss = torch.zeros((), dtype=torch.float64, device=device)
        self.train_size = torch.zeros_like(self.train_loss)

    def train(self, progress: Callable[[Iterable[Window]], Iterable[Window]] = iter) -> None:
        """Take the optimizer steps that are left. ``progress`` wraps the windows, as tqdm would."""
        self.replica.train()
        for window in progress(self.training_windows()):
            # The whole window is here before its first backward: a short last one is divided by its own size.
            window_size = self.world.sum(sum(self.task.count(y) for _, y in window))
            window_loss = torch.zeros_like(self.train_loss)

            for i, (x, y) in enumerate(map(self.to_device, window)):
                with self.gradients_synced(i == len(window) - 1):
                    with self.autocast():
                        loss = self.task.criterion(self.replica(x), y) / window_size
                    # DDP takes the mean over processes, but window_size counts all of them: undo that mean.
                    self.scaler.scale(loss * self.world.size).backward()
                window_loss += loss.detach()

            self.scaler.unscale_(self.optimizer)
            clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.scheduler.step()
            self.optimizer.zero_grad(set_to_none=True)

            self.train_loss += window_loss * window_size
            self.train_size += window_size
            self.step += 1
            if self.is_due(self.config.log_every):
                self.log()
            if self.is_due(self.config.checkpoint_every):
                self.save()

    @torch.no_grad()
    def evaluate(self) -> Tensor:
        """The mean loss of the validation data, in the unit of the train loss, left on the device."""
        self.model.eval()
        valid_loss = torch.zeros_like(self.train_loss)
        valid_size = 0
        for batch in self.loader(self.task.valid):
            x, y = self.to_device(batch)
            with self.autocast():
                valid_loss += self.task.criterion(self.model(x), y)
            valid_size += self.task.count(batch[1])
        self.model.train()
        return self.world.sum(valid_loss) / self.world.sum(valid_size)

    def log(self) -> None:
        """Report the train loss since the last line beside the validation loss now, and start anew."""
        train_loss = self.world.sum(self.train_loss) / self.train_size
        # The one place where the host waits for the device.
        train, valid = torch.stack([train_loss, self.evaluate()]).tolist()
        learning_rate = float(self.scheduler.get_last_lr()[0])
        self.history.append(Record(self.step, self.step / self.steps_per_epoch, learning_rate, train, valid))
        self.on_log(self.history[-1])
        self.train_loss.zero_()
        self.train_size.zero_()

    def save(self) -> None:
        """Write ``checkpoint.pt``, from which :meth:`resume` goes on bit for bit."""
        if self.out is not None:
            checkpoint.save(self, self.out / "checkpoint.pt")

    def resume(self, path: Path) -> None:
        """Become the trainer that wrote the checkpoint; the configuration must be the same."""
        checkpoint.load(self, path)

    def training_windows(self) -> Iterator[Window]:
        """The windows that are left, over all epochs; each epoch has an order of its own."""
        while self.step < self.total_steps:
            epoch, done = divmod(self.step, self.steps_per_epoch)
            order = self.config.seed + epoch
            loader = self.loader(self.task.train, self.config.accumulation_steps, seed=order, skip=done)
            yield from windows(loader, self.config.accumulation_steps)

    def loader(
        self, data: Samples, accumulation_steps: int = 1, seed: int | None = None, skip: int = 0
    ) -> DataLoader[Batch]:
        """This process's micro-batches of ``data``."""
        return DataLoader(
            data,
            batch_sampler=MicroBatches(
                len(data),
                self.config.batch_size,
                accumulation_steps,
                rank=self.world.rank,
                world_size=self.world.size,
                seed=seed,
                skip=skip,
            ),
            collate_fn=self.task.micro_batch,
            pin_memory=self.world.device.type == "cuda",
            generator=torch.Generator(),  # else every pass would draw from the global one, which dropout uses
        )

    def to_device(self, batch: Batch) -> Batch:
        x, y = batch
        return x.to(self.world.device, non_blocking=True), y.to(self.world.device, non_blocking=True)

    def autocast(self) -> torch.autocast:
        dtype = AUTOCAST.get(self.config.precision)
        return torch.autocast(self.world.device.type, dtype, enabled=dtype is not None)

    def gradients_synced(self, sync: bool) -> AbstractContextManager[None]:
        """Average gradients over processes in this backward, or keep them here."""
        if sync or not isinstance(self.replica, DistributedDataParallel):
            return nullcontext()
        return self.replica.no_sync()

    def learning_rate_factor(self, step: int) -> float:
        """Warm up over the first twentieth, then follow a cosine down to a tenth."""
        warmup = max(1, self.total_steps // 20)
        if step < warmup:
            return (step + 1) / warmup
        return 0.55 + 0.45 * math.cos(math.pi * (step - warmup) / max(1, self.total_steps - warmup))

    def is_due(self, every: int) -> bool:
        """Every so many optimizer steps, and after the last one."""
        return self.step % every == 0 or self.step == self.total_steps
