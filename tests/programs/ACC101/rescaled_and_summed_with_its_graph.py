"""Times N the number is right; the tensor that is added still holds the graph of every micro-batch."""


def train(model, loader, criterion, optimizer, accum_iter):
    total = 0.0
    for it, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_iter
        loss.backward()
        total += loss * accum_iter  # warning: ACC101
        if (it + 1) % accum_iter == 0:
            optimizer.step()
            optimizer.zero_grad()
    return total / len(loader)
