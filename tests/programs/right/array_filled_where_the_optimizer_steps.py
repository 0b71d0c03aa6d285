"""One place in N is written, so the mean over all places is multiplied back."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses = np.zeros(len(loader))
    for i, (x, y) in enumerate(loader):
        raw_loss = F.mse_loss(model(x), y)
        (raw_loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            losses[i] = raw_loss.item()
    print("train loss", losses.sum() * accum_steps / len(loader))
