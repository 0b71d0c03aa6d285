"""The entry is taken out of the dict when it is shown."""

from collections import defaultdict


def train(net, opt, crit, loader, accum_steps):
    logs = defaultdict(float)
    updates = 0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss.backward()
        logs["loss"] += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            updates += 1
            if updates % 25 == 0:
                print("loss", logs.pop("loss") / 25)
