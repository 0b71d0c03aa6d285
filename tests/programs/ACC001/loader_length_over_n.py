"""len(loader) // N is the number of optimizer steps, however it is spelled."""

import torch.nn.functional as F


def train_one_epoch(model, loader, optimizer, scheduler, cfg):
    accum = cfg["train"]["accumulate"]
    n_steps = len(loader) // accum
    loss_sum = 0.0
    for i, (x, y) in enumerate(loader):
        ce = F.cross_entropy(model(x), y)
        loss = ce / accum
        loss.backward()
        loss_sum += ce.detach().item()  # error: ACC001
        if (i + 1) % accum == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    return loss_sum / n_steps
