"""Every loss of a dict is divided in a comprehension; the names in it mean nothing behind it."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    squared = 0.0
    for i, (x, y) in enumerate(loader):
        losses = {"squared": F.mse_loss(model(x), y), "absolute": F.l1_loss(model(x), y)}
        losses = {name: value / accum_steps for name, value in losses.items()}
        sum(losses.values()).backward()
        squared += losses["squared"].item()  # error: ACC003
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("squared loss", squared / len(loader))
