"""The sum is an attribute that only the constructor sets to zero."""

import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, optimizer):
        self.model, self.loader, self.optimizer = model, loader, optimizer
        self.total_loss = 0.0

    def train_epoch(self, epoch):
        for x, y in self.loader:
            loss = F.cross_entropy(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.total_loss += loss.item()
        print(f"{epoch}: {self.total_loss / len(self.loader):.4f}")  # warning: ACC007

    def fit(self, epochs):
        for epoch in range(epochs):
            self.train_epoch(epoch)
