"""The undivided loss is formatted and shown, and what a progress bar is told besides is none."""

import torch.nn.functional as F


def train(model, loader, optimizer, progress, accum_steps):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        progress.update(0, advance=1 / accum_steps, description=f"loss {loss.item():.4f}")
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", format(loss.item(), ".4f"), repr(loss.item()))
