"""The backward frees nothing, so every graph that the sum keeps is a whole one."""

import torch.nn.functional as F


def train(model, loader, optimizer):
    total = 0
    for x, y in loader:
        loss = F.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
        total += loss  # error: ACC101
    print("loss", (total / len(loader)).item())
