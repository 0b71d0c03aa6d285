"""The history is copied into numbers and plotted; it is no total."""

import matplotlib.pyplot as plt


def train(net, opt, crit, loader, accum_steps):
    history = []
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        (loss / accum_steps).backward()
        history.append(loss.detach())
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
    plt.plot([h.item() for h in history])
