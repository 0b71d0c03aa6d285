"""A meter that is moved to a device is the meter."""

import torch.nn.functional as F
from torchmetrics import MeanMetric


def fit(model, loader, optimizer, accumulate_grad, device):
    train_loss = MeanMetric().to(device)
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accumulate_grad
        loss.backward()
        train_loss.update(loss.detach())  # error: ACC003
        if (i + 1) % accumulate_grad == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print(f"train loss {train_loss.compute().item():.3f}")
