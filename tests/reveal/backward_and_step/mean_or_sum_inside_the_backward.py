import torch.nn as nn


def train(model, loader, optimizer, accum_steps):
    criterion = nn.CrossEntropyLoss(reduction="none")
    for i, (x, y) in enumerate(loader):
        losses = criterion(model(x), y)
        losses.mean().backward()
        reveal_scale(losses.mean())  # scale: ℓ
        reveal_scale(losses.sum())  # scale: ℓ·b
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
