"""The raw loss is shown as if it had been divided."""

import torch.nn.functional as F
import wandb


def train(model, loader, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        wandb.log({"train/loss": loss.item() * accum_steps})  # error: ACC001
