"""The window is over when the pool of its batches is full."""

import torch.nn.functional as F


def train(model, loader, optimizer, writer, accum_steps):
    pool, window, updates = [], 0.0, 0
    for batch in loader:
        loss = F.cross_entropy(model(batch["input_ids"]), batch["labels"]) / accum_steps
        loss.backward()
        window += loss.item()
        pool.append(batch)
        if len(pool) == accum_steps:
            optimizer.step()
            optimizer.zero_grad()
            updates += 1
            writer.add_scalar("train/loss", window, updates)
            window = 0.0
            pool.clear()
