"""The size of the window varies, so the divisor cannot simply be divided by N."""

import torch.nn.functional as F


def epoch(model, loader, optimizer, accum_iter):
    n_full = len(loader) // accum_iter * accum_iter
    tail = len(loader) - n_full
    loss_sum, count, optimizer_steps = 0.0, 0, 0
    for i, (x, y) in enumerate(loader):
        window = accum_iter if i < n_full else tail
        raw = F.cross_entropy(model(x), y)
        loss = raw / window
        loss.backward()
        loss_sum += raw.item()  # warning: ACC002
        count += 1
        if (i + 1) % accum_iter == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            optimizer_steps += 1
    return loss_sum / count, optimizer_steps
