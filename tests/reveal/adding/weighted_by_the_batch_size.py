import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, seen = 0.0, 0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        total += raw.item() * x.size(0)
        seen += x.size(0)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total)  # scale: ℓ·b·m
    reveal_scale(seen)  # scale: b·m
    reveal_scale(total / seen)  # scale: ℓ
    reveal_scale(total / len(loader.dataset))  # scale: ℓ
    reveal_scale(total / len(loader))  # scale: ℓ·b
