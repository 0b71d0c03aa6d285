"""The share of a micro-batch in its batch is 1 / N, though nobody gave N a name that says so."""

import torch.nn.functional as F


def train(model, loader, optimizer, cfg):
    chunks = int(cfg.total_batch_size / cfg.micro_batch_size)
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        loss = loss * (cfg.micro_batch_size / cfg.total_batch_size)
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % chunks == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("train loss", total / len(loader))
