"""With mixed precision or without, the step has a guard and the line that clears has none."""

import torch.nn.functional as F


def train(model, loader, optimizer, scaler, accum_steps, use_amp):
    for i, (x, y) in enumerate(loader):
        optimizer.zero_grad()  # error: ACC203
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
