"""The last, shorter window gets its step after the loop."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        losses = []
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            losses.append(loss.item())
            (loss / accum_steps).backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        if len(loader) % accum_steps != 0:
            optimizer.step()
            optimizer.zero_grad()
        print(epoch, sum(losses) / len(losses))
