"""Two closures of one optimizer are two passes over one batch."""

import torch.nn.functional as F


def train_epoch(model, loader, sam):
    losses = []
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        sam.first_step(zero_grad=True)
        F.cross_entropy(model(x), y).backward()
        sam.second_step(zero_grad=True)
        losses.append(loss.item())
    return sum(losses) / len(losses)
