"""The same data in the same effective batches is the same training, however it is cut: float64, 1e-9."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple, replace
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
import torch
from torch.nn.functional import mse_loss
from torch.nn.utils import clip_grad_norm_

from reference_trainer.trainer import Trainer
from tests.trainer.observed_runs import (
    CUTS_OF_ONE,
    CUTS_OF_TWO,
    SIZES,
    TASKS,
    Observed,
    observe,
    settings,
    small,
)

pytestmark = pytest.mark.torch
ROOT = Path(__file__).parents[2]


@cache
def alone(name: str, size: str, accumulation_steps: int) -> Observed:
    """One process."""
    return observe(Trainer(settings(accumulation_steps), small(name, SIZES[size])))


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[dict[object, Observed]]]:
    """All runs on two processes, as each of the two saw them."""
    out = tmp_path_factory.mktemp("two_processes")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    program = ["-m", "tests.trainer.two_processes", str(out)]
    done = subprocess.run([*torchrun, *program], cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    yield [torch.load(out / f"rank{rank}.pt", weights_only=False) for rank in range(2)]


def assert_same_training(a: Observed, b: Observed) -> None:
    assert [r.step for r in a.history] == [r.step for r in b.history]
    for ours, theirs in zip(a.history, b.history, strict=True):
        assert astuple(ours) == pytest.approx(astuple(theirs), rel=0, abs=1e-9)
    for ours, theirs in zip(chain(*a.gradients, a.weights), chain(*b.gradients, b.weights), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("accumulation_steps", CUTS_OF_ONE[1:])
def test_the_cut_into_micro_batches_changes_nothing(name: str, size: str, accumulation_steps: int) -> None:
    assert_same_training(alone(name, size, accumulation_steps), alone(name, size, 1))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("accumulation_steps", CUTS_OF_TWO)
def test_the_number_of_processes_changes_nothing(
    two_processes: list[dict[object, Observed]], name: str, size: str, accumulation_steps: int
) -> None:
    for seen in two_processes:
        assert_same_training(seen[name, size, accumulation_steps], alone(name, size, 1))


def test_processes_reduce_gradients_once_per_optimizer_step(
    two_processes: list[dict[object, Observed]],
) -> None:
    for seen in two_processes:
        counts = {seen["regression", "tail of five", steps].reductions for steps in CUTS_OF_TWO}
        steps_taken = len(seen["regression", "tail of five", 1].gradients)
        assert counts == {steps_taken}  # the model fits into one of DDP's buckets


def test_two_processes_resume_bit_for_bit(two_processes: list[dict[object, Observed]]) -> None:
    for seen in two_processes:
        assert seen["resumed"].history == seen["uninterrupted"].history
        assert all(map(torch.equal, seen["resumed"].weights, seen["uninterrupted"].weights))


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("accumulation_steps", CUTS_OF_ONE)
def test_train_and_validation_loss_are_in_one_unit(name: str, accumulation_steps: int) -> None:
    """A model that does not learn, validated on what it is trained on, has one loss."""
    task = small(name, 29)
    config = replace(settings(accumulation_steps), learning_rate=0.0, log_every=4)
    trainer = Trainer(config, replace(task, valid=task.train))
    trainer.train()
    assert trainer.history
    for record in trainer.history:
        assert record.train_loss == pytest.approx(record.valid_loss, rel=1e-12)


def test_it_trains_as_a_plain_loop_over_whole_batches_does() -> None:
    trainer = Trainer(settings(4), small("regression", 29))
    plain = Trainer(settings(1), small("regression", 29))
    trainer.train()
    losses, weights = [], []
    for ((x, y),) in plain.training_windows():
        loss = mse_loss(plain.model(x), y)
        loss.backward()
        clip_grad_norm_(plain.model.parameters(), 1.0)
        plain.optimizer.step()
        plain.scheduler.step()
        plain.optimizer.zero_grad()
        plain.step += 1
        losses.append(loss.item())
        weights.append(len(y))
    by_hand = [
        sum(loss * weight for loss, weight in zip(losses[i : i + 3], weights[i : i + 3], strict=True))
        / sum(weights[i : i + 3])
        for i in range(0, len(losses), 3)
    ]
    assert weights == [8, 8, 8, 5, 8, 8, 8, 5]
    assert [record.train_loss for record in trainer.history] == pytest.approx(by_hand, abs=1e-12)
    for ours, theirs in zip(trainer.model.parameters(), plain.model.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)
