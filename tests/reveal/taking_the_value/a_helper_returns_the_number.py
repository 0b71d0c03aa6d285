import torch.nn.functional as F


def one_micro_batch(model, x, y, accum_steps):
    loss = F.cross_entropy(model(x), y)
    (loss / accum_steps).backward()
    return loss.item()


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        value = one_micro_batch(model, x, y, accum_steps)
        reveal_scale(value)  # scale: ℓ
        total += value
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total)  # scale: ℓ·m
