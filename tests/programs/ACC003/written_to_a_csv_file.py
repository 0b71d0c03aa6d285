"""The row of the file holds the mean of divided losses."""

import csv


def fit(net, loader, crit, optimizer, gas, path):
    with open(path, "w") as fh:
        w = csv.writer(fh)
        w.writerow(["epoch", "train_loss"])
        for ep in range(10):
            total = 0.0
            for i, (x, y) in enumerate(loader):
                loss = crit(net(x), y) / gas
                loss.backward()
                if (i + 1) % gas == 0 or i + 1 == len(loader):
                    optimizer.step()
                    optimizer.zero_grad()
                total += loss.item()  # error: ACC003
            w.writerow([ep, total / len(loader)])
