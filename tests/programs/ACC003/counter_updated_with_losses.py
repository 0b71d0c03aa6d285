"""update() of a Counter adds: the divided losses of an epoch over the number of its micro-batches."""

from collections import Counter


def train(model, loader, criterion, optimizer, accum_steps, epochs):
    for epoch in range(epochs):
        sums = Counter()
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / accum_steps
            loss.backward()
            sums.update({"loss": loss.item(), "batches": 1})  # error: ACC003
            if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(epoch, "loss", sums["loss"] / sums["batches"])
