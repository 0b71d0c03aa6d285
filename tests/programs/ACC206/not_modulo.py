"""Written with `not`, and a range in the place of enumerate."""

import torch.nn as nn


class Fit:
    def __init__(self, net, optimizer, every):
        self.net, self.optimizer, self.every = net, optimizer, every
        self.criterion = nn.HuberLoss()

    def run(self, draws, source):
        shown = []
        for k in range(draws):
            x, y = source.draw()
            full = self.criterion(self.net(x), y)
            shown.append(full.item())
            (full / self.every).backward()
            if not k % self.every:  # warning: ACC206
                self.optimizer.step()
                self.optimizer.zero_grad()
        return sum(shown) / len(shown)
