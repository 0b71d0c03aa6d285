"""Divided for the gradient, multiplied again for the report."""

import torch.nn.functional as F


def train(model, loader, optimizer, scheduler, cfg):
    for epoch in range(cfg.epochs):
        total = 0.0
        for i, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            loss = loss / cfg.accum
            loss.backward()
            total += loss.item() * cfg.accum
            if (i + 1) % cfg.accum == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
                scheduler.step()
        print(f"{epoch:3d} {total / len(loader):.4f}")
