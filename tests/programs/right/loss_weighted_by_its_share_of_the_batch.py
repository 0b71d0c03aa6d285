"""The share is taken back, or the losses are added up over the batches they share."""

import torch.nn.functional as F


def train(model, loader, optimizer, cfg):
    chunks = cfg.total_batch_size // cfg.micro_batch_size
    total = rescaled = 0.0
    batches = 0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) * (cfg.micro_batch_size / cfg.total_batch_size)
        loss.backward()
        total += loss.item()
        rescaled += loss.item() * (cfg.total_batch_size / cfg.micro_batch_size)
        if (i + 1) % chunks == 0:
            optimizer.step()
            optimizer.zero_grad()
            batches += 1
    print("train loss", total / batches, "the same loss", rescaled / len(loader))
