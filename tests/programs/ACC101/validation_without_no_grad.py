"""Validation builds a graph for every batch and keeps them all in one sum."""

import torch.nn.functional as F


def validate(model, loader):
    model.eval()
    val_loss = 0.0
    for x, y in loader:
        val_loss += F.cross_entropy(model(x), y)  # error: ACC101
    return val_loss / len(loader)


def fit(model, train_loader, val_loader, optimizer, epochs):
    for epoch in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, validate(model, val_loader).item())
