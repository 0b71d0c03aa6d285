"""Printed every hundred micro-batches, after the rebinding."""

import torch
import torch.nn.functional as F


def train_loop(dataloader, model, optimizer, accumulation):
    size = len(dataloader.dataset)
    model.train()
    for batch, (X, y) in enumerate(dataloader):
        pred = model(X)
        loss = F.cross_entropy(pred, y)
        loss = torch.div(loss, accumulation)
        loss.backward()
        if (batch + 1) % accumulation == 0 or batch + 1 == len(dataloader):
            optimizer.step()
            optimizer.zero_grad()
        if batch % 100 == 0:
            print(f"loss: {loss.item():>7f}  [{batch * len(X):>5d}/{size:>5d}]")  # error: ACC004
