"""Divided losses are multiplied back where they are plotted."""

import matplotlib.pyplot as plt


def train(net, opt, crit, loader, accum_steps):
    history = []
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss.backward()
        history.append(loss.item())
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
    plt.plot([h * accum_steps for h in history])
