"""The history is cast and saved."""

import matplotlib.pyplot as plt
import numpy as np


def train(net, opt, crit, loader, accum_steps):
    history = []
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        (loss / accum_steps).backward()
        history.append(loss.item())
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
    np.savetxt("loss.txt", np.asarray(history, dtype=np.float32))
