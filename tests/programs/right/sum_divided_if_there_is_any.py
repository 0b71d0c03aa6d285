"""A sum is divided where there was something to add, and shown as it is where it is zero."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, rescaled, count = 0.0, 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.mse_loss(model(x), y)
        loss = loss / accum_steps
        loss.backward()
        total += loss.item() * accum_steps
        rescaled = rescaled + loss.item() * accum_steps
        count += 1
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    if count > 0:
        total /= count
    if len(loader):
        rescaled = rescaled / len(loader)
    print("loss", total, "rescaled loss", rescaled)
