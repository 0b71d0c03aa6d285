"""Arrays of undivided losses have their mean; the divided losses of one window sum to it."""

import numpy as np
import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses, window = np.zeros(len(loader)), torch.empty(accum_steps)
    for i, (x, y) in enumerate(loader):
        raw_loss = F.cross_entropy(model(x), y)
        losses[i] = raw_loss.item()
        loss = raw_loss / accum_steps
        loss.backward()
        window[i % accum_steps] = loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("window loss", window.sum().item())
    print("train loss", losses.mean(), np.sum(losses) / len(losses))
