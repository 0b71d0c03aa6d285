"""Both guards count micro-batches: they meet once per interval if it is a multiple of N, not once in N intervals."""

import torch.nn.functional as F


def train(model, loader, optimizer, writer, accum_steps, summary_every=4):
    running = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / accum_steps).backward()
        running += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            if (i + 1) % summary_every == 0:
                writer.add_scalar("train/loss", running / summary_every, i)
                running = 0.0
