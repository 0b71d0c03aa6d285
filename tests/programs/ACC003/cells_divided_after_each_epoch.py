"""A cell for each epoch is added to and divided in place: arrays, lists, one array for each phase."""

import numpy as np
import torch.nn.functional as F


def train(model, loader, optimizer, epochs, accum_steps):
    losses, appended = {"train": np.zeros(epochs), "absolute": [0.0] * epochs}, []
    for epoch in range(epochs):
        appended.append(0.0)
        for i, (x, y) in enumerate(loader):
            prediction = model(x)
            loss = F.mse_loss(prediction, y) / accum_steps
            absolute = F.l1_loss(prediction, y) / accum_steps
            (loss + absolute).backward()
            losses["train"][epoch] += loss.item()  # error: ACC003
            losses["absolute"][epoch] += absolute.item()  # error: ACC003
            appended[epoch] += loss.item()  # error: ACC003
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        losses["train"][epoch] /= len(loader)
        losses["absolute"][epoch] = losses["absolute"][epoch] / len(loader)
        appended[epoch] /= len(loader)
        print("train loss", losses["train"][epoch], "absolute loss", losses["absolute"][epoch], "loss", appended[epoch])
