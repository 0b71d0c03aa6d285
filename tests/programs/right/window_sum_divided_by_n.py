"""Raw losses of one window, divided by N at the boundary."""

import torch
import torch.nn.functional as F
import wandb


def train(model, batches, optimizer, total_updates, accum):
    for update in range(total_updates):
        window = torch.zeros(())
        for _ in range(accum):
            x, y = next(batches)
            raw = F.cross_entropy(model(x), y)
            window += raw.detach()
            (raw / accum).backward()
        optimizer.step()
        optimizer.zero_grad()
        wandb.log({"loss": window.item() / accum}, step=update)
