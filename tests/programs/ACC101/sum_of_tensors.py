"""Backward freed the buffers, but the sum still drags a graph node for every batch of the epoch."""

import torch.nn as nn


def train_epoch(model, loader, optimizer):
    criterion = nn.CrossEntropyLoss()
    running_loss = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running_loss += loss  # warning: ACC101
    return (running_loss / len(loader)).item()
