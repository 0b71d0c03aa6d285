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


def several_epochs(model, criterion, loader, optimizer, accum_steps, epochs):
    losses, table = np.zeros(epochs * len(loader)), np.zeros((epochs, len(loader)))
    raw, diagonal = np.empty((epochs, len(loader)), np.float32), np.zeros((len(loader), len(loader)))
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            raw[epoch, i] = loss.item()
            loss = loss / accum_steps
            loss.backward()
            losses[epoch * len(loader) + i] = loss.item()
            table[epoch, i] = loss.item()
            diagonal[i, i] = loss.item()
            if (i + 1) % accum_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
        reveal_scale(table[epoch].mean())  # scale: ℓ/N
        reveal_scale(table[epoch].sum())  # scale: ?
    reveal_scale(losses.mean())  # scale: ℓ/N
    reveal_scale(losses.sum() / len(losses))  # scale: ℓ/N
    reveal_scale(table.mean())  # scale: ℓ/N
    reveal_scale(table.mean(axis=1))  # scale: ℓ/N
    reveal_scale(table.sum() / len(table))  # scale: ?
    reveal_scale(sum(row.mean() for row in table))  # scale: ?
    reveal_scale(raw.mean())  # scale: ℓ
    reveal_scale(diagonal.mean())  # scale: ?
