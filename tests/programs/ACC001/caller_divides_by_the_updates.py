"""The function returns a total of raw losses with the number of updates, and its caller divides."""

import torch.nn as nn

loss_fn = nn.SmoothL1Loss()


def one_pass(net, batches, optimizer, accumulate_every):
    summed, updates = 0.0, 0
    for k, (features, wanted) in enumerate(batches):
        error = loss_fn(net(features), wanted)
        (error / accumulate_every).backward()
        summed += error.item()  # error: ACC001
        if (k + 1) % accumulate_every == 0 or k == len(batches) - 1:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
    return summed, updates


def fit(net, batches, optimizer, epochs, accumulate_every=8):
    history = []
    for _ in range(epochs):
        summed, updates = one_pass(net, batches, optimizer, accumulate_every)
        history.append(summed / updates)
    return history
