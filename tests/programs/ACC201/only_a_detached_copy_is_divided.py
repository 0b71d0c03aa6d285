"""The metric gets its share of the window, detached; the gradient gets the whole loss."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    window_loss = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        window_loss += loss.detach() / accum_steps
        loss.backward()  # warning: ACC201
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            print("loss", window_loss.item())
            window_loss = 0.0
