"""update() of a Counter adds: the divided losses of a window make one mean."""

from collections import Counter


def train(model, loader, criterion, optimizer, accum_steps):
    sums = Counter()
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        sums.update({"loss": loss.item()})
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
            print("loss", sums["loss"])
            sums = Counter()
