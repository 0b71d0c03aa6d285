import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        total += loss.item() * accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    if len(loader) % accum_steps != 0:
        optimizer.step()
        optimizer.zero_grad()
    reveal_scale(loss)  # scale: ℓ/N
    reveal_scale(total / len(loader))  # scale: ℓ
