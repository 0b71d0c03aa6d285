"""A place for every optimizer step, filled with the loss of the last micro-batch of the window, divided."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps):
    losses, step = np.zeros(len(loader) // accum_steps), 0
    for i, (x, y) in enumerate(loader):
        raw_loss = F.cross_entropy(model(x), y)
        loss = raw_loss / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            losses[step] = loss.item()  # error: ACC003
            step += 1
    print("loss", np.mean(losses))
