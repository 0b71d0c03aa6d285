"""Two causes on one line: the number is N times too low, and the sum keeps every graph."""

import torch.nn as nn


def train(model, loader, optimizer, accum):
    criterion = nn.L1Loss()
    total_loss = 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss = loss / accum
        loss.backward()
        total_loss += loss  # error: ACC003  # warning: ACC101
        if (i + 1) % accum == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("mean loss", (total_loss / len(loader)).item())
