"""What the criterion does over the batch is written where it is built, which is not where the loop is."""

from torch import nn


class Trainer:
    def __init__(self, model, optimizer, loader, accum_steps):
        self.model, self.optimizer, self.loader, self.accum_steps = model, optimizer, loader, accum_steps
        self.build_criterion()

    def build_criterion(self):
        self.criterion = nn.MSELoss(reduction="sum")

    def train_epoch(self):
        total = 0.0
        for i, (x, y) in enumerate(self.loader):
            loss = self.criterion(self.model(x), y)
            loss.backward()
            total += loss.item()
            if (i + 1) % self.accum_steps == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
        print("train loss", total / len(self.loader.dataset))
