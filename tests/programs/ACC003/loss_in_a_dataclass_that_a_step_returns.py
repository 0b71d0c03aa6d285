"""What a step returns is an object with a field for the loss, and the sums are divided in a comprehension."""

from dataclasses import dataclass


@dataclass
class Outcome:
    loss: float
    samples: int = 0


def micro_batch(model, x, y, criterion, accumulation_steps):
    loss = criterion(model(x), y) / accumulation_steps
    loss.backward()
    return Outcome(loss.item(), samples=len(x))


def train(model, loader, optimizer, criterion, accumulation_steps):
    sums = {}
    for i, (x, y) in enumerate(loader):
        outcome = micro_batch(model, x, y, criterion, accumulation_steps)
        for name, value in {"loss": outcome.loss}.items():
            sums[name] = sums.get(name, 0.0) + value  # error: ACC003
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    sums = {name: value / len(loader) for name, value in sums.items()}
    for name, value in sums.items():
        print(name, value)
