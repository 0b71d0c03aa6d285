"""A sum for the window and a sum for the epoch, each with its own unit."""

import torch.nn.functional as F


def train_epoch(model, loader, optimizer, accum_steps, writer):
    epoch_loss, window, updates = 0.0, 0.0, 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        window += loss.item()
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            writer.add_scalar("loss/step", window, updates)
            epoch_loss += window
            window = 0.0
            updates += 1
    return epoch_loss / updates
