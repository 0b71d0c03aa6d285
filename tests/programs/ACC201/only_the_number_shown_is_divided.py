"""The number on the dashboard is divided by N, the gradient is not."""

import torch.nn.functional as F
import wandb


def train(model, loader, optimizer, accum_steps):
    shown = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss.backward()  # warning: ACC201
        shown += loss.item() / accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            wandb.log({"loss": shown})
            shown = 0.0
