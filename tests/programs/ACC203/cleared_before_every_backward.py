"""Only the last micro-batch of each window reaches the optimizer."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accumulation_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            optimizer.zero_grad()  # error: ACC203
            loss = F.cross_entropy(model(x), y) / accumulation_steps
            loss.backward()
            if (i + 1) % accumulation_steps == 0 or (i + 1) == len(loader):
                optimizer.step()
