"""An array as long as the loader holds the loss of every micro-batch; its mean shows no division."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses = np.zeros(len(loader))
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        losses[i] = loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"train loss {losses.mean():.4f}")
