import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, updates = 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps != 0:
            continue
        optimizer.step()
        optimizer.zero_grad()
        updates += 1
    reveal_scale(updates)  # scale: m/N
    reveal_scale(total / updates)  # scale: ℓ
