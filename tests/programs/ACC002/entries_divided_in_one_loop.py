"""One divisor for every entry of a dict, one of which is an array: it cannot be divided by N for one of them alone."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    totals = {"hard": np.zeros(1), "soft": 0.0}
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        totals["hard"][0] += raw.item()  # warning: ACC002
        totals["soft"] += raw.item()  # warning: ACC002
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    for name in totals:
        totals[name] /= len(loader)
    print("loss", totals["hard"][0], totals["soft"])
