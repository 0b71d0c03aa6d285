"""The schedule moves with each micro-batch of the window."""

import torch
import torch.nn.functional as F


def pretrain(model, batches, max_updates, micro_batches):
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-4)
    lr_scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=max_updates)
    for update in range(max_updates):
        for _ in range(micro_batches):
            x, y = next(batches)
            loss = F.mse_loss(model(x), y) / micro_batches
            loss.backward()
            lr_scheduler.step()  # warning: ACC205
        optimizer.step()
        optimizer.zero_grad()
