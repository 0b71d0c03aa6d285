import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    smooth = None
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        smooth = raw.item() if smooth is None else 0.9 * smooth + 0.1 * raw.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(smooth)  # scale: ℓ
