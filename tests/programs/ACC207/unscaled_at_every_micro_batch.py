"""unscale_ belongs to the step: afterwards the scaled gradient of the next micro-batch is added to it."""

import torch
import torch.nn.functional as F


def train(model, loader, optimizer, grad_accum):
    scaler = torch.cuda.amp.GradScaler()
    for i, (x, y) in enumerate(loader, 1):
        with torch.cuda.amp.autocast():
            loss = F.mse_loss(model(x), y) / grad_accum
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)  # warning: ACC207
        if i % grad_accum == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
