"""What is done to an array of losses is done to each of them."""

import numpy as np
import torch
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses, sizes, filled = [], [], torch.zeros(len(loader))
    raw_losses = []
    for i, (x, y) in enumerate(loader):
        raw_loss = F.mse_loss(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        losses.append(loss.item())
        raw_losses.append(raw_loss.detach())
        sizes.append(len(x))
        filled[i] = loss.detach()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    scaled = np.array(losses) * accum_steps
    halves = torch.stack(raw_losses).div(2)
    shares = np.array(sizes) / np.sum(sizes)
    print("loss", scaled.mean(), scaled[-3:].mean(), filled.mul(accum_steps).mean().item(), halves.mean().item() * 2)
    print("loss", (torch.stack(raw_losses).numpy() * shares).sum())
    filled = filled / filled.max()
    print("loss over the largest", filled.mean().item())
