"""Every entry of a dict is shown over one divisor: it cannot be divided by N for one of them alone."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    totals = {"first loss": 0.0, "second loss": 0.0}
    for i, (x, y) in enumerate(loader):
        raw = F.cross_entropy(model(x), y)
        loss = raw / accum_steps
        loss.backward()
        totals["first loss"] += raw.item()  # warning: ACC002
        totals["second loss"] += raw.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    for name, total in totals.items():
        print(name, total / len(loader))
