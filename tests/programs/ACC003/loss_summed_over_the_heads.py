"""The loss of a micro-batch is a sum over heads; their number is part of it, and N hides behind it."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        out = model(x)
        heads = y.size(1)
        loss = 0
        for head in range(heads):
            loss = loss + F.mse_loss(out[:, head], y[:, head])
        loss = loss / accum_steps
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total / len(loader))
