"""A loss that is only watched: no backward ever frees its graph, and memory grows with every batch."""

import torch.nn.functional as F


def train(model, probe, loader, optimizer):
    task_sum, probe_sum = 0.0, 0.0
    for x, y in loader:
        optimizer.zero_grad()
        logits, features = model(x)
        task_loss = F.cross_entropy(logits, y)
        probe_loss = F.mse_loss(probe(features), x)
        task_loss.backward()
        optimizer.step()
        task_sum += task_loss.item()
        probe_sum += probe_loss  # error: ACC101
    print("task", task_sum / len(loader), "probe", probe_sum / len(loader))
