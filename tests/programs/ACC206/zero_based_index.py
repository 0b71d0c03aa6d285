"""At i == 0 the remainder is 0: the first step comes after one micro-batch, divided by N."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum):
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y) / accum
            loss.backward()
            if i % accum == 0 or i == len(loader) - 1:  # warning: ACC206
                optimizer.step()
                optimizer.zero_grad()
