"""A list is made at its full length, in either way, and each place of it is assigned."""

import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses = [0.0] * len(loader)
    absolute_losses = [0.0 for _ in range(len(loader))]
    for i, (x, y) in enumerate(loader):
        prediction = model(x)
        loss = F.mse_loss(prediction, y) / accum_steps
        absolute_loss = F.l1_loss(prediction, y) / accum_steps
        (loss + absolute_loss).backward()
        losses[i] = loss.item()  # error: ACC003
        absolute_losses[i] = absolute_loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("squared loss", sum(losses) / len(losses))
    print("absolute loss", sum(absolute_losses) / len(loader))
