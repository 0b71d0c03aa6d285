"""A cell for each window, which a counter of steps chooses, and one for each interval; slices hold several."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, accum_steps, log_every, epochs):
    windows, intervals, step, interval = np.zeros(epochs * len(loader)), np.zeros(epochs * len(loader)), 0, 0
    for epoch in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = F.mse_loss(model(x), y) / accum_steps
            loss.backward()
            windows[step] += loss.item()
            intervals[interval] += loss.item() * accum_steps
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
                print("loss", windows[step], windows[: step + 1].mean())
                step += 1
            if (i + 1) % log_every == 0:
                print("loss of the interval", intervals[interval] / log_every)
                interval += 1
