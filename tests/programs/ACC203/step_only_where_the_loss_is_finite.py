"""The step stands under a check inside its guard, and the line that clears under neither."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()  # error: ACC203
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            if torch.isfinite(loss):
                optimizer.step()
