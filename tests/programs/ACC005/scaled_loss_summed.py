"""The loss that GradScaler multiplied is summed, instead of the loss."""

import torch
from torch import nn


def train_epoch(model, loader, optimizer, device):
    scaler = torch.amp.GradScaler(device)
    criterion = nn.CrossEntropyLoss()
    total = 0.0
    for images, labels in loader:
        optimizer.zero_grad()
        with torch.autocast(device):
            loss = criterion(model(images.to(device)), labels.to(device))
        scaled = scaler.scale(loss)
        scaled.backward()
        scaler.step(optimizer)
        scaler.update()
        total += scaled.item()  # error: ACC005
    return total / len(loader)
