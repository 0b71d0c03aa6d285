"""The line that clears slipped out of the guard."""

import torch
import torch.nn.functional as F


def train(net, batches, optimizer, scheduler, grad_accum):
    net.train()
    for n, (x, y) in enumerate(batches, start=1):
        loss = F.mse_loss(net(x), y) / grad_accum
        loss.backward()
        if n % grad_accum == 0:
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
        net.zero_grad()  # error: ACC203
