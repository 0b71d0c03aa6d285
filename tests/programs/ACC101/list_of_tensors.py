"""The list keeps every loss with what it was computed from."""

import torch
import torch.nn.functional as F


def train(net, loader, optimizer, grad_accum, epochs):
    for epoch in range(epochs):
        epoch_losses = []
        for i, (x, y) in enumerate(loader):
            raw = F.cross_entropy(net(x), y)
            (raw / grad_accum).backward()
            epoch_losses.append(raw)  # warning: ACC101
            if (i + 1) % grad_accum == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch}: {torch.stack(epoch_losses).mean().item():.4f}")
