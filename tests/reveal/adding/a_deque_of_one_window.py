from collections import deque

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    recent = deque(maxlen=accum_steps)
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        recent.append(raw.item())
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(sum(recent))  # scale: ℓ·N
    reveal_scale(sum(recent) / len(recent))  # scale: ℓ
