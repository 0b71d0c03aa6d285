"""The divided sum is multiplied by N where it is divided by the micro-batches."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, grad_acc):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.mse_loss(model(x), y) / grad_acc
        loss.backward()
        total += loss.item()
        if (i + 1) % grad_acc == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return total * grad_acc / len(loader)
