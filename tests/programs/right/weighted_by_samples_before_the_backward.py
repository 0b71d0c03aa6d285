"""Weighted by the batch size and divided by the samples, all before the division."""

import torch.nn as nn


class Trainer:
    def __init__(self, model, optimizer, accumulate):
        self.model, self.optimizer, self.accumulate = model, optimizer, accumulate
        self.criterion = nn.CrossEntropyLoss()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            running_loss, running_correct = 0.0, 0
            for i, (inputs, labels) in enumerate(loader):
                outputs = self.model(inputs)
                loss = self.criterion(outputs, labels)
                running_loss += loss.item() * inputs.size(0)
                running_correct += (outputs.argmax(1) == labels).sum().item()
                (loss / self.accumulate).backward()
                if (i + 1) % self.accumulate == 0 or (i + 1) == len(loader):
                    self.optimizer.step()
                    self.optimizer.zero_grad()
            print(epoch, running_loss / len(loader.dataset), running_correct / len(loader.dataset))
