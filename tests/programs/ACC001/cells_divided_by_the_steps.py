"""Undivided losses in a cell for each epoch, divided in place by the optimizer steps."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    losses = torch.zeros(epochs)
    for epoch in range(epochs):
        steps = 0
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            losses[epoch] += loss.item()  # error: ACC001
            loss = loss / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
                steps += 1
        losses[epoch] /= steps
        print("train loss", losses[epoch].item())
