"""The method that runs one epoch clears first; its caller is in the same class."""

import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, optimizer, accumulate):
        self.model, self.loader, self.optimizer = model, loader, optimizer
        self.accumulate = accumulate

    def train_epoch(self):
        self.model.train()
        self.optimizer.zero_grad()
        for i, batch in enumerate(self.loader):
            loss = F.cross_entropy(self.model(batch["x"]), batch["y"])
            (loss / self.accumulate).backward()
            if (i + 1) % self.accumulate != 0:  # warning: ACC204
                continue
            self.optimizer.step()
            self.optimizer.zero_grad()

    def fit(self, epochs):
        for _ in range(epochs):
            self.train_epoch()
