"""``loss = loss / n`` in a loop over a list gives the name another value, and leaves the list as it is."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, steps = 0.0, 0
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        losses = [F.mse_loss(prediction, y), F.l1_loss(prediction, y)]
        for loss in losses:
            loss = loss / accum_steps
        whole = sum(losses)
        whole.backward()
        total += whole.item()  # error: ACC001
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    print("loss", total / steps)
