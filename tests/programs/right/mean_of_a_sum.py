"""The mean of a sum is that sum, and no mean of what was added."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    window_loss, total, steps = torch.zeros(()), torch.zeros(()), 0
    for i, (x, y) in enumerate(loader):
        loss = F.mse_loss(model(x), y) / accum_steps
        loss.backward()
        window_loss += loss.detach()
        total += loss.detach()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
            print("loss", window_loss.mean().item())
            window_loss -= window_loss
    print("loss", total.mean().item() / steps)
