"""Weights that sum to one play the part of 1/N."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, chunk):
    total, batches = 0.0, 0
    for x, y in loader:
        batch_loss = 0.0
        for start in range(0, x.size(0), chunk):
            part = x[start : start + chunk]
            loss = F.cross_entropy(model(part), y[start : start + chunk]) * (part.size(0) / x.size(0))
            loss.backward()
            batch_loss += loss.item()
        optimizer.step()
        optimizer.zero_grad()
        total += batch_loss
        batches += 1
    return total / batches
