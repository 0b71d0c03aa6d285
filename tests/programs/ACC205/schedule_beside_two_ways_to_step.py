"""With mixed precision or without, the step has a guard and the schedule has none."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, scaler, accum_steps, total_updates, use_amp):
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=total_updates)
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        if use_amp:
            scaler.scale(loss).backward()
        else:
            loss.backward()
        if (i + 1) % accum_steps == 0:
            if use_amp:
                scaler.step(optimizer)
                scaler.update()
            else:
                optimizer.step()
            optimizer.zero_grad()
        scheduler.step()  # warning: ACC205
