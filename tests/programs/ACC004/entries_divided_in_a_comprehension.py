"""Every entry of the dict of losses is divided, and every entry is logged."""

import torch.nn.functional as F


def train(model, loader, optimizer, logger, accum_steps):
    for step, (x, y) in enumerate(loader):
        out = model(x)
        losses = {"mse": F.mse_loss(out, y), "l1": F.l1_loss(out, y)}
        losses = {name: value / accum_steps for name, value in losses.items()}
        sum(losses.values()).backward()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        logger.log({name: value.item() for name, value in losses.items()})  # error: ACC004
