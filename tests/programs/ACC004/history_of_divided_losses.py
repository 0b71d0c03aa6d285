"""The curve that is plotted later is N times too low."""

import matplotlib.pyplot as plt
import torch.nn.functional as F


def train(model, loader, optimizer, accumulate):
    loss_history = []
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accumulate
        loss.backward()
        loss_history.append(loss.item())  # error: ACC004
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
    plt.plot(loss_history)
    plt.savefig("loss.png")
