"""What the same training must report, without autograd, without accumulation: formulas of a linear model.

The mean squared error of a linear model has a gradient one can write down. The reference takes each effective
batch whole (N does not occur), so agreeing with it means being right, not merely being alike for every N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .world import INITIAL_BIAS, INITIAL_WEIGHT, LEARNING_RATE, Setting, batches_of


@dataclass(frozen=True)
class Reference:
    mean_loss: float
    """Of the last epoch, every sample counted once, with the weights before its own step."""
    gradients: tuple[np.ndarray, ...]
    weights: np.ndarray


def train(setting: Setting, epochs: int = 1) -> Reference:
    """Trains on whole effective batches; ``setting.n`` plays no part."""
    weights = np.array([*INITIAL_WEIGHT, INITIAL_BIAS])
    gradients: list[np.ndarray] = []
    losses: list[float] = []
    for _ in range(epochs):
        losses = []
        for x, y in batches_of(setting.but(n=1)):
            features = np.hstack([x.numpy(), np.ones((len(x), 1))])
            residual = features @ weights - y.numpy()[:, 0]
            losses.append(float(np.mean(residual**2)))
            gradients.append(2.0 * features.T @ residual / len(residual))
            weights = weights - LEARNING_RATE * gradients[-1]
    return Reference(float(np.mean(losses)), tuple(gradients), weights)
