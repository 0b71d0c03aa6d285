"""Nobody divides, and it does not matter: what N micro-batches would add up is cleared before each of them."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()  # error: ACC203
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
