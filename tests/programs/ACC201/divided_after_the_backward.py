"""The loss is divided when its gradient has been taken: that changes what is shown, and nothing else."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        loss = loss / accum_steps
        total += loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total / len(loader))
