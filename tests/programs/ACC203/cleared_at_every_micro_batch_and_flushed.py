"""The flush behind the loop relies on the line that clears too often."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            optimizer.zero_grad()  # error: ACC203
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
        if (i + 1) % accum_steps != 0:
            optimizer.step()
