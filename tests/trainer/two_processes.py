"""The observed runs, as each of two processes sees them.

``torchrun --nproc-per-node 2 -m tests.trainer.two_processes OUT``
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from reference_trainer.trainer import Trainer
from reference_trainer.world import launched
from tests.trainer.observed_runs import (
    CUTS_OF_TWO,
    SIZES,
    TASKS,
    Observed,
    observe,
    resumed,
    settings,
    small,
    with_dropout,
)


def main(out: Path) -> None:
    with launched("cpu") as world:
        results: dict[object, Observed] = {}
        for name in TASKS:
            for size, samples in SIZES.items():
                for steps in CUTS_OF_TWO:
                    trainer = Trainer(settings(steps), small(name, samples), world)
                    results[name, size, steps] = observe(trainer)
        config, task = with_dropout(), small("characters", 53, dropout=0.2)
        results["uninterrupted"] = observe(Trainer(config, task, world))
        results["resumed"] = observe(resumed(config, task, world, out))
        torch.save(results, out / f"rank{world.rank}.pt")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
