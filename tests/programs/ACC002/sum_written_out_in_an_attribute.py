"""The sum lives in an attribute and is divided in another method."""

from torch import nn


class Fitter:
    def __init__(self, net, optimizer, accumulate_every=2):
        self.net, self.optimizer = net, optimizer
        self.accumulate_every = accumulate_every
        self.objective = nn.MSELoss()
        self.loss_total = 0.0
        self.n_seen = 0

    def micro_batch(self, x, y):
        full = self.objective(self.net(x), y)
        part = full / self.accumulate_every
        part.backward()
        self.loss_total = self.loss_total + full.item()  # warning: ACC002
        self.n_seen += 1
        if self.n_seen % self.accumulate_every == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()

    def mean_loss(self):
        return self.loss_total / self.n_seen

    def fit(self, batches):
        for x, y in batches:
            self.micro_batch(x, y)
        print("mean loss", self.mean_loss())
