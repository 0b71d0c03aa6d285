import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses = []
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        losses.append(loss.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(sum(losses))  # scale: ℓ·m/N
    reveal_scale(np.mean(losses))  # scale: ℓ/N
    reveal_scale(sum(losses) / len(losses))  # scale: ℓ/N
    reveal_scale(np.mean(losses[-10:]))  # scale: ℓ/N
    reveal_scale(len(losses))  # scale: m
