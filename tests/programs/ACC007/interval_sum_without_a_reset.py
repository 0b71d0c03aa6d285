"""Divided by the log interval, and never set back to zero."""

import torch.nn.functional as F


def train(model, loader, optimizer, grad_accum, log_every=100):
    running = 0.0
    for i, (x, y) in enumerate(loader, 1):
        raw = F.cross_entropy(model(x), y)
        value = raw.item()
        (raw / grad_accum).backward()
        running += value
        if i % grad_accum == 0:
            optimizer.step()
            optimizer.zero_grad()
        if i % log_every == 0:
            print(f"batch {i}: loss {running / log_every:.3f}")  # warning: ACC007
