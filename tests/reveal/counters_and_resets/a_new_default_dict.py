from collections import defaultdict

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    logs = defaultdict(float)
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        logs["loss"] += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(logs["loss"])  # scale: ℓ·N
            logs = defaultdict(float)
