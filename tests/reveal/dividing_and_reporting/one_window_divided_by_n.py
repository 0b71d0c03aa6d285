import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    window = 0.0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        window += raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(window)  # scale: ℓ·N
            reveal_scale(window / accum_steps)  # scale: ℓ
            window = 0.0
