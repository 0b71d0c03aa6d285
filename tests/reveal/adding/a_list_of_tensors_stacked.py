import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses = []
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        losses.append(raw.detach())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(torch.stack(losses).mean())  # scale: ℓ
    reveal_scale(torch.stack(losses).sum())  # scale: ℓ·m
