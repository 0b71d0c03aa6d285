"""With ``accum_steps`` 0 or None every micro-batch is a step of its own: nothing can be divided by it."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        if not accum_steps or (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()


def fine_tune(model, loader, optimizer, accum_steps=None):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        if accum_steps is None or (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
