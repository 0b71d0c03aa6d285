from .engine import train_one_epoch


def fit(model, loader, optimizer, epochs, accum_steps):
    history = []
    for _ in range(epochs):
        history.append(train_one_epoch(model, loader, optimizer, accum_steps) / len(loader))
    return history
