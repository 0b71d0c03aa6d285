"""The epoch is cut to whole windows, so that no tail is left."""

from itertools import islice

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    n_batches = len(loader) // accum_steps * accum_steps
    for epoch in range(epochs):
        for i, (x, y) in enumerate(islice(loader, n_batches)):
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
