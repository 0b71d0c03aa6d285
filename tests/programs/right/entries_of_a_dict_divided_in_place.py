"""Losses in a dict are divided in place before the backward, and added before that."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    totals = {"squared": 0.0, "absolute": 0.0}
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        losses = {"squared": F.mse_loss(prediction, y), "absolute": F.l1_loss(prediction, y)}
        for name in losses:
            totals[name] += losses[name].item()
        for name in losses:
            losses[name] /= accum_steps
        (losses["squared"] + losses["absolute"]).backward()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    for name in totals:
        totals[name] /= len(loader)
    print("squared loss", totals["squared"], "absolute loss", totals["absolute"])
