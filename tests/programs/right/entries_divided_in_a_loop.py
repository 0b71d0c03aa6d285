"""Every loss of the dict is divided under its own key before they are summed."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    for step, (x, y) in enumerate(loader):
        out = model(x)
        losses = {"mse": F.mse_loss(out, y), "l1": F.l1_loss(out, y)}
        for name in losses:
            losses[name] = losses[name] / accum_steps
        loss = sum(losses.values())
        loss.backward()
        if (step + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
