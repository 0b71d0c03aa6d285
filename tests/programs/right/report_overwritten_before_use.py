"""The wrong quotient is overwritten before anybody sees it."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, accum_steps):
    total, updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        total += loss.item()
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    mean = total / updates
    mean = total / len(loader)
    return mean
