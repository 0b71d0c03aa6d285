"""Infinity divided by N is infinity: the message says the same for every N."""

import math
import sys

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        if not math.isfinite(loss.item()):
            print(f"Loss is {loss.item()}, stopping")
            sys.exit(1)
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
