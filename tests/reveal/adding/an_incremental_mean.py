import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    mean = 0.0
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        (raw / accum_steps).backward()
        mean = mean + (raw.item() - mean) / (i + 1)
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(mean)  # scale: ℓ
