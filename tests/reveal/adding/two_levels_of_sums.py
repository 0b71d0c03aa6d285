import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, window, updates = 0.0, 0.0, 0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        window += raw.item() / accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(window)  # scale: ℓ
            total += window
            window = 0.0
            updates += 1
    reveal_scale(total)  # scale: ℓ·m/N
    reveal_scale(total / updates)  # scale: ℓ
