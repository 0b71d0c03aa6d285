import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        loss = loss.item()
        reveal_scale(loss)  # scale: ℓ
        total += loss
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    reveal_scale(total / len(loader))  # scale: ℓ
