"""A criterion that arrives as an argument may sum over the batch: no verdict about the batch size."""


def train_epoch(model, criterion, loader, optimizer, device):
    model.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader.dataset)
