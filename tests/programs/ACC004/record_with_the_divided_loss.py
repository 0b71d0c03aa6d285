"""Each record of the history holds the divided loss of one micro-batch."""

import csv
import json
from collections import defaultdict


def f(model, loader, crit, optimizer, N, epochs, fh, w):
    hist = []
    h = {"loss": []}
    dd = defaultdict(list)
    for ep in range(epochs):
        for i, (x, y) in enumerate(loader):
            loss = crit(model(x), y) / N
            loss.backward()
            if (i + 1) % N == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
            hist.append({"step": i, "loss": loss.item()})  # warning: ACC004
    return hist
