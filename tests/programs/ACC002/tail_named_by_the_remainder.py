"""The divisor of the loss is assigned in the loop: after it, it is the size of the last window, and no fix uses it."""

import torch.nn.functional as F


def epoch(model, loader, optimizer, accum_steps):
    tail = len(loader) % accum_steps
    loss_sum, count = 0.0, 0
    for i, (x, y) in enumerate(loader):
        effective_cycle = accum_steps
        if tail and i >= len(loader) - tail:
            effective_cycle = tail
        raw = F.cross_entropy(model(x), y)
        loss = raw / effective_cycle
        loss.backward()
        loss_sum += raw.item()  # warning: ACC002
        count += 1
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return loss_sum / count
