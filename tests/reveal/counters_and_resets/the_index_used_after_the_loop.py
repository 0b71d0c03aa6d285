import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(i)  # scale: m
    reveal_scale(total / (i + 1))  # scale: ℓ
