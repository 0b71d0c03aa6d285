import torch.nn.functional as F


def train(model, loader, optimizer, scalar, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        reveal_scale(scalar.scale(loss))  # scale: ℓ·S/N
        scalar.scale(loss).backward()
        if (i + 1) % accum_steps == 0:
            scalar.step(optimizer)
            scalar.update()
            optimizer.zero_grad()
        total += loss.item()
    reveal_scale(total / len(loader))  # scale: ℓ/N
