"""Nobody divides the loss; the gradients are divided at the boundary."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, accum_steps):
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            for weight in model.parameters():
                if weight.grad is not None:
                    weight.grad.div_(accum_steps)
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
