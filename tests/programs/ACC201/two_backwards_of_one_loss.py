"""With mixed precision or without, the loss is the same, and it is undivided once."""

import torch.nn.functional as F


def train(model, loader, optimizer, scaler, accum_steps, use_amp):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if use_amp:
            scaler.scale(loss).backward()  # warning: ACC201
        else:
            loss.backward()
        if (i + 1) % accum_steps == 0 or (i + 1) == len(loader):
            if use_amp:
                scaler.step(optimizer)
                scaler.update()
            else:
                optimizer.step()
            optimizer.zero_grad()
