"""The alias is not reported, but it is not what its name says either: a warning."""

import math

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        raw_loss = loss
        loss /= accum_steps  # warning: ACC008
        loss.backward()
        if not math.isfinite(raw_loss.item()):
            raise FloatingPointError("the loss is not finite")
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
