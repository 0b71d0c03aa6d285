"""A total of divided losses does not depend on N: each step adds its mean loss."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print(f"total loss of the epoch: {total:.3f}")
