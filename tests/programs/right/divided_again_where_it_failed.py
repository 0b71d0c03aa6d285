"""The division in the handler comes later in the text, and its quotient is backpropagated."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        try:
            (loss / accum_steps).backward()
        except MemoryError:
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
