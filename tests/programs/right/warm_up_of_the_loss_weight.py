"""A division by a number of steps that weighs a term of the loss, and has nothing to do with N."""

import torch
import torch.nn.functional as F


def train(vae, loader, optimizer, warmup_steps, accum_steps):
    step = 0
    losses = []
    for i, (x, _) in enumerate(loader):
        reconstruction, mu, logvar = vae(x)
        beta = min(1.0, step / warmup_steps)
        kl = -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp())
        loss = F.mse_loss(reconstruction, x) + beta * kl
        losses.append(loss.item())
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            step += 1
    return sum(losses) / len(losses)
