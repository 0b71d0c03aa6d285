"""MeanMetric carries its own divisor."""

import torch.nn.functional as F
from torchmetrics import MeanMetric


def fit(model, loader, optimizer, accumulate_grad, epochs):
    train_loss = MeanMetric()
    for epoch in range(epochs):
        train_loss.reset()
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y).div(accumulate_grad)
            loss.backward()
            train_loss.update(loss.detach())  # error: ACC003
            if (i + 1) % accumulate_grad == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(f"{epoch}: {train_loss.compute().item():.3f}")
