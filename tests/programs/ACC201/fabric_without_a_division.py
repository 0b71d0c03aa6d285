"""Fabric.backward does not divide."""

import torch.nn.functional as F
from lightning.fabric import Fabric


def run(model, optimizer, loader, accumulate):
    fabric = Fabric(devices=1)
    model, optimizer = fabric.setup(model, optimizer)
    loader = fabric.setup_dataloaders(loader)
    for i, (x, y) in enumerate(loader):
        accumulating = (i + 1) % accumulate != 0
        with fabric.no_backward_sync(model, enabled=accumulating):
            loss = F.mse_loss(model(x), y)
            fabric.backward(loss)  # warning: ACC201
        if not accumulating:
            optimizer.step()
            optimizer.zero_grad()
