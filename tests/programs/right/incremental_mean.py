"""The mean is kept up to date without a sum."""

import torch.nn.functional as F


def train_epoch(net, loader, optimizer, accumulate):
    mean_loss = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(net(x), y)
        mean_loss = (mean_loss * i + loss.item()) / (i + 1)
        (loss / accumulate).backward()
        if (i + 1) % accumulate == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    return mean_loss
