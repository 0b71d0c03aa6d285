"""A sum that is never reported tells nobody anything wrong."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total_loss, updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total_loss += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    print(f"done after {updates} updates")
