import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, epochs):
    total, seen = 0.0, 0
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            (loss / accum_steps).backward()
            total += loss.item()
            seen += 1
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
    reveal_scale(seen)  # scale: m·epochs
    reveal_scale(total)  # scale: ℓ·m·epochs
    reveal_scale(total / seen)  # scale: ℓ
