import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        last = raw.item()
        (raw / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            reveal_scale(last)  # scale: ℓ
    reveal_scale(last)  # scale: ℓ
