"""The command line: ``train`` (what happens when nothing else is asked for) and ``compare``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import torch

from reference_trainer import characters, compare, curves, picture, regression
from reference_trainer.config import PRECISIONS, Config, Record
from reference_trainer.progress import ProgressBar
from reference_trainer.trainer import Trainer
from reference_trainer.world import World, launched

TASKS = {"regression": regression.task, "characters": characters.task}
CHOICES = {"task": tuple(TASKS), "precision": PRECISIONS}
HELP = {
    "task": "an MLP on Friedman's function, or a transformer on sonnets",
    "epochs": "passes over the training data",
    "batch_size": "samples per optimizer step, however they are cut",
    "accumulation_steps": "micro-batches per optimizer step, on each process",
    "learning_rate": "peak, after the warm-up",
    "clip_norm": "largest gradient norm of an optimizer step",
    "dropout": "share of activations dropped",
    "precision": "bfloat16 and float16 are autocast; float16 needs CUDA",
    "log_every": "optimizer steps per log line",
    "checkpoint_every": "optimizer steps per checkpoint",
    "seed": "seed of weights, order and dropout",
}
DESCRIPTION = """\
Train a small model and report train and validation loss in one unit, whatever the accumulation steps.
With torchrun, on several processes: torchrun --nproc-per-node 2 -m reference_trainer"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m reference_trainer",
        description=DESCRIPTION,
        epilog="Without a command: train. Its options: python -m reference_trainer train --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True)

    train = commands.add_parser(
        "train", help="train, validate, log", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for field in fields(Config):
        option = f"--{field.name.replace('_', '-')}"
        train.add_argument(
            option,
            type=type(field.default),
            default=field.default,
            choices=CHOICES.get(field.name),
            help=HELP[field.name],
        )
    train.add_argument("--device", choices=("cpu", "cuda"), help="by default a GPU where there is one")
    train.add_argument("--out", type=Path, help="folder for checkpoint.pt, curves.csv and curves.png")
    train.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")

    comparing = commands.add_parser(
        "compare", help="train with 1, 2 and 4 micro-batches per step and report four textbook means"
    )
    comparing.add_argument("--epochs", type=int, default=Config.epochs, help=HELP["epochs"])
    comparing.add_argument("--plot", type=Path, metavar="FILE", help="draw the picture (.png, .svg, .pdf)")
    return top


def main(arguments: Sequence[str]) -> int:
    """Run a command line; return the exit code."""
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments = ["train", *arguments]
    options = parser().parse_args(arguments)
    torch.set_num_threads(1)  # models this small only lose by sharing their work among threads
    try:
        if options.command == "compare":
            comparison(options.epochs, options.plot)
        else:
            with launched(options.device) as world:
                train(options, world)
    except (ValueError, OSError) as error:
        print(f"reference_trainer: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def train(options: argparse.Namespace, world: World) -> None:
    """Train as the options say; the first process reports."""
    config = Config(**{field.name: getattr(options, field.name) for field in fields(Config)})
    if options.resume and not options.out:
        raise ValueError("--resume needs --out, the folder of the checkpoint")
    task = TASKS[config.task](config.dtype, dropout=config.dropout)
    trainer = Trainer(config, task, world, out=options.out)
    if options.resume:
        trainer.resume(options.out / "checkpoint.pt")
    if world.rank > 0:
        trainer.train()
        return

    bar = ProgressBar(trainer.total_steps, trainer.step)

    def show(record: Record) -> None:
        bar.clear()
        print(
            f"epoch {record.epoch:6.2f}  step {record.step:5d}  "
            f"train {record.train_loss:.4f}  valid {record.valid_loss:.4f}  (mean loss per {task.unit})",
            flush=True,
        )

    trainer.on_log = show
    trainer.train(bar)
    if options.out:
        write_curves(trainer, options.out)


def write_curves(trainer: Trainer, out: Path) -> None:
    curves.write_csv(trainer.history, out / "curves.csv")
    try:
        curves.draw(trainer.history, trainer.task.unit, out / "curves.png")
    except ImportError:
        print("no curves.png: matplotlib is not installed", file=sys.stderr)


def comparison(epochs: int, plot: Path | None) -> None:
    """Train with each N, print the table, and draw the picture if it is asked for."""
    runs = []
    for accumulation_steps in compare.ACCUMULATION_STEPS:
        print(f"training with N = {accumulation_steps} ...", file=sys.stderr)
        runs.append(compare.run(accumulation_steps, epochs))
    print(compare.table(runs))
    if plot:
        picture.draw(runs, plot)
