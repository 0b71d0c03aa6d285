"""What does a right loss cost? The reference trainer against bare loops over the same data.

    python benchmarks/trainer_overhead.py [--device cuda] [--task characters] [--width 256]

``bare`` keeps no metric at all: forward, backward, clip, step, schedule, zero_grad. ``detach`` adds each loss
on the device and reads the sum once. ``item`` reads each loss on the host: a GPU's host queues work ahead of
the device, and that wait per micro-batch is what the reference form avoids. ``trainer`` is Trainer.train.

Rounds are interleaved, and each is compared with the bare loop of its own round. On a CPU the time is that of
the process on one thread (other load on the machine matters little); on a GPU it is wall time, synchronized.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from reference_trainer import characters, regression
from reference_trainer.config import Config
from reference_trainer.task import Samples, Task
from reference_trainer.trainer import Trainer
from reference_trainer.world import World

TASKS = {"regression": regression.task, "characters": characters.task}


def loop(trainer: Trainer, see: Callable[[Tensor], None]) -> None:
    """The bare loop; ``see`` is given each loss."""
    for window in trainer.training_windows():
        for x, y in map(trainer.to_device, window):
            with trainer.autocast():
                loss = trainer.task.criterion(trainer.model(x), y) / trainer.config.batch_size
            loss.backward()
            see(loss)
        clip_grad_norm_(trainer.model.parameters(), trainer.config.clip_norm)
        trainer.optimizer.step()
        trainer.scheduler.step()
        trainer.optimizer.zero_grad(set_to_none=True)
        trainer.step += 1


def bare(trainer: Trainer) -> None:
    loop(trainer, lambda loss: None)


def detach(trainer: Trainer) -> None:
    total = torch.zeros((), device=trainer.world.device)
    loop(trainer, lambda loss: total.add_(loss.detach()))
    total.item()


def item(trainer: Trainer) -> None:
    losses: list[float] = []
    loop(trainer, lambda loss: losses.append(loss.item()))
    sum(losses)


LOOPS = {"bare": bare, "detach": detach, "item": item, "trainer": Trainer.train}


def seconds(run: Callable[[Trainer], None], config: Config, task: Task, device: torch.device) -> float:
    """One training, without its set-up."""
    trainer = Trainer(config, task, World(device=device))
    if device.type == "cuda":
        torch.cuda.synchronize()
        start = time.perf_counter()
        run(trainer)
        torch.cuda.synchronize()
        return time.perf_counter() - start
    start = time.process_time()
    run(trainer)
    return time.process_time() - start


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options.add_argument("--task", choices=tuple(TASKS), default="characters")
    options.add_argument("--width", type=int, default=64)
    options.add_argument("--batch-size", type=int, default=16)
    options.add_argument("--accumulation-steps", type=int, default=4)
    options.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--rounds", type=int, default=15)
    args = options.parse_args()

    torch.set_num_threads(1)
    config = Config(
        epochs=args.epochs,
        batch_size=args.batch_size,
        accumulation_steps=args.accumulation_steps,
        precision=args.precision,
        log_every=10**9,  # one log line, at the end
    )
    task = TASKS[args.task](width=args.width)
    task = replace(task, valid=Samples(task.valid.samples[:1]))  # validation is work, not overhead
    device = torch.device(args.device)

    for run in LOOPS.values():
        seconds(run, config, task, device)  # warm up
    rounds = [{name: seconds(run, config, task, device) for name, run in LOOPS.items()} for _ in range(args.rounds)]

    windows = -(-len(task.train) // args.batch_size) * args.epochs
    print(
        f"{args.task}, width {args.width}, {args.precision}, {args.accumulation_steps} micro-batches of ",
        end="",
    )
    print(f"{args.batch_size // args.accumulation_steps}, {device.type}, median of {args.rounds} rounds")
    print("| loop | ms per optimizer step | against bare | quartiles |\n|---|---|---|---|")
    for name in LOOPS:
        ratios = [each[name] / each["bare"] for each in rounds]
        low, middle, high = statistics.quantiles(ratios, n=4)
        step = 1000 * statistics.median(each[name] for each in rounds) / windows
        print(f"| {name} | {step:.2f} | {middle - 1:+.1%} | {low - 1:+.1%} to {high - 1:+.1%} |")


if __name__ == "__main__":
    main()
