"""A helper divides the gradients before the step."""

import torch


def f(model, loader, crit, optimizer, N, params, scaler, world):
    seen = 0
    toks = 0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(loader):
        loss = crit(model(x), y)
        seen += x.size(0)
        toks += (y != 0).sum()
        loss.backward()
        if (i + 1) % N == 0:
            scale_grads(model, 1.0 / N)
            optimizer.step()
            optimizer.zero_grad()
            seen = 0
            toks = 0
