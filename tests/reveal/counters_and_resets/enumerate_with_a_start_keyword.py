import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for step, (x, y) in enumerate(loader, start=1):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        total += loss.item()
        if step % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(step)  # scale: m
    reveal_scale(total / step)  # scale: ℓ
