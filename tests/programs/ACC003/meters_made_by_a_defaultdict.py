"""A defaultdict makes a meter of a class of this text for each term that is met."""

from collections import defaultdict


class Mean:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def update(self, value, n=1):
        self.total += value * n
        self.count += n

    @property
    def value(self):
        return self.total / max(self.count, 1)


def train(model, loader, criterion, optimizer, accum_steps):
    means = defaultdict(Mean)
    for i, (x, y) in enumerate(loader):
        logits = model(x)
        loss = criterion(logits, y) / accum_steps
        loss.backward()
        means["loss"].update(loss.item(), x.size(0))  # error: ACC003
        means["accuracy"].update((logits.argmax(-1) == y).float().mean().item(), x.size(0))
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("loss", means["loss"].value, "accuracy", means["accuracy"].value)
