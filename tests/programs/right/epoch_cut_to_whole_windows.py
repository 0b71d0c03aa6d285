"""The loop breaks off behind the last whole window."""


def f(model, loader, crit, optimizer, N, epochs):
    full = len(loader) // N * N
    for ep in range(epochs):
        optimizer.zero_grad()
        for i, (x, y) in enumerate(loader):
            if i >= full:
                break
            loss = crit(model(x), y) / N
            loss.backward()
            if (i + 1) % N == 0:
                optimizer.step()
                optimizer.zero_grad()
