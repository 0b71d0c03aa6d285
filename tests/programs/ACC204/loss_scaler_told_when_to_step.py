"""The callable scaler steps where its flag says so, and the flag forgets the end of the epoch."""


def train(model, loader, criterion, optimizer, loss_scaler, accum_iter, epochs):
    for epoch in range(epochs):
        optimizer.zero_grad()
        for it, (x, y) in enumerate(loader):
            loss = criterion(model(x), y)
            loss /= accum_iter
            boundary = (it + 1) % accum_iter == 0
            loss_scaler(loss, optimizer, parameters=model.parameters(), update_grad=boundary)  # warning: ACC204
            if boundary:
                optimizer.zero_grad()
