"""GradScaler multiplies and divides by its own factor; N is not among them."""

import torch
import torch.nn as nn


def train_epoch(model, loader, optimizer, iters_to_accumulate, device):
    scaler = torch.amp.GradScaler(device)
    criterion = nn.CrossEntropyLoss()
    correct = 0
    for i, (x, y) in enumerate(loader):
        with torch.autocast(device):
            out = model(x)
            loss = criterion(out, y)
        scaler.scale(loss).backward()  # warning: ACC201
        correct += (out.argmax(1) == y).sum().item()
        if (i + 1) % iters_to_accumulate == 0 or (i + 1) == len(loader):
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    return correct / len(loader.dataset)
