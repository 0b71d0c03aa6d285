"""A step is left out where the norm of the gradients is not finite; those that are made see a sum."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        if (i + 1) % accum_steps == 0:
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1e9)
            if torch.isfinite(norm):
                optimizer.step()
            optimizer.zero_grad()
