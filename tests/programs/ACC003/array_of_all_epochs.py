"""One array for all epochs, and a table with a row for each: their means show no division."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, epochs):
    losses = np.zeros(epochs * len(loader))
    table = np.zeros((epochs, len(loader)))
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            losses[epoch * len(loader) + i] = loss.item()  # error: ACC003
            table[epoch, i] = loss.item()  # error: ACC003
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
    print("train loss", losses.mean())
    print("train loss", table.mean())
