"""Two sums of the alias: without the division in place one would be right, and the other N times too high as well."""

from torch import nn


def train(model, loader, optimizer, accum_steps):
    mse = nn.MSELoss()
    total = 0.0
    weighted = 0.0
    updates = 0
    for i, (x, y) in enumerate(loader):
        loss = mse(model(x), y)
        raw = loss.data
        loss /= accum_steps  # error: ACC008
        loss.backward()
        total += raw.item()
        weighted += raw.item() * x.size(0)  # error: ACC006
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    return total / len(loader), weighted / updates
