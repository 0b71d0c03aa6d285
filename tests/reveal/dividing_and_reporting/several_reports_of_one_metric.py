import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        total += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    reveal_scale(total / len(loader))  # scale: ℓ
    reveal_scale(total / updates)  # scale: ℓ·N
    reveal_scale(total)  # scale: ℓ·m
