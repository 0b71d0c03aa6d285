import math

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    updates_per_epoch = len(loader) // accum_steps
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(updates_per_epoch)  # scale: m/N
    reveal_scale(math.ceil(len(loader) / accum_steps))  # scale: m/N
    reveal_scale(total / (len(loader) / accum_steps))  # scale: ℓ
    reveal_scale(total / (len(loader) // accum_steps))  # scale: ℓ
    reveal_scale(total / updates_per_epoch)  # scale: ℓ
