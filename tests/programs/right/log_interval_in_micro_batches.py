"""The interval and the sum both count micro-batches, and both begin again."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, log_every):
    running = 0.0
    for step, (x, y) in enumerate(loader, 1):
        loss = F.cross_entropy(model(x), y)
        running += loss.item()
        (loss / accum_steps).backward()
        if step % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        if step % log_every == 0:
            print(f"{step}: {running / log_every:.4f}")
            running = 0.0
