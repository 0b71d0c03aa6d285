import numpy as np


def train(model, criterion, loader, optimizer, accum_steps):
    losses, windows = np.zeros(len(loader)), [0.0] * (len(loader) // accum_steps)
    steps = 0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        losses[i] = loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            windows[steps] = loss.item()
            steps += 1
    reveal_scale(losses.mean())  # scale: ℓ/N
    reveal_scale(sum(losses))  # scale: ℓ·m/N
    reveal_scale(len(losses))  # scale: m
    reveal_scale(sum(windows))  # scale: ℓ·m/N^2
    reveal_scale(len(windows))  # scale: m/N
