"""The guard of the step stands once more inside itself, where it always holds."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, writer=None):
    window = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.mse_loss(model(x), y)
        (loss / accum_steps).backward()
        window += loss.item() / accum_steps
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            if writer is not None and (i + 1) % accum_steps == 0:
                writer.add_scalar("train/loss", window, i)
                window = 0.0
