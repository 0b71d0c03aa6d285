"""The loss is made where backward is called, and nobody divides it."""


def train(fabric, model, loader, criterion, optimizer, accum_steps):
    for i, (x, y) in enumerate(loader):
        fabric.backward(criterion(model(x), y))  # warning: ACC201
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
