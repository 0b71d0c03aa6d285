import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = torch.zeros(())
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        with torch.no_grad():
            total += raw
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total)  # scale: ℓ·m
    reveal_scale(total.item() / len(loader))  # scale: ℓ
