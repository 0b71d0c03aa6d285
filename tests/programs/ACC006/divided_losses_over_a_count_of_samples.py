"""Mean losses that were divided for the backward pass, over samples: off by N and by the batch size."""

import torch


def train(model, loader, optimizer, accum_steps):
    criterion = torch.nn.CrossEntropyLoss()
    total, seen = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()  # error: ACC006
        seen += y.size(0)
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return total / seen
