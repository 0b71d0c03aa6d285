"""Sums in a dict are divided in a loop over its keys, all of them at once."""

import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    for epoch in range(epochs):
        totals = {"squared": 0.0, "absolute": 0.0}
        for i, (x, y) in enumerate(loader):
            prediction = model(x)
            losses = {"squared": F.mse_loss(prediction, y), "absolute": F.l1_loss(prediction, y)}
            for name in losses:
                losses[name] /= accum_steps
            (losses["squared"] + losses["absolute"]).backward()
            totals["squared"] += losses["squared"].item()  # error: ACC003
            totals["absolute"] += losses["absolute"].item()  # error: ACC003
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        for name in totals:
            totals[name] /= len(loader)
        print("squared loss", totals["squared"], "absolute loss", totals["absolute"])
