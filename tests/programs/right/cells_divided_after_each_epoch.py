"""Cells that are divided in place by as many as were added, and the next one starts at zero."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    raw_losses, losses = np.zeros(epochs), [0.0] * epochs
    for epoch in range(epochs):
        totals = {"loss": 0.0, "rescaled loss": 0.0}
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            raw_losses[epoch] += loss.item()
            totals["loss"] += loss.item()
            loss = loss / accum_steps
            loss.backward()
            losses[epoch] += loss.item()
            totals["rescaled loss"] += loss.item() * accum_steps
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        raw_losses[epoch] /= len(loader)
        losses[epoch] /= len(loader) / accum_steps
        for name in totals:
            totals[name] /= len(loader)
        print("raw loss", raw_losses[epoch], "loss", losses[epoch], "totals", totals["loss"], totals["rescaled loss"])
