"""The callable scaler is told to step once in a window, and at the last micro-batch."""


def train(model, loader, criterion, optimizer, loss_scaler, accum_iter, epochs):
    for epoch in range(epochs):
        optimizer.zero_grad()
        for it, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            loss /= accum_iter
            last = it + 1 == len(loader)
            loss_scaler(loss, optimizer, update_grad=(it + 1) % accum_iter == 0 or last)
            if (it + 1) % accum_iter == 0 or last:
                optimizer.zero_grad()
