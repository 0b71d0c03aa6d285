"""The quotient of two batch sizes is written out wherever N is needed."""

import torch.nn.functional as F


def train(model, loader, optimizer, total_batch_size, device_batch_size):
    losses = []
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / (total_batch_size // device_batch_size)
        loss.backward()
        losses.append(loss.item())  # error: ACC003
        if (i + 1) % (total_batch_size // device_batch_size) == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", sum(losses) / len(losses))
