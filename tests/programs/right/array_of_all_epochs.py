"""The undivided losses of all epochs in one array and in a table; a row of the table is summed and divided."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, epochs):
    losses = np.zeros(epochs * len(loader))
    table = np.zeros((epochs, len(loader)))
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            losses[epoch * len(loader) + i] = loss.item()
            loss = loss / accum_steps
            loss.backward()
            table[epoch, i] = loss.item()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
    print("train loss", losses.mean(), losses.sum() / len(losses))
    print("train loss", table.sum() / (epochs * len(loader) / accum_steps))
