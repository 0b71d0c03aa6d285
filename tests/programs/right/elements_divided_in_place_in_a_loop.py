"""The losses in a list are divided where they are kept: by way of the loop variable, and by their index."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    total, again, gathered_total, steps = 0.0, 0.0, 0.0, 0
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        losses = [F.mse_loss(prediction, y), F.mse_loss(prediction, y)]
        for loss in losses:
            loss /= accum_steps
        others = [F.mse_loss(prediction, y), F.mse_loss(prediction, y)]
        for k in range(len(others)):
            others[k] /= accum_steps
        gathered = []
        gathered.append(F.mse_loss(prediction, y))
        gathered.append(F.mse_loss(prediction, y))
        for k, loss in enumerate(gathered):
            gathered[k] = loss / accum_steps
        one, other, third = sum(losses) / 2, sum(others) / 2, sum(gathered) / 2
        (one + other + third).backward()
        total += one.item()
        again += other.item()
        gathered_total += third.item()
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            steps += 1
    print("loss", total / steps, again / steps, gathered_total / steps)
