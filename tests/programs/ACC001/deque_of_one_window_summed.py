"""The deque holds one window, and its undivided losses are summed."""

from collections import deque


def train(net, opt, crit, loader, n):
    window = deque(maxlen=n)
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y)
        (loss / n).backward()
        window.append(loss.item())  # error: ACC001
        if (i + 1) % n == 0:
            opt.step()
            opt.zero_grad()
            print("loss", sum(window))
