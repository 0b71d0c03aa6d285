"""One loss is added per optimizer step, and the sum is divided by the micro-batches."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item() * accum_steps
    return total / len(loader)  # error: ACC003
