import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    sums = {"loss": 0.0, "seen": 0}
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        sums["loss"] += raw.item()
        sums["seen"] += 1
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(sums["loss"])  # scale: ℓ·m
    reveal_scale(sums["loss"] / sums["seen"])  # scale: ℓ
