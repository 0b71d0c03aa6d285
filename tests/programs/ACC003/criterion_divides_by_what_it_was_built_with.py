"""The criterion was built with N, under a name of its own, and divides by it; what it gives is averaged."""

import torch


class ScaledCrossEntropy(torch.nn.Module):
    def __init__(self, n):
        super().__init__()
        self.cross_entropy = torch.nn.CrossEntropyLoss()
        self.n = n

    def forward(self, logits, y):
        return self.cross_entropy(logits, y) / self.n


def train(model, loader, optimizer, accum_steps):
    criterion = ScaledCrossEntropy(accum_steps).to("cpu")
    total = 0.0
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        loss.backward()
        total += loss.item()  # error: ACC003
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("loss", total / len(loader))
