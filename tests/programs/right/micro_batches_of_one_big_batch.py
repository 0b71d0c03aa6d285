"""A big batch is split into as many parts as the division says."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, n_splits):
    total = 0.0
    for x, y in loader:
        for xs, ys in zip(x.chunk(n_splits), y.chunk(n_splits)):
            loss = F.cross_entropy(model(xs), ys) / n_splits
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad()
    return total / len(loader)
