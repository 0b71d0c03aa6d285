"""The criterion that a method builds and returns averages over the batch, and the sum is divided by samples."""

from torch import nn


class Trainer:
    def __init__(self, model, optimizer, loader, accum_steps):
        self.model, self.optimizer, self.loader, self.accum_steps = model, optimizer, loader, accum_steps
        self.criterion = self.build_criterion()

    def build_criterion(self):
        return nn.MSELoss()

    def train_epoch(self):
        total = 0.0
        for i, (x, y) in enumerate(self.loader):
            loss = self.criterion(self.model(x), y)
            (loss / self.accum_steps).backward()
            total += loss.item()  # error: ACC006
            if (i + 1) % self.accum_steps == 0:
                self.optimizer.step()
                self.optimizer.zero_grad()
        print("train loss", total / len(self.loader.dataset))
