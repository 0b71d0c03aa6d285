"""What is cleared in the handler is the half-filled window of a batch that did not fit."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    skipped = 0
    for i, (x, y) in enumerate(loader):
        try:
            loss = F.cross_entropy(model(x), y) / accum_steps
            loss.backward()
        except torch.cuda.OutOfMemoryError:
            skipped += 1
            optimizer.zero_grad()
            torch.cuda.empty_cache()
            continue
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"{skipped} batches did not fit")
