"""The list appears when its entry is first asked for."""

from collections import defaultdict

import numpy as np


def f(model, loader, crit, optimizer, N, log, epochs):
    for ep in range(epochs):
        d = defaultdict(list)
        for i, (x, y) in enumerate(loader):
            loss = crit(model(x), y) / N
            loss.backward()
            if (i + 1) % N == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
            d["loss"].append(loss.item())  # error: ACC003
        print("loss", np.mean(d["loss"]))
