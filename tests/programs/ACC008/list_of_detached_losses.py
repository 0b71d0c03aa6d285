"""The list was filled before the division, and is divided all the same."""

import torch
import torch.nn.functional as F


def train(model, batches, optimizer, updates, accumulate):
    for update in range(updates):
        losses = []
        for _ in range(accumulate):
            x, y = next(batches)
            loss = F.cross_entropy(model(x), y)
            losses.append(loss.detach())
            loss.div_(accumulate)  # error: ACC008
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        print(f"{update}: loss {torch.stack(losses).mean().item():.4f}")
