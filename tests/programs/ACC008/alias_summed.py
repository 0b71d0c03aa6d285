"""`raw` and `loss` are one tensor: the in-place division divides both."""

import torch.nn as nn


def train_epoch(model, loader, optimizer, accum_steps):
    criterion = nn.CrossEntropyLoss()
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        raw = loss
        loss /= accum_steps  # error: ACC008
        loss.backward()
        total += raw.item()
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
