"""A run that was interrupted and resumed is the run that was not, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from reference_trainer.trainer import Trainer
from reference_trainer.world import World
from tests.trainer.observed_runs import TASKS, observe, resumed, settings, small, with_dropout


@pytest.mark.parametrize("name", TASKS)
def test_resumed_equals_uninterrupted(name: str, tmp_path: Path) -> None:
    config, task = with_dropout(), small(name, 53, dropout=0.2)
    through = Trainer(config, task)
    observed = observe(through)
    again = resumed(config, task, World(), tmp_path)
    assert again.step == 5
    tail = observe(again)
    assert again.history == through.history
    assert all(map(torch.equal, tail.weights, observed.weights))
    for ours, theirs in zip(tail.gradients, observed.gradients[5:], strict=True):
        assert all(map(torch.equal, ours, theirs))


def test_the_random_numbers_of_dropout_matter(tmp_path: Path) -> None:
    """The test above would notice generators that were not restored."""
    config, task = with_dropout(), small("regression", 53, dropout=0.2)
    through = Trainer(config, task)
    through.train()
    again = resumed(config, task, World(), tmp_path)
    torch.manual_seed(12345)
    again.train()
    assert again.history != through.history


def test_a_checkpoint_at_the_end_leaves_nothing_to_do(tmp_path: Path) -> None:
    config, task = settings(2), small("regression", 24)
    done = Trainer(config, task, out=tmp_path)
    done.train()
    again = Trainer(config, task)
    again.resume(tmp_path / "checkpoint.pt")
    again.train()
    assert again.step == done.step == 6
    assert again.history == done.history
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    config, task = settings(2), small("regression", 24)
    Trainer(config, task, out=tmp_path).save()
    other = Trainer(replace(config, learning_rate=0.5), task)
    with pytest.raises(ValueError, match=r"written with learning_rate = 0\.003, not 0\.5"):
        other.resume(tmp_path / "checkpoint.pt")


def test_a_checkpoint_of_another_number_of_processes_is_refused(tmp_path: Path) -> None:
    config, task = settings(2), small("regression", 24)
    trainer = Trainer(config, task, out=tmp_path)
    trainer.save()
    trainer.world = World(rank=0, size=2)
    with pytest.raises(ValueError, match="written by 1 processes, not 2"):
        trainer.resume(tmp_path / "checkpoint.pt")
